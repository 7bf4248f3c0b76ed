import type { Prng } from '../prng.ts';

/** Draws of other shapes than even. */
export interface Chance {
  between(from: number, to: number): number;
  /** Bell curve. */
  normal(mean: number, spread: number): number;
  /** Bell curve cut off at both ends, by drawing again. */
  cut(mean: number, spread: number, from: number, to: number): number;
  exponential(mean: number): number;
  /** Never below 0 and with a long tail; median and spread of the logarithm. */
  logNormal(median: number, spread: number): number;
}

export function createChance(prng: Prng): Chance {
  const between = (from: number, to: number) => from + (to - from) * prng.unit();
  // Box and Muller; 1 - unit() is never 0.
  const normal = (mean: number, spread: number) =>
    mean + spread * Math.sqrt(-2 * Math.log(1 - prng.unit())) * Math.cos(2 * Math.PI * prng.unit());
  const cut = (mean: number, spread: number, from: number, to: number): number => {
    for (let i = 0; i < CUT_TRIES_MAX; i++) {
      const drawn = normal(mean, spread);
      if (drawn >= from && drawn <= to) return drawn;
    }
    return between(from, to);
  };
  return {
    between,
    normal,
    cut,
    exponential: (mean) => -mean * Math.log(1 - prng.unit()),
    logNormal: (median, spread) => median * Math.exp(normal(0, spread)),
  };
}

/** Where hardly anything of the curve lies between the ends. */
const CUT_TRIES_MAX = 1000;
