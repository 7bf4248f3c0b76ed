import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setAsideWhatKills } from '../../../edge/dist/store/file-trial.js';
import { createPrng } from '../../dist/prng.js';
import { drawCase, layOut } from './file-case.ts';
import { live } from './file-life.ts';

/** What a run of damaged files came to. */
export interface FilesReport {
  readonly seed: number;
  readonly files: number;
  /** How often each file was damaged in each way. */
  readonly damages: Readonly<Record<string, number>>;
  readonly journal: Readonly<Record<string, number>>;
  readonly replica: Readonly<Record<string, number>>;
  /** People let in by what was left. */
  readonly admitted: number;
  /** Cases that killed the process or held it, and came right by the trial that the next start makes. */
  readonly killed: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

const CHILD = resolve(import.meta.dirname, 'files-child.js');
const TRIAL = fileURLToPath(new URL('../../../edge/dist/file-trial-entry.js', import.meta.url));
const BATCH = 50;
// A machine that others use may be slow for minutes; a case that hangs is hung for longer.
const BATCH_MS_MAX = 300_000;
const TRIAL_MS_MAX = 5000;

interface Line {
  readonly begun?: number;
  readonly damages?: readonly { readonly file: string; readonly kind: string }[];
  readonly done?: number;
  readonly threw?: string;
  readonly result?: {
    readonly journal: string;
    readonly replica: string;
    readonly admitted: number;
    readonly wrong: readonly string[];
  };
}

/**
 * Damages files of a gateway in `files` ways from a seed, the case `only` alone where it is given, and starts on each. Nobody may
 * be let in whom the state that is left keeps out, and what is left is a committed state, or is told to be none.
 */
export async function runFiles(
  plan: { readonly seed: number; readonly files: number; readonly only: number | undefined },
  say: (text: string) => void,
  stop: AbortSignal,
): Promise<FilesReport> {
  const root = mkdtempSync(join(tmpdir(), 'greengate-files-'));
  const began = performance.now();
  const tally = createTally(plan.seed);
  try {
    const [origin, before] = [join(root, 'origin'), join(root, 'before')];
    await live(origin, before, createPrng(plan.seed).fork('life'));
    const [first, end] = plan.only === undefined ? [0, plan.files] : [plan.only, plan.only + 1];
    for (let at = first; at < end && !stop.aborted; ) {
      // The children are waited for without a turn of the loop: here whoever ends the run is heard.
      await new Promise((heard) => setImmediate(heard));
      const folder = join(root, 'case');
      const to = Math.min(end, at + BATCH);
      const lines = runChild([origin, before, folder, plan.seed, at, to]);
      for (const line of lines) tally.take(line);
      const last = lines.at(-1);
      if (last?.done === to - 1) at = to;
      else {
        // It died, or was stuck, in a case that it had begun: the next start tries the files first.
        const died = last?.begun ?? at;
        layOut(folder, origin, before, plan.seed, died);
        const aside = await setAsideWhatKills(TRIAL, folder, TRIAL_MS_MAX);
        const [again] = runChild([origin, before, folder, plan.seed, died, 'again']).slice(1);
        tally.killed(died, JSON.stringify(aside), again);
        at = died + 1;
      }
      say(`${at} of ${end} files, ${tally.said()}`);
    }
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    return { ...tally.told(), seconds };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function runChild(args: readonly (string | number)[]): Line[] {
  const folder = String(args[2]);
  for (const each of [`${folder}-life`, `${folder}-life-life`, `${folder}-life-before`])
    rmSync(each, { recursive: true, force: true });
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const child = spawnSync(process.execPath, [CHILD, ...args.map(String)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: BATCH_MS_MAX,
  });
  // Killed is one thing, and an error of the trying itself another.
  if (child.status !== 0 && child.status !== null) throw new Error(child.stderr);
  return child.stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}

function createTally(seed: number) {
  const violations: string[] = [];
  const counts = { damages: new Map(), journal: new Map(), replica: new Map() } as const;
  let files = 0;
  let admitted = 0;
  let killed = 0;
  const count = (of: keyof typeof counts, what: string) =>
    counts[of].set(what, (counts[of].get(what) ?? 0) + 1);
  const blame = (at: number, why: string) => {
    const { damages } = drawCase(seed, at);
    const how = damages.map(({ file, kind }) => `${file} ${kind}`).join(', ');
    violations.push(`--seed ${seed} --case ${at} (${how}): ${why}`);
  };
  const end = ({ done = 0, threw, result }: Line) => {
    files += 1;
    if (threw !== undefined) return blame(done, threw);
    if (!result) return undefined;
    count('journal', result.journal);
    count('replica', result.replica);
    admitted += result.admitted;
    for (const why of result.wrong) blame(done, why);
    return undefined;
  };
  return {
    take(line: Line) {
      for (const { file, kind } of line.damages ?? []) count('damages', `${file} ${kind}`);
      if (line.done !== undefined) end(line);
    },
    killed(at: number, aside: string, again: Line | undefined) {
      killed += 1;
      if (again?.done === at) end(again);
      else {
        files += 1;
        blame(at, `kills whoever opens it, also after the trial: ${aside}`);
      }
    },
    said: () => `${killed} killed, ${violations.length} wrong`,
    told: () => ({
      ...{ seed, files, admitted, killed, violations },
      damages: Object.fromEntries([...counts.damages].sort()),
      journal: Object.fromEntries(counts.journal),
      replica: Object.fromEntries(counts.replica),
    }),
  };
}
