import type { Bench, BenchOptions } from '../registry.ts';
import type { BenchResult } from '../report.ts';
import { benchPure } from './pure.ts';
import { benchStored } from './stored.ts';

/** What a re-score is made of, one after the other, because each measures one core. */
const parts: readonly Bench[] = [benchPure, () => benchStored()];

/** A million synthetic holders under a 40-rule pack. */
export async function benchScore(options: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const part of parts) results.push(...(await part(options)));
  return results;
}
