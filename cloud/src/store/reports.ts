import type { ReportRow } from '@greengate/contracts/wire/report';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { ReportStore } from '../evidence-port.ts';
import type { Connection } from './connection.ts';
import { holdHolders, markDue } from './due.ts';
import { reports } from './tables/reports.ts';

export function reportStore(connection: Connection, region: string): ReportStore {
  return {
    addReport: (holder, { day, at, temperatureCentiC, symptoms }) =>
      connection.transaction(async (tx) => {
        // Held first: whoever was forgotten a moment ago reports nothing any more.
        if ((await holdHolders(connection, tx, region, [holder])).length === 0) return;
        const { fever, dryCough, fatigue } = symptoms;
        const said = {
          at,
          temperatureCentiC,
          ...{ fever: Number(fever), dryCough: Number(dryCough), fatigue: Number(fatigue) },
        };
        await tx
          .insert(reports)
          .values({ region, holder, day, ...said })
          .onConflictDoUpdate({
            target: [reports.region, reports.holder, reports.day],
            set: said,
            setWhere: sql`excluded.reported_at >= ${reports.at}`,
          });
        await markDue(connection, tx, region, [holder]);
      }),
    reports: async (holder, before, count) => {
      const rows = await connection.sql
        .select()
        .from(reports)
        .where(
          and(
            eq(reports.region, region),
            eq(reports.holder, holder),
            before === undefined ? undefined : lt(reports.day, before),
          ),
        )
        .orderBy(desc(reports.day))
        .limit(count);
      return rows.map(toReport);
    },
  };
}

export function toReport(row: Omit<typeof reports.$inferSelect, 'region' | 'holder'>): ReportRow {
  const { day, at, temperatureCentiC } = row;
  const symptoms = {
    fever: row.fever !== 0,
    dryCough: row.dryCough !== 0,
    fatigue: row.fatigue !== 0,
  };
  return { day, at, temperatureCentiC, symptoms };
}
