import { and, gte, lt, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** Divisions that begin with one of the stems. A colon comes after the digits. */
export function below(column: PgColumn, stems: readonly string[]): SQL | undefined {
  const ranges = stems.map((stem) => and(gte(column, stem), lt(column, `${stem}:`)));
  return or(sql`1 = 0`, ...ranges);
}
