import { epochMs } from '@greengate/contracts/time';
import type { PackScope, PackState } from '@greengate/contracts/wire/packs';
import { and, desc, eq, inArray } from 'drizzle-orm';
import type { NewPack, PackRef, PackRow, PackStore, PackSummary } from '../pack-port.ts';
import type { Connection, Sql } from './connection.ts';
import { forceStore } from './pack-force.ts';
import { packEditions, packForce, packs } from './tables/packs.ts';

export function packStore(connection: Connection, region: string): PackStore {
  const { sql, transaction } = connection;
  const is = ({ id, version }: PackRef) =>
    and(eq(packs.region, region), eq(packs.id, id), eq(packs.version, version));
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
      const [row] = await sql.select().from(packs).where(is(ref));
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
      decide(transaction, and(is(ref), eq(packs.state, 'proposed')), {
        ...{ state: 'approved', approvedBy, approvedAt },
        ...{ impact: impact.hash, impactJob: impact.job },
      }),
    rejectPack: (ref) =>
      decide(transaction, and(is(ref), inArray(packs.state, ['proposed', 'approved'])), {
        state: 'rejected',
      }),
  };
}

async function decide(
  transaction: Connection['transaction'],
  where: ReturnType<typeof and>,
  set: Partial<typeof packs.$inferInsert>,
): Promise<boolean> {
  return transaction(async (tx: Sql) => {
    const changed = await tx.update(packs).set(set).where(where).returning({ id: packs.id });
    return changed.length === 1;
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
