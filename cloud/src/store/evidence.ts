import { and, eq, inArray, isNull, lte, ne, sql } from 'drizzle-orm';
import type { EvidenceStore, Listing } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { markDue } from './due.ts';
import { areas, listEntries } from './tables/evidence.ts';
import { holders } from './tables/holders.ts';
import { statuses } from './tables/statuses.ts';

export function evidenceStore(connection: Connection, region: string): EvidenceStore {
  const { transaction } = connection;
  return {
    addListings: (kind, entries) =>
      transaction(async (tx) => {
        for (const entry of inOrder(entries)) {
          const idHash = Buffer.from(entry.idHash);
          await list(tx, { region, idHash, kind, since: entry.since, endedOn: null });
          if (kind === 'released') await release(tx, region, idHash, entry.since);
        }
        const touched = await holdersAmong(tx, region, entries);
        await markDue(connection, tx, region, touched);
        return touched;
      }),
    addAreas: (rows) =>
      transaction(async (tx) => {
        for (const row of rows) {
          const { level, until } = row;
          await tx
            .insert(areas)
            .values({ region, ...row })
            .onConflictDoUpdate({
              target: [areas.region, areas.division, areas.from],
              set: { level, until },
            });
        }
        const divisions = [...new Set(rows.map((row) => row.division))];
        const living = await tx
          .select({ holder: statuses.holder })
          .from(statuses)
          .where(and(eq(statuses.region, region), connection.among(statuses.division, divisions)));
        const touched = living.map(({ holder }) => holder);
        await markDue(connection, tx, region, touched);
        return touched;
      }),
  };
}

/** Everybody writes them in the same order, so that no two wait for each other. */
function inOrder(entries: readonly Listing[]): readonly Listing[] {
  return [...entries].sort((a, b) => Buffer.compare(a.idHash, b.idHash));
}

/** A first date stands, but a listing after a release, and a later release, are new facts. */
async function list(tx: Sql, row: typeof listEntries.$inferInsert): Promise<void> {
  await tx
    .insert(listEntries)
    .values(row)
    .onConflictDoUpdate({
      target: [listEntries.region, listEntries.idHash, listEntries.kind],
      set: { since: row.since, endedOn: null },
      setWhere: sql`excluded.since > CASE ${listEntries.kind} WHEN 'released' THEN ${listEntries.since} ELSE ${listEntries.endedOn} END`,
    });
}

async function release(tx: Sql, region: string, idHash: Buffer, on: string): Promise<void> {
  await tx
    .update(listEntries)
    .set({ endedOn: on })
    .where(
      and(
        eq(listEntries.region, region),
        eq(listEntries.idHash, idHash),
        ne(listEntries.kind, 'released'),
        isNull(listEntries.endedOn),
        lte(listEntries.since, on),
      ),
    );
}

async function holdersAmong(
  tx: Sql,
  region: string,
  entries: readonly Listing[],
): Promise<string[]> {
  if (entries.length === 0) return [];
  const hashes = entries.map(({ idHash }) => Buffer.from(idHash));
  const rows = await tx
    .select({ holder: holders.holder })
    .from(holders)
    .where(and(eq(holders.region, region), inArray(holders.idHash, hashes)));
  return rows.map(({ holder }) => holder);
}
