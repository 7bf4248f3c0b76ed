import type { RegionId } from '@greengate/contracts/ids';
import { and, eq, lte } from 'drizzle-orm';
import type { PseudonymRule, StatusStore } from '../ports.ts';
import { changeLog } from './change-log.ts';
import type { Connection } from './connection.ts';
import { holdHolders } from './due.ts';
import { evidenceOf } from './evidence-rows.ts';
import { ensurePseudonyms, readSub } from './pseudonyms.ts';
import { readStatuses, writeStatuses } from './status-rows.ts';
import { statuses } from './tables/statuses.ts';

export function statusStore(connection: Connection, region: RegionId): StatusStore {
  const { sql, transaction } = connection;
  return {
    rescore: (holders, decide, rule: PseudonymRule) =>
      transaction(async (tx) => {
        const ids = await holdHolders(connection, tx, region, holders);
        const evidence = await evidenceOf(connection, tx, region, ids);
        const declared = evidence.map(({ holder }) => holder);
        const held = await readStatuses(connection, tx, region, declared);
        const pseudonyms = await ensurePseudonyms(connection, tx, region, declared, rule);
        const log = changeLog(region);
        for (const one of evidence) {
          const before = held.get(one.holder);
          log.add(one.holder, decide(one, before), pseudonyms.get(one.holder), before?.ver);
        }
        const { published, rows } = await log.write(tx);
        await writeStatuses(tx, region, rows);
        return published;
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
