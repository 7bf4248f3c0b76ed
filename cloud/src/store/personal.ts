import { type Column, getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { declarations } from './tables/holders.ts';
import { appeals, applications, notices as overrideNotices, overrides } from './tables/issuing.ts';
import { notices } from './tables/notices.ts';
import { contradictions, feverReadings, reports } from './tables/reports.ts';
import { scores } from './tables/scores.ts';
import { pseudonyms, statuses } from './tables/statuses.ts';

/** A table whose rows are about one holder each. */
export type HolderTable = PgTable & { readonly region: PgColumn; readonly holder: PgColumn };

/**
 * Every table with a `holder_id`, under the name by which its holder is shown it. A test sees to it that none is left
 * out: what is not here would be neither shown nor deleted.
 */
export const HOLDER_TABLES: Readonly<Record<string, HolderTable>> = {
  declarations,
  status: statuses,
  verdicts: scores,
  pseudonyms,
  applications,
  appeals,
  overrides,
  overrideNotices,
  notices,
  reports,
  feverReadings,
  contradictions,
};

/** What of a row its holder is shown: not the region's own bookkeeping, and not who of the staff it was. */
export function shownColumns(table: PgTable): Record<string, Column> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(
    columns.filter(([field]) => !HIDDEN.has(field) && !/(?:By|by|byName|alarm)$/.test(field)),
  );
}

const HIDDEN = new Set(['region', 'holder', 'sub', 'key', 'owner', 'leaseUntil']);
