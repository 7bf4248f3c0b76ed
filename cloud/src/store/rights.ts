import type { RegionId } from '@greengate/contracts/ids';
import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { and, eq, getTableColumns, gt, inArray, isNull } from 'drizzle-orm';
import type { PgSelect } from 'drizzle-orm/pg-core';
import type { Published } from '../ports.ts';
import type { Forgotten, HolderRecords, RightsStore } from '../rights-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { HOLDER_TABLES, shownColumns } from './personal.ts';
import { pruneOnce } from './retention.ts';
import { nextVers } from './stream-counter.ts';
import { elsewhere, journeys, listEntries } from './tables/evidence.ts';
import { holders } from './tables/holders.ts';
import { keyedRequests } from './tables/idempotency.ts';
import { applicationEvents, applications, overrides } from './tables/issuing.ts';
import { pseudonyms, statuses } from './tables/statuses.ts';
import { changes } from './tables/streams.ts';

export function rightsStore(connection: Connection, region: RegionId): RightsStore {
  const { sql, transaction } = connection;
  return {
    holderRecords: (holder) => readRecords(sql, region, holder),
    reseal: (holder, sealed) =>
      transaction(async (tx) => {
        await tx
          .update(holders)
          .set({ sealed })
          .where(and(eq(holders.region, region), eq(holders.holder, holder)));
      }),
    forget: async (holder, now) => {
      const forgotten = await transaction((tx) => forgetIn(connection, tx, region, holder, now));
      if (forgotten.kind === 'forgotten') await connection.scrub();
      return forgotten;
    },
    prune: async (now, stopped) => {
      let total = 0;
      while (!stopped()) {
        const count = await transaction((tx) => pruneOnce(tx, region, now));
        total += count;
        if (count === 0) break;
        // Requests come between two slices.
        await new Promise<void>((next) => setImmediate(next));
      }
      if (total > 0) await connection.scrub();
      return total;
    },
  };
}

async function readRecords(
  sql: Sql,
  region: RegionId,
  holder: string,
): Promise<HolderRecords | undefined> {
  const [person] = await sql
    .select({ sealed: holders.sealed, idHash: holders.idHash, registeredAt: holders.createdAt })
    .from(holders)
    .where(and(eq(holders.region, region), eq(holders.holder, holder)));
  if (!person) return undefined;
  const kinds: Record<string, Record<string, unknown>[]> = {
    registration: [{ at: person.registeredAt }],
  };
  for (const [name, table] of Object.entries(HOLDER_TABLES)) {
    const query = sql
      .select(shownColumns(table) as never)
      .from(table)
      .$dynamic() as unknown as PgSelect;
    kinds[name] = await query.where(and(eq(table.region, region), eq(table.holder, holder)));
  }
  const { idHash } = person;
  kinds['lists'] = await sql
    .select({ kind: listEntries.kind, since: listEntries.since })
    .from(listEntries)
    .where(and(eq(listEntries.region, region), eq(listEntries.idHash, idHash)));
  for (const [name, table] of Object.entries({ journeys, elsewhere })) {
    const { region: _region, idHash: _idHash, ...shown } = getTableColumns(table);
    const query = sql.select(shown).from(table).$dynamic();
    kinds[name] = await query.where(and(eq(table.region, region), eq(table.idHash, idHash)));
  }
  return { sealed: person.sealed, kinds };
}

async function forgetIn(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  holder: string,
  now: number,
): Promise<Forgotten> {
  const [person] = await connection.held(
    tx
      .select({ idHash: holders.idHash })
      .from(holders)
      .where(and(eq(holders.region, region), eq(holders.holder, holder))),
  );
  if (!person) return { kind: 'unknown' };
  if (await isHeld(tx, region, holder, now)) return { kind: 'held' };
  const published = await tellGates(tx, region, holder, now);
  const own = tx
    .select({ id: applications.application })
    .from(applications)
    .where(and(eq(applications.region, region), eq(applications.holder, holder)));
  await tx
    .delete(applicationEvents)
    .where(and(eq(applicationEvents.region, region), inArray(applicationEvents.application, own)));
  for (const table of Object.values(HOLDER_TABLES)) {
    await tx.delete(table).where(and(eq(table.region, region), eq(table.holder, holder)));
  }
  for (const table of [journeys, elsewhere]) {
    await tx.delete(table).where(and(eq(table.region, region), eq(table.idHash, person.idHash)));
  }
  await tx
    .delete(keyedRequests)
    .where(and(eq(keyedRequests.region, region), eq(keyedRequests.caller, `holder/${holder}`)));
  await tx.delete(holders).where(and(eq(holders.region, region), eq(holders.holder, holder)));
  return { kind: 'forgotten', published };
}

/** Whoever is red would be rid of it by registering again: that is kept until it ends. */
async function isHeld(tx: Sql, region: string, holder: string, now: number): Promise<boolean> {
  const red = await tx
    .select({ colour: statuses.colour })
    .from(statuses)
    .where(
      and(eq(statuses.region, region), eq(statuses.holder, holder), eq(statuses.colour, 'red')),
    );
  const byHand = await tx
    .select({ id: overrides.override })
    .from(overrides)
    .where(
      and(
        eq(overrides.region, region),
        eq(overrides.holder, holder),
        eq(overrides.approved, 1),
        isNull(overrides.liftedAt),
        gt(overrides.expiresAt, now),
      ),
    );
  return red.length + byHand.length > 0;
}

/** A code that is still about opens nothing: its pseudonym is in review for ever. */
async function tellGates(
  tx: Sql,
  region: RegionId,
  holder: string,
  now: number,
): Promise<readonly Published[]> {
  const keys = await tx
    .select({ key: pseudonyms.key })
    .from(pseudonyms)
    .where(and(eq(pseudonyms.region, region), eq(pseudonyms.holder, holder)));
  const published: Published[] = [];
  for (const stream of keys.length === 0 ? [] : [RED, regionStream(region)]) {
    const head = await nextVers(tx, region, stream, keys.length);
    const rows = keys.map(({ key }, i) => ({
      ...{ region, stream, key, ver: head - keys.length + i + 1 },
      ...{ colour: 'pending', nextColour: 'pending', validUntil: Math.ceil(now / 1000) * 1000 },
    }));
    await insertAll(tx, changes, rows);
    published.push({ stream, head, count: keys.length });
  }
  return published;
}
