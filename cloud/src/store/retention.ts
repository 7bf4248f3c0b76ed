import { and, eq, lt, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Sql } from './connection.ts';
import {
  deadLettersKeptDaysMax,
  noticesKeptDaysMax,
  passagesKeptDaysMax,
  pruneSliceHoursMax,
} from './limits.ts';
import { notices } from './tables/notices.ts';
import { deadLetters, passages } from './tables/passages.ts';

const DAY_MS = 86_400_000;

/** What is kept for how long, counted from which instant of its row. */
interface Rule {
  readonly table: PgTable & { readonly region: PgColumn };
  readonly from: PgColumn;
  readonly days: number;
}

const RULES: readonly Rule[] = [
  { table: passages, from: passages.receivedAt, days: passagesKeptDaysMax },
  { table: deadLetters, from: deadLetters.receivedAt, days: deadLettersKeptDaysMax },
  { table: notices, from: notices.at, days: noticesKeptDaysMax },
];

/**
 * Deletes the oldest hours of whatever is past its time, a few at once so that no transaction grows long. Answers
 * how many rows went; 0 when nothing is left to delete.
 */
export async function pruneOnce(tx: Sql, region: string, now: number): Promise<number> {
  let count = 0;
  for (const { table, from, days } of RULES) {
    const end = now - days * DAY_MS;
    const past = and(eq(table.region, region), lt(from, end));
    const [oldest] = await tx
      .select({ at: sql`min(${from})`.mapWith(Number) })
      .from(table)
      .where(past);
    if (!oldest?.at) continue;
    const cut = Math.min(end, oldest.at + pruneSliceHoursMax * 3_600_000);
    const gone = await tx
      .delete(table)
      .where(and(past, lt(from, cut)))
      .returning({ at: from });
    count += gone.length;
  }
  return count;
}
