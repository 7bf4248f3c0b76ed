import { openLibsql } from './libsql.ts';
import { openPostgres } from './postgres.ts';
import type { AccountsDatabase } from './tables.ts';

/** Opens `file:PATH` (made when it is not there) or `postgres://...` and brings it up to the schema. */
export async function openAccountsDatabase(url: string): Promise<AccountsDatabase> {
  if (url.startsWith('file:')) return openLibsql(url.slice('file:'.length));
  return openPostgres(url);
}
