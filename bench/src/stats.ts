import type { BenchResult } from './report.ts';

export type Spread = { readonly median: number; readonly p99: number; readonly max: number };

/** Median, 99th percentile (nearest rank) and greatest of the samples, in their unit. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: percentile(sorted, 50),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
  };
}

export type Measured = {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly better: 'lower' | 'higher';
};

/** Holds a figure against a peer's, measured in the same run; `target` is the ratio to reach. */
export function againstPeer(
  { name, unit, value, better }: Measured,
  peer: { readonly name: string; readonly value: number },
  target?: number,
): BenchResult {
  const ratio = better === 'higher' ? value / peer.value : peer.value / value;
  const result = { name, value, unit, peer: peer.name, ratio };
  return target === undefined ? result : { ...result, target, met: ratio >= target };
}

/** Holds a figure against a fixed target in its own unit. */
export function againstTarget(
  { name, unit, value, better }: Measured,
  target: number,
): BenchResult {
  const met = better === 'higher' ? value >= target : value <= target;
  return { name, value, unit, target, met };
}

/** Nearest rank of samples in any order. Throws RangeError when there are none. */
export function percentileOf(samples: readonly number[], percent: number): number {
  return percentile(
    samples.toSorted((a, b) => a - b),
    percent,
  );
}

function percentile(sorted: readonly number[], percent: number): number {
  // 99.9 % of a thousand is the 999th, whatever a double makes of it.
  const rank = Math.max(1, Math.ceil((percent * sorted.length) / 100 - 1e-6));
  const found = sorted[rank - 1];
  if (found === undefined) throw new RangeError('no samples');
  return found;
}
