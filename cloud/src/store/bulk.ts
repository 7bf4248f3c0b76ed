import { type Column, getTableColumns } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { runStatementOf, type Sql } from './connection.ts';
import { insertRowsCountMax } from './limits.ts';

/** What becomes of a row that is there already: it is kept, or each column but the target's takes the new value. */
export interface OnConflict {
  readonly target: readonly Column[];
  readonly there: 'keep' | 'replace';
}

/**
 * Inserts many rows, and answers the columns `returning` of those that went in. The statements are made here and
 * not by drizzle, whose builder would take most of the time of a rescore.
 */
export async function insertAll<T extends PgTable>(
  tx: Sql,
  table: T,
  rows: readonly T['$inferInsert'][],
  onConflict?: OnConflict,
  returning: readonly Column[] = [],
): Promise<unknown[][]> {
  const columns = getTableColumns(table);
  const fields = Object.keys(columns);
  const names = Object.values(columns).map((column) => column.name);
  const { name } = getTableConfig(table);
  const run = runStatementOf(tx);
  const returned: unknown[][] = [];
  for (const slice of runsOf(rows)) {
    const params: unknown[] = [];
    for (const row of slice as readonly Record<string, unknown>[]) {
      for (const field of fields) params.push(row[field] ?? null);
    }
    const text = insertText(name, names, slice.length, onConflict, returning);
    const back = (await run(text, params, false)) as unknown[][];
    if (returning.length > 0) returned.push(...back);
  }
  return returned;
}

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

const texts = new Map<string, string>();

function insertText(
  table: string,
  columns: readonly string[],
  rows: number,
  onConflict: OnConflict | undefined,
  returning: readonly Column[],
): string {
  const returned = returning.map((column) => column.name);
  const key = [table, rows, onConflict?.there, onConflict?.target.length, returned].join('/');
  const known = texts.get(key);
  if (known !== undefined) return known;
  const tuples = Array.from({ length: rows }, (_, row) => {
    const places = columns.map((_name, i) => `$${row * columns.length + i + 1}`);
    return `(${places.join(', ')})`;
  });
  const text = [
    `INSERT INTO ${quoted([table])} (${quoted(columns)}) VALUES ${tuples.join(', ')}`,
    onConflict ? conflictText(columns, onConflict) : '',
    returned.length > 0 ? `RETURNING ${quoted(returned)}` : '',
  ].join(' ');
  texts.set(key, text);
  return text;
}

function conflictText(columns: readonly string[], { target, there }: OnConflict): string {
  const keys = target.map((column) => column.name);
  if (there === 'keep') return `ON CONFLICT (${quoted(keys)}) DO NOTHING`;
  const set = columns
    .filter((name) => !keys.includes(name))
    .map((name) => `"${name}" = excluded."${name}"`);
  return `ON CONFLICT (${quoted(keys)}) DO UPDATE SET ${set.join(', ')}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
