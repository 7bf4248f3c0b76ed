import type { Clock } from './ports.ts';
import { createPrng } from './prng.ts';

/**
 * One fault of a device: what, and from when to when, in milliseconds since the device began. `share` is how much of what goes
 * by it strikes, 1 unless it is said.
 */
export interface Fault<Kind extends string> {
  readonly kind: Kind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly share?: number;
}

/** What goes wrong with a device, and the seed of every chance in it: written down, it is played again. */
export interface FaultPlan<Kind extends string> {
  readonly seed: number;
  readonly faults: readonly Fault<Kind>[];
}

export interface Faults<Kind extends string> {
  /** The fault is on now. */
  isOn(kind: Kind): boolean;
  /** The fault is on, and strikes this once. */
  strikes(kind: Kind): boolean;
  /** A whole number in [0, count), for what a fault makes up. */
  below(count: number): number;
}

/** Plays a plan from now on. */
export function playFaults<Kind extends string>(
  { seed, faults }: FaultPlan<Kind>,
  clock: Pick<Clock, 'mono'>,
): Faults<Kind> {
  const prng = createPrng(seed).fork('faults');
  const begunAt = clock.mono();
  const current = (kind: Kind) => {
    const at = clock.mono() - begunAt;
    return faults.find((each) => each.kind === kind && each.fromMs <= at && at < each.toMs);
  };
  return {
    isOn: (kind) => current(kind) !== undefined,
    strikes: (kind) => {
      const fault = current(kind);
      return fault !== undefined && prng.unit() < (fault.share ?? 1);
    },
    below: (count) => prng.below(count),
  };
}

/** A plan of so many faults in a time, each of a kind drawn, that leaves the last third of the time well. */
export function drawFaults<Kind extends string>(
  seed: number,
  kinds: readonly [Kind, ...Kind[]],
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): FaultPlan<Kind> {
  const prng = createPrng(seed).fork('plan');
  const faults = Array.from({ length: count }, () => {
    const fromMs = prng.below(Math.floor(withinMs / 3));
    const kind = prng.pick(kinds);
    return { kind, fromMs, toMs: fromMs + 1 + prng.below(Math.floor(withinMs / 3)), share: 0.5 };
  });
  return { seed, faults };
}
