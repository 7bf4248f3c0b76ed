import type { PgTable } from 'drizzle-orm/pg-core';
import type { Sql } from './connection.ts';
import { insertRowsCountMax } from './limits.ts';

/**
 * Cuts rows into runs of 64, 32, 16 ... 1, so that any number of them goes in by a few different statements, each
 * prepared once.
 */
export function runsOf<T>(rows: readonly T[]): T[][] {
  const runs: T[][] = [];
  let at = 0;
  for (let size = insertRowsCountMax; at < rows.length; ) {
    if (rows.length - at < size) size /= 2;
    else {
      runs.push(rows.slice(at, at + size));
      at += size;
    }
  }
  return runs;
}

/** Inserts rows that no other can be in the way of. */
export async function insertAll<T extends PgTable>(
  tx: Sql,
  table: T,
  rows: readonly T['$inferInsert'][],
): Promise<void> {
  for (const run of runsOf(rows)) await tx.insert(table).values(run as never);
}
