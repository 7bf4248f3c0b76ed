import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { spreadOf } from '../stats.ts';
import type { Answer, Connections } from './connections.ts';

/** One request of a load test. Times are milliseconds. */
export interface Sample {
  /** When it was to be sent, from the start of the load. */
  readonly at: number;
  /** From then, and not from when it could be sent, until the answer was there: nobody's waiting is left out. */
  readonly ms: number;
  readonly outcome: Outcome;
}

/** `shed`: 429 `too-busy` with Retry-After. `gave-up`: no connection came free for so long that a person would leave. */
export type Outcome = 'served' | 'shed' | 'gave-up' | 'failed';

const PATIENCE_MS = 5000;
const TICK_MS = 1;

/** An open load: `perSecond` requests at even distances for `seconds`, whether or not the former ones were answered. */
export async function openLoad(
  connections: Connections,
  requests: (at: number) => Buffer,
  perSecond: number,
  seconds: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const count = Math.round(perSecond * seconds);
  const start = performance.now();
  const intended = (index: number) => (index * 1000) / perSecond;
  const done = (index: number, outcome: Outcome) =>
    void samples.push({
      at: intended(index),
      ms: performance.now() - start - intended(index),
      outcome,
    });
  const send = (index: number): boolean =>
    connections.send(requests(index), (answer) => done(index, outcomeOf(answer)));

  let next = 0;
  while (samples.length < count) {
    const now = performance.now() - start;
    while (next < count && intended(next) <= now) {
      if (now - intended(next) > PATIENCE_MS) done(next, 'gave-up');
      else if (!send(next)) break;
      next += 1;
    }
    if (now > seconds * 1000 + ANSWER_MS) throw new Error('answers are missing long after the end');
    await sleep(TICK_MS);
  }
  return samples;
}

const ANSWER_MS = 30_000;

/** A closed load: each of `inFlight` sends its next request when its last was served, and again what was refused. */
export async function closedLoad(
  connections: Connections,
  requests: (at: number) => Buffer,
  inFlight: number,
  until: (sent: number, ms: number) => boolean,
): Promise<{ readonly perSecond: number; readonly bodies: readonly string[] }> {
  const start = performance.now();
  const bodies: string[] = [];
  let sent = 0;
  const one = async () => {
    while (!until(sent, performance.now() - start)) {
      const index = sent++;
      let answer: Answer | undefined;
      while (answer?.status !== 200) answer = await answerTo(connections, requests(index));
      bodies[index] = answer.body;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { perSecond: (bodies.length * 1000) / (performance.now() - start), bodies };
}

/** A connection that the cloud closed, as after a refusal with a body left, is dialled again: until then there is one fewer. */
async function answerTo(connections: Connections, request: Buffer): Promise<Answer | undefined> {
  for (;;) {
    const answered = new Promise<Answer | undefined>((done) => {
      if (!connections.send(request, done)) done(undefined);
    });
    const answer = await answered;
    if (answer !== undefined) return answer;
    await sleep(TICK_MS);
  }
}

export interface Judged {
  /** Shares are of all that were to be sent, in percent. */
  readonly shedPercent: number;
  readonly gaveUpPercent: number;
  readonly failed: number;
  readonly servedPerSecond: number;
  /** Of those served. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

export function judge(samples: readonly Sample[], seconds: number): Judged {
  const of = (outcome: Outcome) => samples.filter((one) => one.outcome === outcome);
  const percent = (outcome: Outcome) => (100 * of(outcome).length) / samples.length;
  const served = of('served').map(({ ms }) => ms);
  const { median, p99 } = served.length > 0 ? spreadOf(served) : { median: 0, p99: 0 };
  return {
    shedPercent: percent('shed'),
    gaveUpPercent: percent('gave-up'),
    failed: of('failed').length,
    servedPerSecond: served.length / seconds,
    medianMs: median,
    p99Ms: p99,
  };
}

/** Seconds from the beginning until windows of half a second are good for two seconds on end; all of it when they never are. */
export function secondsUntilGood(
  samples: readonly Sample[],
  isGood: (window: Judged) => boolean,
): number {
  const windows = grouped(samples);
  const count = Math.max(...windows.keys()) + 1;
  let good = 0;
  for (let at = 0; at < count; at++) {
    good = isGood(judge(windows.get(at) ?? [], WINDOW_MS / 1000)) ? good + 1 : 0;
    if (good === GOOD_WINDOWS) return ((at + 1 - GOOD_WINDOWS) * WINDOW_MS) / 1000;
  }
  return (count * WINDOW_MS) / 1000;
}

const GOOD_WINDOWS = 4;
const WINDOW_MS = 500;

function grouped(samples: readonly Sample[]): Map<number, Sample[]> {
  const windows = new Map<number, Sample[]>();
  for (const one of samples) {
    const at = Math.floor(one.at / WINDOW_MS);
    windows.set(at, [...(windows.get(at) ?? []), one]);
  }
  return windows;
}

function outcomeOf(answer: Answer | undefined): Outcome {
  if (answer?.status === 200) return 'served';
  const isShed =
    answer?.status === 429 && answer.retryAfter !== undefined && answer.body.includes('too-busy');
  return isShed ? 'shed' : 'failed';
}
