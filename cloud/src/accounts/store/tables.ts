import type { BetterAuthOptions, DBAdapter } from 'better-auth';

/** better-auth's view of a database: rows by model and field, the same on each engine. */
export type Tables = DBAdapter<BetterAuthOptions>;

/** The one database of all accounts: better-auth's tables have no region key. */
export interface AccountsDatabase {
  tables(options: BetterAuthOptions): Tables;
  close(): Promise<void>;
}
