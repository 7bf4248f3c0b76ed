import { epochMs } from '@greengate/contracts/time';
import type { PackScope, PackState } from '@greengate/contracts/wire/packs';
import { and, desc, eq } from 'drizzle-orm';
import type { NewPack, PackRef, PackRow, PackStore, PackSummary } from '../pack-port.ts';
import type { Connection, Sql } from './connection.ts';
import { forceStore, heldPacks, isOnItsWay, isPack, nameOf } from './pack-force.ts';
import { packEditions, packForce, packs } from './tables/packs.ts';

export function packStore(connection: Connection, region: string): PackStore {
  const { sql, transaction } = connection;
  return {
    ...forceStore(connection, region),
    installPacks: ({ city, province }, bodyOf, approvedBy, now) =>
      transaction(async (tx) => {
        // The first edition goes first: of two processes that start at once, the second waits here, and is done.
        const made = await tx
          .insert(packEditions)
          .values({
            ...{ region, number: 1, body: bodyOf(1) },
            ...{ cityId: city.id, cityVersion: city.version },
            ...{ provinceId: province.id, provinceVersion: province.version },
          })
          .onConflictDoNothing()
          .returning({ number: packEditions.number });
        if (made.length === 0) return;
        await tx.insert(packs).values(
          [province, city].map((pack) => ({
            ...newRow(region, pack, now),
            ...{ state: 'active', approvedBy, approvedAt: now, activatedAt: now },
          })),
        );
        await tx.insert(packForce).values({
          ...{ region, seq: 1, change: 'installed', base: 1, next: null, share: 0 },
          ...{ packId: city.id, packVersion: city.version, by: approvedBy, at: now },
        });
      }),
    proposePack: (pack, now) =>
      transaction(async (tx) => {
        const [newest] = await tx
          .select({ version: packs.version, scope: packs.scope })
          .from(packs)
          .where(and(eq(packs.region, region), eq(packs.id, pack.id)))
          .orderBy(desc(packs.version))
          .limit(1);
        if (newest && (newest.version >= pack.version || newest.scope !== pack.scope)) return false;
        const made = await tx
          .insert(packs)
          .values(newRow(region, pack, now))
          .onConflictDoNothing()
          .returning({ id: packs.id });
        return made.length === 1;
      }),
    pack: async (ref) => {
      const [row] = await sql
        .select()
        .from(packs)
        .where(and(eq(packs.region, region), isPack(ref)));
      return row && toPack(row);
    },
    packs: async (count) => {
      const rows = await sql
        .select()
        .from(packs)
        .where(eq(packs.region, region))
        .orderBy(desc(packs.proposedAt), desc(packs.id), desc(packs.version))
        .limit(count);
      return rows.map(toPack);
    },
    activePack: async (scope) => {
      const [row] = await sql
        .select()
        .from(packs)
        .where(and(eq(packs.region, region), eq(packs.scope, scope), eq(packs.state, 'active')));
      return row && toPack(row);
    },
    approvePack: (ref, approvedBy, impact, approvedAt) =>
      decide(connection, region, ref, {
        ...{ state: 'approved', approvedBy, approvedAt },
        ...{ impact: impact.hash, impactJob: impact.job },
      }),
    rejectPack: (ref) => decide(connection, region, ref, { state: 'rejected' }),
  };
}

/** Of a pack that waits and is not on its way to anybody. By the report that it was approved by it is not approved again. */
function decide(
  connection: Connection,
  region: string,
  ref: PackRef,
  set: Partial<typeof packs.$inferInsert>,
): Promise<boolean> {
  return connection.transaction(async (tx: Sql) => {
    const held = (await heldPacks(connection, tx, region, [ref])).get(nameOf(ref));
    if (held?.state !== 'proposed' && held?.state !== 'approved') return false;
    if (set.impactJob !== undefined && set.impactJob === held.impactJob) return false;
    // Read after its row is held: whoever starts it waits for that row, or has started it by now.
    if (await isOnItsWay(tx, region, ref)) return false;
    await tx
      .update(packs)
      .set(set)
      .where(and(eq(packs.region, region), isPack(ref)));
    return true;
  });
}

function newRow(region: string, pack: NewPack, proposedAt: number): typeof packs.$inferInsert {
  const { id, version, scope, body, hash, within, proposedBy } = pack;
  return {
    ...{ region, id, version, scope, state: 'proposed', body, hash, proposedBy, proposedAt },
    withinId: within?.id ?? null,
    withinVersion: within?.version ?? null,
    ...{ approvedBy: null, approvedAt: null, impact: null, impactJob: null, activatedAt: null },
  };
}

function toPack(row: typeof packs.$inferSelect): PackRow {
  const { id, version, hash, proposedBy, body } = row;
  return {
    ...{ id, version, hash, proposedBy, body },
    scope: row.scope as PackScope,
    state: row.state as PackState,
    within:
      row.withinId === null || row.withinVersion === null
        ? undefined
        : { id: row.withinId, version: row.withinVersion },
    proposedAt: epochMs(row.proposedAt),
    approvedBy: row.approvedBy ?? undefined,
    approvedAt: instant(row.approvedAt),
    impact:
      row.impact === null || row.impactJob === null
        ? undefined
        : { job: row.impactJob, hash: row.impact },
    activatedAt: instant(row.activatedAt),
  } satisfies PackSummary & { body: string };
}

function instant(at: number | null) {
  return at === null ? undefined : epochMs(at);
}
