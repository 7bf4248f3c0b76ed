import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setAside } from './quarantine.ts';
import { kernelState } from './thread-state.ts';

export const TRIED_FILES = { journal: 'journal.db', replica: 'replica.db' } as const;
export type TriedFile = keyof typeof TRIED_FILES;

/** Why each of the two was set aside; undefined where it was not. */
export type TrialResult = Readonly<Record<TriedFile, string | undefined>>;

/**
 * Opens both databases of a data folder as a start does, each in a process of its own, and sets aside the one that kills its
 * process or keeps it busy for more than `msMax`: libSQL aborts on some damage (measured: a name in the schema that is no UTF-8),
 * and a gateway must not die of it at every start. Damage that is told as an error is left to who opens the file.
 * `entry` is the built file-trial-entry.js.
 */
export async function setAsideWhatKills(
  entry: string,
  dataDir: string,
  msMax: number,
): Promise<TrialResult> {
  const [journal, replica] = await Promise.all([
    triedAside(entry, dataDir, 'journal', 'all', msMax),
    triedAside(entry, dataDir, 'replica', 'newest', msMax),
  ]);
  return { journal, replica };
}

async function triedAside(
  entry: string,
  dataDir: string,
  name: TriedFile,
  keep: 'all' | 'newest',
  msMax: number,
): Promise<string | undefined> {
  const file = join(dataDir, TRIED_FILES[name]);
  if (!existsSync(file)) return undefined;
  const why = await tryFile(spawn(process.execPath, [entry, dataDir, name], TRIAL), msMax);
  if (why !== undefined) setAside(file, keep);
  return why;
}

const TRIAL = { stdio: 'ignore', env: { MALLOC_ARENA_MAX: '1' } } as const;

function tryFile(child: ChildProcess, msMax: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      // One that waits for its disk sleeps in the kernel, and its file is not to be blamed.
      const busy = kernelState(`/proc/${child.pid}/stat`) === 'R';
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      resolve(busy ? 'whoever opens it is stuck in it' : undefined);
    }, msMax);
    const end = (why: string | undefined) => {
      clearTimeout(late);
      resolve(why);
    };
    child.once('error', () => end(undefined));
    child.once('exit', (_code, signal) =>
      end(signal === null ? undefined : `whoever opens it is killed: ${signal}`),
    );
  });
}
