import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';

const folder = resolve(import.meta.dirname, '../../src/store/tables');

/** Every table of the schema. */
export const tables: PgTable[] = [];
for (const file of readdirSync(folder)) {
  const module: Record<string, unknown> = await import(`${folder}/${file}`);
  for (const value of Object.values(module)) if (is(value, PgTable)) tables.push(value);
}
