import { Placeholder, sql as raw } from 'drizzle-orm';
import Libsql from 'libsql';
import { type Connection, type Dialect, queryBuilder, type RunStatement } from './connection.ts';
import { libsqlDdl } from './ddl.ts';
import { makeCommitter } from './group-commit.ts';
import {
  busyTimeoutMs,
  journalBytesMax,
  preparedStatementsCountMax,
  writerCacheBytesMax,
} from './limits.ts';

/**
 * Opens a file with the settings that its durability rests on, and asserts that they took (THREATS finding 2).
 *
 * One connection writes and checkpoints (SQLite 3.45 lacks the WAL-reset fix); another only reads, so that a read
 * never sees what is not committed yet.
 */
export function openLibsql(file: string): Connection {
  const writer = open(file, WRITER);
  const reader = open(file, READER);
  const write = runner(writer);
  const committer = makeCommitter(queryBuilder(write, dialect), (text) => void writer.exec(text));
  return {
    engine: 'libsql',
    ...dialect,
    sql: queryBuilder(runner(reader), dialect),
    transaction: committer.transaction,
    define: (statements) =>
      committer.transaction(async () => {
        for (const statement of statements) writer.exec(libsqlDdl(statement));
      }),
    measure: async () => undefined,
    hurry: committer.hurry,
    scrub: async () => {
      await committer.idle();
      writer.pragma('wal_checkpoint(TRUNCATE)');
    },
    close: async () => {
      await committer.idle();
      reader.close();
      writer.pragma('wal_checkpoint(TRUNCATE)');
      writer.close();
    },
  };
}

const dialect: Dialect = {
  among: (column, values) => {
    const list = values instanceof Placeholder ? values : JSON.stringify(values);
    return raw`${column} IN (SELECT value FROM json_each(${list}))`;
  },
  list: (values) => JSON.stringify(values),
  held: (query) => query,
  unlocked: (query) => query,
};

type Setting = readonly [name: string, set: string | number, expected: unknown];

const COMMON: readonly Setting[] = [
  ['busy_timeout', busyTimeoutMs, busyTimeoutMs],
  ['trusted_schema', 'OFF', 0],
  ['cell_size_check', 'ON', 1],
];

// Below zero it is kibibytes.
const cacheSize = -writerCacheBytesMax / 1024;

const WRITER: readonly Setting[] = [
  ['cache_size', cacheSize, cacheSize],
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['journal_size_limit', journalBytesMax, journalBytesMax],
  ['foreign_keys', 'ON', 1],
  // What is deleted is overwritten: a person who asks to be forgotten is (DOMAIN 8).
  ['secure_delete', 'ON', 1],
  ...COMMON,
];

const READER: readonly Setting[] = [
  ['query_only', 'ON', 1],
  ['wal_autocheckpoint', 0, 0],
  ...COMMON,
];

function open(file: string, settings: readonly Setting[]): Libsql.Database {
  const db = new Libsql(file);
  for (const [name, set, expected] of settings) {
    db.pragma(`${name}=${set}`);
    const [row] = db.pragma(name) as Record<string, unknown>[];
    const found = Object.values(row ?? {})[0];
    if (found !== expected) throw new Error(`PRAGMA ${name} is ${found}, not ${expected}`);
  }
  return db;
}

interface Statements {
  readonly rows: Libsql.Statement;
  /** Prepared when it is first asked for: most never are. */
  readonly objects: () => Libsql.Statement;
  /** Whether it answers rows; asked once, because every question goes into the native code. */
  readonly isReader: boolean;
}

/**
 * libSQL's traps in one place: parameters go as one list (a lone Buffer aborts the process), statements are
 * prepared once (they are freed on macrotasks only), and rows are read to the end (an unfinished one holds a lock).
 */
function runner(db: Libsql.Database): RunStatement {
  const known = new Map<string, Statements>();
  const prepared = (text: string): Statements => {
    const found = known.get(text);
    if (found) return found;
    if (known.size >= preparedStatementsCountMax) known.clear();
    const rows = db.prepare(text);
    let named: Libsql.Statement | undefined;
    const objects = () => {
      named ??= db.prepare(text);
      return named;
    };
    const made: Statements = { rows, objects, isReader: rows.reader };
    if (made.isReader) rows.raw(true);
    known.set(text, made);
    return made;
  };
  return (text, params, asObjects) => {
    const { rows, objects, isReader } = prepared(text);
    const statement = asObjects ? objects() : rows;
    if (isReader) return statement.all(params);
    statement.run(params);
    return [];
  };
}
