import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { BUGS } from './bugs.ts';
import { describeFault, type Plan } from './faults.ts';
import { newPlayer } from './player.ts';
import type { Outcome } from './run.ts';

const HELP = `npm run simulate: the whole system under virtual time, from a seed

  npm run simulate -- --seeds N [--from SEED]   plays N seeds; exit code 1 when a promise was broken
  npm run simulate -- --seed N [--trace]        plays one seed again, and shrinks its faults when it fails
  npm run simulate -- --bugs                    plants each bug, and plays seeds until it is seen; 1 when one is not

  --bug NAME      with a planted bug; its seeds are to fail
  --workers N     threads (default: one for each core, at most 4)
  --most N        most seeds that --bugs plays for one bug (default 200)
  --json          the result as JSON on standard output; progress goes to standard error
  --help          this text

The cloud's app on libSQL, up to 20 gateways with their stores, their devices and the network between them run in one
thread. A failure prints its seed; the same seed gives the same trace hash. docs/simulator.md says what is watched.
`;

/** What a thread is asked. */
interface Ask {
  readonly seed: number;
  readonly bug?: string | undefined;
}

type Answer = Omit<Outcome, 'tail'>;

const progressEvery = 50;

// libSQL lets go of a file when the last statement of it is collected, and V8 does not know how much memory it holds.
const seedsACollection = 20;

if (isMainThread) {
  process.exitCode = await main(process.argv.slice(2));
} else {
  const player = await newPlayer();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let count = 0;
  const answer = async ({ seed, bug }: Ask) => {
    const { tail: _, ...played } = await player.play(seed, bug);
    count += 1;
    if (count % seedsACollection === 0) collect();
    parentPort?.postMessage(played satisfies Answer);
  };
  parentPort?.on('message', (ask: Ask | 'end') => {
    if (ask === 'end') {
      player.close();
      parentPort?.close();
      return;
    }
    void answer(ask);
  });
  parentPort?.postMessage('ready');
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      from: { type: 'string', default: '1' },
      bug: { type: 'string' },
      bugs: { type: 'boolean', default: false },
      most: { type: 'string', default: '200' },
      workers: { type: 'string' },
      trace: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const workers =
    values.workers === undefined ? Math.min(4, availableParallelism()) : Number(values.workers);
  const say = (text: string) =>
    void (values.json ? process.stderr : process.stdout).write(`${text}\n`);
  if (values.seed !== undefined) return playOne(Number(values.seed), { ...values, say });
  const count = Number(values.seeds ?? 20);
  const from = Number(values.from);
  if (values.bugs) return playBugs(workers, Number(values.most), values.json, say);
  return playMany({ from, count, workers, bug: values.bug, json: values.json }, say);
}

type Say = (text: string) => void;

interface OneOptions {
  readonly bug?: string | undefined;
  readonly trace: boolean;
  readonly json: boolean;
  readonly say: Say;
}

/** Plays a seed twice, so that whoever replays it sees whether it is the same run; shrinks it when it fails. */
async function playOne(seed: number, { bug, trace, json, say }: OneOptions): Promise<number> {
  const player = await newPlayer();
  try {
    const first = await player.play(seed, bug);
    const second = await player.play(seed, bug);
    const same = first.hash === second.hash;
    const plan: Plan | undefined =
      first.violations.length > 0 ? await player.shrink(seed, bug) : undefined;
    const { tail, ...result } = first;
    if (trace) say(tail.join('\n'));
    tell(result, say);
    if (!same) say(`SEED=${seed} is not the same run twice: ${first.hash}, ${second.hash}`);
    if (plan) {
      say(`The fewest faults with which it still fails, of ${plan.gateways} gateways:`);
      for (const fault of plan.faults) say(`  ${describeFault(fault)}`);
      if (plan.faults.length === 0) say('  none at all');
    }
    if (json)
      process.stdout.write(
        `${JSON.stringify({ ...result, same, shrunk: plan?.faults ?? null })}\n`,
      );
    return first.violations.length === 0 && same ? 0 : 1;
  } finally {
    player.close();
  }
}

function tell({ seed, hash, violations, counts }: Answer, say: Say): void {
  const { passages, told, answers } = counts;
  say(
    `SEED=${seed} hash ${hash}: ${passages} passages, ${told} events, ${answers} answers, ${violations.length} violations`,
  );
  for (const { oracle, what, at } of violations)
    say(`  ${oracle} at ${(at / 1000).toFixed(1)} s: ${what}`);
}

interface ManyOptions {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  readonly bug: string | undefined;
  readonly json: boolean;
}

async function playMany(
  { from, count, workers, bug, json }: ManyOptions,
  say: Say,
): Promise<number> {
  const began = performance.now();
  const failed: Answer[] = [];
  const totals = { passages: 0, told: 0, answers: 0 };
  let done = 0;
  let next = from;
  await withThreads(workers, async (play) => {
    while (next < from + count) {
      const seed = next;
      next += 1;
      const answer = await play({ seed, bug });
      done += 1;
      for (const name of ['passages', 'told', 'answers'] as const)
        totals[name] += answer.counts[name] ?? 0;
      if (answer.violations.length > 0) {
        failed.push(answer);
        tell(answer, say);
      }
      if (done % progressEvery === 0)
        say(`${done} of ${count} seeds, ${failed.length} failed, ${seconds(began)} s`);
    }
  });
  say(
    `${count} seeds from ${from} in ${seconds(began)} s: ${failed.length} failed; ${JSON.stringify(totals)}`,
  );
  if (failed[0]) say(`Replay and shrink the first: npm run simulate -- --seed ${failed[0].seed}`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ from, count, seconds: Number(seconds(began)), totals, failed })}\n`,
    );
  return failed.length === 0 ? 0 : 1;
}

/** Every planted bug must be seen. Says with which seed, and by which oracle. */
async function playBugs(workers: number, most: number, json: boolean, say: Say): Promise<number> {
  const waiting = [...BUGS];
  const seen: { name: string; seed: number | null; oracles: string[] }[] = [];
  await withThreads(workers, async (play) => {
    for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
      let found: Answer | undefined;
      for (let seed = 1; seed <= most && !found; seed++) {
        const answer = await play({ seed, bug: bug.name });
        if (answer.violations.length > 0) found = answer;
      }
      const oracles = [...new Set(found?.violations.map(({ oracle }) => oracle))];
      seen.push({ name: bug.name, seed: found?.seed ?? null, oracles });
      say(
        found
          ? `seen by seed ${found.seed}, ${oracles.join(' ')}: ${bug.name}`
          : `NOT SEEN in ${most} seeds: ${bug.name}`,
      );
    }
  });
  const missed = seen.filter(({ seed }) => seed === null);
  say(`${seen.length - missed.length} of ${seen.length} planted bugs seen`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ planted: seen.length, missed: missed.length, seen })}\n`,
    );
  return missed.length === 0 ? 0 : 1;
}

/** Runs `work` beside itself, each with a thread of its own to play seeds on. */
async function withThreads(
  count: number,
  work: (play: (ask: Ask) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      const player = await startThread();
      try {
        await work(player.play);
      } finally {
        await player.end();
      }
    }),
  );
}

interface PlayerThread {
  play(ask: Ask): Promise<Answer>;
  end(): Promise<void>;
}

async function startThread(): Promise<PlayerThread> {
  const thread = new Worker(new URL(import.meta.url));
  let waiting: { done: (told: unknown) => void; fail: (error: Error) => void } | undefined;
  thread.on('message', (told) => waiting?.done(told));
  thread.on('error', (error: Error) => waiting?.fail(error));
  const said = () =>
    new Promise<unknown>((done, fail) => {
      waiting = { done, fail };
    });
  await said();
  return {
    play(ask) {
      const answer = said();
      thread.postMessage(ask);
      return answer as Promise<Answer>;
    },
    end: () =>
      new Promise((done) => {
        thread.once('exit', () => done());
        thread.postMessage('end');
      }),
  };
}

function seconds(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}
