import type { Placeholder, SQL } from 'drizzle-orm';
import type { PgColumn, PgDatabase } from 'drizzle-orm/pg-core';
import { drizzle, type PgRemoteQueryResultHKT } from 'drizzle-orm/pg-proxy';

/** drizzle's query builder, speaking the SQL that both engines know. No type of it leaves store/. */
export type Sql = PgDatabase<PgRemoteQueryResultHKT, Record<string, never>>;

/** What the engines say in different words. */
export interface Dialect {
  /** `column` is one of `values`, in a statement that is the same for any number of them. */
  among(column: PgColumn, values: readonly string[] | Placeholder): SQL;
  /** What takes the place of `values` in a query that was built with a placeholder for them. */
  list(values: readonly string[]): unknown;
  /** Holds the rows that a query reads until the transaction ends; libSQL has one writer anyway. */
  held<Q extends Lockable>(query: Q): Q;
  /** Reads, and holds, the rows that nobody else holds at this moment. */
  unlocked<Q extends Lockable>(query: Q): Q;
}

/** One database, whichever engine runs it. */
export interface Connection extends Dialect {
  readonly engine: 'libsql' | 'postgres';
  /** For reads outside a transaction: each sees what was committed before it began. */
  readonly sql: Sql;
  /**
   * Runs `work` in one transaction, rolled back when it rejects. `work` awaits nothing but `tx`, and may run twice:
   * PostgreSQL asks for that when two transactions got in each other's way.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Runs statements that take no parameters, in one transaction that no other process shares. */
  define(statements: readonly string[]): Promise<void>;
  /**
   * Tells the engine how large its tables have become, where they outgrew what it knows: PostgreSQL reads a table that
   * it takes for a small one from end to end, and looks by itself only once a minute. libSQL keeps to our own order.
   */
  measure(): Promise<void>;
  /** Commits at once what waits to share a commit with more; PostgreSQL does not wait. */
  hurry(): void;
  /** Overwrites what was deleted, also where it was written first. PostgreSQL does so in its own time. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}

/** A query of drizzle's that can lock. */
export interface Lockable {
  for(strength: 'update' | 'no key update', config?: { skipLocked: true }): unknown;
}

/** Runs one statement with its parameters and answers every row, each a list of columns. */
export type RunStatement = (
  text: string,
  params: unknown[],
  asObjects: boolean,
) => Promise<unknown[]> | unknown[];

const behind = new WeakMap<Sql, { readonly run: RunStatement; readonly dialect: Dialect }>();

/** drizzle over a function that runs statements. */
export function queryBuilder(run: RunStatement, dialect: Dialect): Sql {
  const sql: Sql = drizzle(async (text, params, method) => ({
    rows: await run(text, params, method === 'execute'),
  }));
  behind.set(sql, { run, dialect });
  return sql;
}

/** What a query builder runs its statements by. */
export function runStatementOf(sql: Sql): RunStatement {
  return ours(sql).run;
}

/** In which words a query builder speaks. */
export function dialectOf(sql: Sql): Dialect {
  return ours(sql).dialect;
}

function ours(sql: Sql) {
  const found = behind.get(sql);
  if (!found) throw new TypeError('not a query builder of ours');
  return found;
}
