import type { Sql } from './connection.ts';
import { commitWorksCountMax } from './limits.ts';

export interface Committer {
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Begins now, where it waits for more works to come. */
  hurry(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Makes one transaction of all works that wait: each has a savepoint of its own, so one that rejects takes back
 * nothing but itself, and all share one write to the disk. A work is told of its success after the commit.
 */
export function makeCommitter(tx: Sql, exec: (text: string) => void): Committer {
  const waiting: Work[] = [];
  let running: Promise<void> | undefined;
  let begin: () => void = () => undefined;

  const drain = async (): Promise<void> => {
    // Whoever asks in this turn of the loop shares the commit.
    await new Promise<void>((next) => {
      begin = next;
      setImmediate(next);
    });
    while (waiting.length > 0) await commit(waiting.splice(0, commitWorksCountMax), exec);
    running = undefined;
  };

  return {
    transaction: (work) =>
      new Promise((done, fail) => {
        const run = async () => {
          const result = await work(tx);
          return () => done(result);
        };
        waiting.push({ run, fail });
        running ??= drain();
      }),
    hurry: () => begin(),
    idle: () => running ?? Promise.resolve(),
  };
}

interface Work {
  /** Answers what to do once it is durable. */
  run(): Promise<() => void>;
  fail(error: unknown): void;
}

async function commit(batch: readonly Work[], exec: (text: string) => void): Promise<void> {
  const succeeded: (() => void)[] = [];
  try {
    exec('BEGIN IMMEDIATE');
    for (const work of batch) {
      const done = await runWork(work, exec);
      if (done) succeeded.push(done);
    }
    exec('COMMIT');
  } catch (error) {
    rollBack(exec);
    for (const work of batch) work.fail(error);
    return;
  }
  for (const done of succeeded) done();
}

async function runWork(
  work: Work,
  exec: (text: string) => void,
): Promise<(() => void) | undefined> {
  exec('SAVEPOINT work');
  try {
    const done = await work.run();
    exec('RELEASE work');
    return done;
  } catch (error) {
    // Fails where the whole transaction is gone, as after a full disk; then all of the batch fails.
    exec('ROLLBACK TO work');
    exec('RELEASE work');
    work.fail(error);
    return undefined;
  }
}

function rollBack(exec: (text: string) => void): void {
  try {
    exec('ROLLBACK');
  } catch {
    // It was rolled back already.
  }
}
