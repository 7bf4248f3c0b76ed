import { and, eq, lt, sql } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import type { Sql } from './connection.ts';
import {
  deadLettersKeptDaysMax,
  evidenceKeptDaysMax,
  noticesKeptDaysMax,
  passagesKeptDaysMax,
  pruneRowsMax,
} from './limits.ts';
import { elsewhere, journeys } from './tables/evidence.ts';
import { notices } from './tables/notices.ts';
import { deadLetters, passages } from './tables/passages.ts';
import { contradictions, feverReadings, reports } from './tables/reports.ts';

const DAY_MS = 86_400_000;

/** What is kept for how long, counted from which column of its row: an instant, or a day written YYYY-MM-DD. */
interface Rule {
  readonly table: PgTable & { readonly region: PgColumn };
  readonly from: PgColumn;
  readonly days: number;
  readonly as: 'instant' | 'day';
}

export const RETENTION: readonly Rule[] = [
  { table: passages, from: passages.receivedAt, days: passagesKeptDaysMax, as: 'instant' },
  { table: deadLetters, from: deadLetters.receivedAt, days: deadLettersKeptDaysMax, as: 'instant' },
  { table: notices, from: notices.at, days: noticesKeptDaysMax, as: 'instant' },
  { table: reports, from: reports.day, days: evidenceKeptDaysMax, as: 'day' },
  { table: feverReadings, from: feverReadings.at, days: evidenceKeptDaysMax, as: 'instant' },
  { table: contradictions, from: contradictions.foundAt, days: evidenceKeptDaysMax, as: 'instant' },
  { table: journeys, from: journeys.leftOn, days: evidenceKeptDaysMax, as: 'day' },
  { table: elsewhere, from: elsewhere.validUntil, days: evidenceKeptDaysMax, as: 'instant' },
];

/**
 * Deletes some rows of whatever is past its time, so many at once that no transaction grows long. Answers how many
 * went; 0 when nothing is left to delete.
 */
export async function pruneOnce(tx: Sql, region: string, now: number): Promise<number> {
  let count = 0;
  for (const { table, from, days, as } of RETENTION) {
    const end = now - days * DAY_MS;
    const past = and(eq(table.region, region), lt(from, as === 'day' ? dayOf(end) : end));
    const [key] = getTableConfig(table).primaryKeys;
    if (!key) throw new TypeError('a table without a key');
    const columns = sql.join(
      key.columns.map((column) => sql.identifier(column.name)),
      sql`, `,
    );
    const some = sql`SELECT ${columns} FROM ${table} WHERE ${past} LIMIT ${pruneRowsMax}`;
    const gone = await tx.delete(table).where(sql`(${columns}) IN (${some})`).returning({ from });
    count += gone.length;
  }
  return count;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
