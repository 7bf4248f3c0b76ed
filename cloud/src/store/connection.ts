import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session';
import { BaseSQLiteDatabase, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core';
import Libsql from 'libsql';
import { busyTimeoutMs, journalBytesMax, preparedStatementsCountMax } from './limits.ts';

type Rows = Record<string, never>;

/** drizzle's query builder over one libSQL file. Synchronous. No type of it leaves store/. */
export type Sql = BaseSQLiteDatabase<'sync', unknown, Rows>;

/** The one connection to a file: SQLite 3.45 lacks the WAL-reset fix, so a second one may not checkpoint. */
export interface Connection {
  readonly sql: Sql;
  /** Runs a synchronous function in one IMMEDIATE transaction; it is rolled back when the function throws. */
  transaction<T>(work: (tx: Sql) => T): T;
  exec(sql: string): void;
  /** Folds the WAL into the file and closes it. */
  close(): void;
}

/** Opens a file with the settings that its durability rests on, and asserts that they took (THREATS finding 2). */
export function openConnection(file: string): Connection {
  const db = new Libsql(file);
  for (const [name, set, expected] of SETTINGS) {
    db.pragma(`${name}=${set}`);
    const [row] = db.pragma(name) as Record<string, unknown>[];
    const found = Object.values(row ?? {})[0];
    if (found !== expected) throw new Error(`PRAGMA ${name} is ${found}, not ${expected}`);
  }
  const client = adapt(db);
  const dialect = new SQLiteSyncDialect();
  const session = new BetterSQLiteSession<Rows, Rows>(client as never, dialect, undefined);
  const sql = new BaseSQLiteDatabase<'sync', unknown, Rows>('sync', dialect, session, undefined);
  return {
    sql,
    transaction: (work) => sql.transaction((tx) => work(tx), { behavior: 'immediate' }),
    exec: (text) => void db.exec(text),
    close: () => {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

const SETTINGS: readonly (readonly [name: string, set: string | number, expected: unknown])[] = [
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['busy_timeout', busyTimeoutMs, busyTimeoutMs],
  ['journal_size_limit', journalBytesMax, journalBytesMax],
  ['trusted_schema', 'OFF', 0],
  ['cell_size_check', 'ON', 1],
  ['foreign_keys', 'ON', 1],
];

interface Statement {
  run(...params: unknown[]): unknown;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  raw(): Statement;
}

/**
 * What drizzle's driver asks of a client, over libSQL's traps: parameters always go as one array (a lone Buffer
 * aborts the process), statements are prepared once (they are freed on macrotasks only), rows are read to the
 * end (an unfinished one holds a lock), and an async transaction is refused (it would commit early).
 */
function adapt(db: Libsql.Database) {
  const known = new Map<string, Statement>();
  return {
    prepare(sql: string): Statement {
      const found = known.get(sql);
      if (found) return found;
      if (known.size >= preparedStatementsCountMax) known.clear();
      const made = statement(db, sql);
      known.set(sql, made);
      return made;
    },
    transaction<T, A extends unknown[]>(work: (...args: A) => T) {
      return db.transaction((...args: A) => {
        const result = work(...args);
        if (result instanceof Promise) throw new TypeError('a transaction must not be async');
        return result;
      });
    },
  };
}

function statement(db: Libsql.Database, sql: string): Statement {
  const plain = over(db.prepare(sql), () => rows());
  let made: Statement | undefined;
  const rows = () => {
    made ??= over(db.prepare(sql).raw(), rows);
    return made;
  };
  return plain;
}

function over(native: Libsql.Statement, raw: () => Statement): Statement {
  return {
    run: (...params) => native.run(params),
    get: (...params) => native.all(params)[0],
    all: (...params) => native.all(params),
    raw,
  };
}
