import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs one piece of work and returns how long it took, in milliseconds. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Calls `work` once a period. A gate sees a person a second, and a busy gateway about sixteen: caches and clock speeds are
 * then those of a resting machine, and a back-to-back loop would report a figure several times too good.
 */
export async function paced(
  times: number,
  periodMs: number,
  work: (at: number) => void,
): Promise<void> {
  for (let at = 0; at < times; at++) {
    await sleep(periodMs);
    work(at);
  }
}
