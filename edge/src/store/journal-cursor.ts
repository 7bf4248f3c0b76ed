import { journalCursorLagRowsMax } from '../limits.ts';
import type { SqlDatabase, Statement } from './database.ts';

/**
 * Where the outbox stands, as the id of a row. It lies in memory and goes to the disk with the next append, or when it has
 * moved far: a crash before that sends again what the cloud already has, and nothing else.
 */
export interface JournalCursor {
  value(): number;
  /** `rows`: how many it passed on the way. */
  move(to: number, rows: number): void;
  /** Back to before every row, once for each epoch of the cloud; false: it was so for this one. Durable at once. */
  beginAgain(cloudEpoch: number): boolean;
  /** Writes it within the caller's transaction; what it returns is to be called once that is committed. */
  write(): () => void;
  /** Writes it in a transaction of its own, where it is not on the disk. */
  flush(): void;
}

export function createJournalCursor(
  db: SqlDatabase,
  setMark: Statement<unknown>,
  onDisk: (mark: string) => number,
): JournalCursor {
  let written = onDisk('cursor');
  let value = written;
  let served = onDisk('served');
  let ahead = 0;

  const cursor: JournalCursor = {
    value: () => value,
    move(to, rows) {
      value = to;
      ahead += rows;
      if (ahead >= journalCursorLagRowsMax) cursor.flush();
    },
    beginAgain(cloudEpoch) {
      if (cloudEpoch <= served) return false;
      value = 0;
      let committed: () => void = () => undefined;
      db.transaction(() => {
        setMark.run('served', cloudEpoch);
        committed = cursor.write();
      });
      committed();
      served = cloudEpoch;
      return true;
    },
    write() {
      if (written !== value) setMark.run('cursor', value);
      const now = value;
      return () => {
        written = now;
        ahead = 0;
      };
    },
    flush() {
      if (written === value) return;
      let committed: () => void = () => undefined;
      db.transaction(() => {
        committed = cursor.write();
      });
      committed();
    },
  };
  return cursor;
}
