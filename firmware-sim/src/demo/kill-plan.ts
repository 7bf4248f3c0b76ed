import { createPrng } from '../prng.ts';

/** One blow: kill -9, a short pause, start again. Times are milliseconds from the first passenger. */
export interface Kill {
  readonly atMs: number;
  readonly victim: 'gateway' | 'cloud';
  readonly pauseMs: number;
}

// The first passengers and the last ones are left in peace: there must be something to lose.
const LEAD_MS = 2000;
const TAIL_MS = 3000;
const VICTIMS = ['gateway', 'cloud'] as const;

/**
 * Spreads kills over the run, one at a random moment of each slot. Of two in a row one is the gateway's and
 * one the cloud's, in either order. The same seed gives the same plan.
 */
export function planKills(seed: number, seconds: number, kills: number): Kill[] {
  const prng = createPrng(seed).fork('kills');
  const slot = (seconds * 1000 - LEAD_MS - TAIL_MS) / kills;
  let first = prng.pick(VICTIMS);
  return Array.from({ length: kills }, (_, at) => {
    if (at % 2 === 0) first = prng.pick(VICTIMS);
    const second = first === 'gateway' ? 'cloud' : 'gateway';
    return {
      atMs: Math.round(LEAD_MS + slot * (at + prng.unit())),
      victim: at % 2 === 0 ? first : second,
      pauseMs: 20 + prng.below(300),
    };
  });
}
