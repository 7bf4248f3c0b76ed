import Database from 'libsql';

/** What may be bound to a statement. Keys are 64-bit, hence bigint. */
export type SqlValue = number | bigint | string | Uint8Array | null;

/** A prepared statement. Make each once: libSQL frees them on macrotasks only. */
export interface Statement<Row> {
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  run(...values: SqlValue[]): void;
}

/** One connection to one file. There is one writing connection a file (ARCHITECTURE, package). */
export interface SqlDatabase {
  prepare<Row = unknown>(sql: string): Statement<Row>;
  exec(sql: string): void;
  /** Runs `work` in one transaction; `work` must not be async, or it would commit early. */
  transaction(work: () => void): void;
  /** Folds the WAL back into the file. */
  checkpoint(): void;
  close(): void;
}

export interface OpenOptions {
  /** FULL for what must not be lost, NORMAL for what can be fetched again. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly pageBytes: number;
  readonly walBytesMax: number;
}

// Asserted after being set: libSQL's defaults are not safe (THREATS finding 2).
function asserted(db: Database.Database, name: string, value: string | number): void {
  db.exec(`PRAGMA ${name} = ${value}`);
  const row = db.prepare(`PRAGMA ${name}`).get() as Record<string, unknown> | undefined;
  const got = row?.[name] ?? row?.['timeout'];
  if (String(got).toUpperCase() !== String(SYNCHRONOUS[String(value)] ?? value).toUpperCase()) {
    throw new Error(`PRAGMA ${name} is ${String(got)} and not ${value}`);
  }
}

const SYNCHRONOUS: Readonly<Record<string, number>> = { NORMAL: 1, FULL: 2, ON: 1, OFF: 0 };

/** Opens the one writing connection of a file; makes the file if there is none. */
export function openWriter(file: string, options: OpenOptions): SqlDatabase {
  const db = new Database(file);
  db.exec(`PRAGMA page_size = ${options.pageBytes}`);
  asserted(db, 'journal_mode', 'wal');
  asserted(db, 'synchronous', options.synchronous);
  asserted(db, 'busy_timeout', 2000);
  asserted(db, 'journal_size_limit', options.walBytesMax);
  asserted(db, 'trusted_schema', 'OFF');
  asserted(db, 'cell_size_check', 'ON');
  return adapt(db);
}

/** Opens a reading connection to a file that its writer has made. It never writes nor checkpoints. */
export function openReader(file: string): SqlDatabase {
  const db = new Database(file);
  asserted(db, 'busy_timeout', 2000);
  asserted(db, 'query_only', 'ON');
  asserted(db, 'wal_autocheckpoint', 0);
  asserted(db, 'trusted_schema', 'OFF');
  asserted(db, 'cell_size_check', 'ON');
  return adapt(db);
}

/** A blob is a Buffer in a row of `get`, but a bare ArrayBuffer in one of `all` (measured, libsql 0.5.29). */
function bytesOf<Row>(row: Record<string, unknown>): Row {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
  }
  return row as Row;
}

function adapt(db: Database.Database): SqlDatabase {
  return {
    prepare<Row>(sql: string): Statement<Row> {
      const statement = db.prepare(sql);
      // Values go as one array: a lone Buffer passed as such aborts the process (measured).
      return {
        get: (...values) => statement.get(values) as Row | undefined,
        all: (...values) => (statement.all(values) as Record<string, unknown>[]).map(bytesOf<Row>),
        run: (...values) => {
          statement.run(values);
        },
      };
    },
    exec: (sql) => {
      db.exec(sql);
    },
    transaction(work) {
      db.exec('BEGIN IMMEDIATE');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        if (db.inTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    checkpoint: () => {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    close: () => {
      db.close();
    },
  };
}
