import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { caseSeed, createDraw } from './draw.ts';
import type { Target } from './target.ts';

/** What one target did. */
export interface FuzzReport {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  /** How often each outcome came. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Cases in which something was thrown, answered or spent that may not be; the first few. */
  readonly failures: readonly { readonly at: number; readonly why: string }[];
  readonly failed: number;
  readonly slowestMs: number;
  /** What the process held more at the end than after the first cases, MiB. */
  readonly grownMiB: number;
  readonly seconds: number;
}

/** A case that takes longer hangs: the longest input takes a thousandth of it. */
const caseMsMax = 1000;
const grownMibMax = 32;
const failuresToldCountMax = 5;
const warmUpCount = 2000;
const mib = 1024 * 1024;

/** Runs `cases` cases from a seed, or the one case `only`. `tell` hears how far it is. */
export async function fuzz(
  target: Target,
  plan: { readonly seed: number; readonly cases: number; readonly only?: number },
  tell: (done: number) => void,
): Promise<FuzzReport> {
  const run = await target.prepare();
  const tally = createTally();
  const collect = collector();
  const begun = performance.now();
  let base = Number.NaN;
  const [first, last] = plan.only === undefined ? [0, plan.cases] : [plan.only, plan.only + 1];
  for (let at = first; at < last; at++) {
    tally.run(at, () => run(createDraw(caseSeed(plan.seed, at))));
    if (at - first === warmUpCount) base = heldBytes(collect);
    // What a case leaves to the loop is done before it grows.
    if (at % 500 === 0) await new Promise((done) => setImmediate(done));
    if (at % 10_000 === 0) tell(at);
  }
  const grownMiB = Number.isNaN(base) ? 0 : (heldBytes(collect) - base) / mib;
  if (grownMiB > grownMibMax) tally.fail(last, `grew by ${grownMiB.toFixed(0)} MiB`);
  const seconds = (performance.now() - begun) / 1000;
  const about = { target: target.name, seed: plan.seed, cases: last - first };
  return { ...about, ...tally.told(), grownMiB, seconds };
}

function createTally() {
  const outcomes: Record<string, number> = {};
  const failures: { at: number; why: string }[] = [];
  let failed = 0;
  let slowestMs = 0;
  const fail = (at: number, why: string) => {
    failed += 1;
    if (failures.length < failuresToldCountMax) failures.push({ at, why });
  };
  return {
    fail,
    run(at: number, work: () => string) {
      const from = performance.now();
      try {
        const outcome = work();
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      } catch (error) {
        fail(at, error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      const took = performance.now() - from;
      slowestMs = Math.max(slowestMs, took);
      if (took > caseMsMax) fail(at, `took ${took.toFixed(0)} ms`);
    },
    told: () => ({ outcomes, failures, failed, slowestMs }),
  };
}

function heldBytes(collect: () => void): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
