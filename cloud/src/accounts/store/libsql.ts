import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session';
import { BaseSQLiteDatabase, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core';
import Libsql from 'libsql';
import { readMigrations, stepsFrom } from './migrations.ts';
import { libsqlSchema } from './schema-libsql.ts';
import type { AccountsDatabase } from './tables.ts';

type Rows = Record<string, never>;

const busyTimeoutMs = 5000;
const statementsCountMax = 200;

/** A libSQL file. The statements of better-auth's adapter run one at a time; none of them spans a transaction. */
export function openLibsql(file: string): AccountsDatabase {
  const db = new Libsql(file);
  for (const [name, set, expected] of SETTINGS) {
    db.pragma(`${name}=${set}`);
    const [row] = db.pragma(name) as Record<string, unknown>[];
    const found = Object.values(row ?? {})[0];
    if (found !== expected) throw new Error(`PRAGMA ${name} is ${found}, not ${expected}`);
  }
  migrate(db);
  const dialect = new SQLiteSyncDialect();
  const session = new BetterSQLiteSession<Rows, Rows>(adapt(db) as never, dialect, undefined);
  const sql = new BaseSQLiteDatabase<'sync', unknown, Rows>('sync', dialect, session, undefined);
  const tables = drizzleAdapter(sql, { provider: 'sqlite', schema: libsqlSchema });
  return {
    tables,
    close: async () => {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

// `secure_delete`: what is deleted here, a session or a challenge, is gone from the file too.
const SETTINGS: readonly (readonly [name: string, set: string | number, expected: unknown])[] = [
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['busy_timeout', busyTimeoutMs, busyTimeoutMs],
  ['trusted_schema', 'OFF', 0],
  ['cell_size_check', 'ON', 1],
  ['foreign_keys', 'ON', 1],
  ['secure_delete', 'ON', 1],
];

function migrate(db: Libsql.Database): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS account_migration (step INTEGER PRIMARY KEY, hash TEXT NOT NULL)',
  );
  db.transaction(() => {
    const applied = db.prepare('SELECT step, hash FROM account_migration ORDER BY step').all([]);
    for (const { step, hash, statements } of stepsFrom(applied, readMigrations('libsql'))) {
      for (const statement of statements) db.exec(statement);
      db.prepare('INSERT INTO account_migration VALUES (?, ?)').run([step, hash]);
    }
  }).immediate();
}

interface Statement {
  run(...params: unknown[]): unknown;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  raw(): Statement;
}

/** The traps of the driver are those of store/connection.ts: one array of values, prepared once, read to the end. */
function adapt(db: Libsql.Database) {
  const known = new Map<string, Statement>();
  return {
    prepare(sql: string): Statement {
      const found = known.get(sql);
      if (found) return found;
      if (known.size >= statementsCountMax) known.clear();
      const made = statement(db, sql);
      known.set(sql, made);
      return made;
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
