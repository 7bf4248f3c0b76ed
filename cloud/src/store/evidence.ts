import { and, eq, isNull, lte, ne, sql } from 'drizzle-orm';
import type { EvidenceStore } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { markDue } from './due.ts';
import { areas, holders, listEntries, statuses } from './schema.ts';

export function evidenceStore({ transaction }: Connection, region: string): EvidenceStore {
  return {
    addListings: async (kind, entries) =>
      transaction((tx) => {
        const touched = new Set<string>();
        for (const { idHash: id, since } of entries) {
          const idHash = Buffer.from(id);
          list(tx, { region, idHash, kind, since });
          if (kind === 'released') {
            tx.update(listEntries)
              .set({ endedOn: since })
              .where(
                and(
                  eq(listEntries.region, region),
                  eq(listEntries.idHash, idHash),
                  ne(listEntries.kind, kind),
                  isNull(listEntries.endedOn),
                  lte(listEntries.since, since),
                ),
              )
              .run();
          }
          const found = tx
            .select({ holder: holders.holder })
            .from(holders)
            .where(and(eq(holders.region, region), eq(holders.idHash, idHash)))
            .get();
          if (found) touched.add(found.holder);
        }
        for (const holder of touched) markDue(tx, region, holder);
        return [...touched];
      }),
    addAreas: async (rows) =>
      transaction((tx) => {
        const touched = new Set<string>();
        for (const row of rows) {
          const { level, until } = row;
          tx.insert(areas)
            .values({ region, ...row })
            .onConflictDoUpdate({
              target: [areas.region, areas.division, areas.from],
              set: { level, until },
            })
            .run();
          const living = tx
            .select({ holder: statuses.holder })
            .from(statuses)
            .where(and(eq(statuses.region, region), eq(statuses.division, row.division)))
            .all();
          for (const { holder } of living) touched.add(holder);
        }
        for (const holder of touched) markDue(tx, region, holder);
        return [...touched];
      }),
  };
}

/** A first date stands, but a listing after a release, and a later release, are new facts. */
function list(tx: Sql, row: typeof listEntries.$inferInsert): void {
  tx.insert(listEntries)
    .values(row)
    .onConflictDoUpdate({
      target: [listEntries.region, listEntries.idHash, listEntries.kind],
      set: { since: row.since, endedOn: null },
      setWhere: sql`excluded.since > CASE ${listEntries.kind} WHEN 'released' THEN ${listEntries.since} ELSE ${listEntries.endedOn} END`,
    })
    .run();
}
