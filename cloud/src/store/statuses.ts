import type { RegionId } from '@greengate/contracts/ids';
import { and, eq, lte } from 'drizzle-orm';
import type { StatusStore } from '../ports.ts';
import { insertAll } from './bulk.ts';
import type { Connection } from './connection.ts';
import { holdHolders } from './due.ts';
import { readSub } from './pseudonyms.ts';
import { rescoreIn } from './rescore.ts';
import { readStatuses } from './status-rows.ts';
import { declarations } from './tables/holders.ts';
import { statuses } from './tables/statuses.ts';

export function statusStore(connection: Connection, region: RegionId): StatusStore {
  const { sql, transaction } = connection;
  return {
    rescore: (holders, decide, rule) =>
      transaction((tx) => rescoreIn(connection, tx, region, holders, decide, rule)),
    declare: (holder, declaration, at, decide, rule) =>
      transaction(async (tx) => {
        // Held first: whoever was forgotten a moment ago declares nothing any more.
        if ((await holdHolders(connection, tx, region, [holder])).length === 0) return [];
        const row = { region, holder, at, body: JSON.stringify(declaration) };
        const target = [declarations.region, declarations.holder, declarations.at];
        await insertAll(tx, declarations, [row], { target, there: 'replace' });
        return rescoreIn(connection, tx, region, [holder], decide, rule);
      }),
    putOff: (holder, until) =>
      transaction(async (tx) => {
        await tx
          .update(statuses)
          .set({ rescoreAt: until })
          .where(and(eq(statuses.region, region), eq(statuses.holder, holder)));
      }),
    status: async (holder) => (await readStatuses(connection, sql, region, [holder])).get(holder),
    pseudonym: (holder, epoch) => readSub(sql, region, holder, epoch),
    due: async (now, count) => {
      const rows = await sql
        .select({ holder: statuses.holder })
        .from(statuses)
        .where(and(eq(statuses.region, region), lte(statuses.rescoreAt, now)))
        .orderBy(statuses.rescoreAt)
        .limit(count);
      return rows.map((row) => row.holder);
    },
  };
}
