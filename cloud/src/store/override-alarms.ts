import type { RegionId } from '@greengate/contracts/ids';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { AlarmRow, OverrideAlarm, OverrideStore } from '../issuing-port.ts';
import { instant } from './applications.ts';
import type { Connection, Sql } from './connection.ts';
import { overrideAlarms } from './tables/issuing.ts';

export function alarmStore(
  { sql: db, transaction, held }: Connection,
  region: RegionId,
): Pick<OverrideStore, 'alarms' | 'clearAlarm'> {
  const own = eq(overrideAlarms.region, region);
  return {
    alarms: async (count) => {
      const rows = await db
        .select()
        .from(overrideAlarms)
        .where(own)
        .orderBy(
          sql`CASE WHEN ${overrideAlarms.clearedAt} IS NULL THEN 0 ELSE 1 END`,
          desc(overrideAlarms.raisedAt),
          overrideAlarms.alarm,
        )
        .limit(count);
      return rows.map(toAlarm);
    },
    clearAlarm: (id, by, now) =>
      transaction(async (tx): Promise<Result<AlarmRow> | undefined> => {
        const at = and(own, eq(overrideAlarms.alarm, id), isNull(overrideAlarms.clearedAt));
        const [row] = await held(tx.select().from(overrideAlarms).where(at));
        if (row === undefined) return undefined;
        const alarm = toAlarm(row);
        if (alarm.people.includes(by)) return refuse('second-person-needed');
        await tx.update(overrideAlarms).set({ clearedAt: now, clearedBy: by }).where(at);
        return ok({ ...alarm, clearedAt: now, clearedBy: by });
      }),
  };
}

/** Its id is that of the override that was refused. */
export async function raiseAlarm(
  tx: Sql,
  region: RegionId,
  id: string,
  now: EpochMs,
  { kind, people, count, limit }: OverrideAlarm,
): Promise<void> {
  const [personOne = '', personOther = null] = people;
  const row = { region, alarm: id, kind, personOne, personOther, count, limit, raisedAt: now };
  await tx.insert(overrideAlarms).values(row).onConflictDoNothing();
}

/** The people of alarms that nobody has cleared. */
export async function suspendedPeople(tx: Sql, region: RegionId): Promise<readonly string[]> {
  const rows = await tx
    .select({ one: overrideAlarms.personOne, other: overrideAlarms.personOther })
    .from(overrideAlarms)
    .where(and(eq(overrideAlarms.region, region), isNull(overrideAlarms.clearedAt)));
  return [...new Set(rows.flatMap(({ one, other }) => (other === null ? [one] : [one, other])))];
}

function toAlarm(row: typeof overrideAlarms.$inferSelect): AlarmRow {
  const { alarm: id, kind, personOne, personOther, count, limit, raisedAt, clearedBy } = row;
  return {
    ...{ id, kind: kind as AlarmRow['kind'], count, limit, clearedBy },
    people: personOther === null ? [personOne] : [personOne, personOther],
    raisedAt: epochMs(raisedAt),
    clearedAt: instant(row.clearedAt),
  };
}
