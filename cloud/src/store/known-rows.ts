import type { Colour } from '@greengate/contracts/code/colour';
import type { RegionId } from '@greengate/contracts/ids';
import type { ListKind } from '@greengate/contracts/rules/facts';
import { factsReportsCountMax } from '@greengate/contracts/rules/limits';
import { epochMs } from '@greengate/contracts/time';
import { and, eq, lte, sql } from 'drizzle-orm';
import type { ElsewhereStatus, Evidence } from '../evidence-port.ts';
import type { Asked } from './evidence-rows.ts';
import { grouped } from './grouped.ts';
import { elsewhere, journeys, listEntries } from './tables/evidence.ts';
import { holders } from './tables/holders.ts';

/** The entries that stand: of each list the first date after the last release, and that release. */
export async function standingLists({
  connection: { among },
  tx,
  region,
  ids,
}: Asked): Promise<ReadonlyMap<string, Evidence['lists']>> {
  const isRelease = sql`${listEntries.kind} = 'released'`;
  const released = sql`(SELECT MAX(r.since) FROM list_entry r WHERE r.region_id = ${listEntries.region} AND r.id_hash = ${listEntries.idHash} AND r.kind = 'released')`;
  const rows = await tx
    .select({
      holder: holders.holder,
      kind: listEntries.kind,
      since: sql<string>`CASE WHEN ${isRelease} THEN MAX(${listEntries.since}) ELSE MIN(${listEntries.since}) END`,
    })
    .from(holders)
    .crossJoin(listEntries)
    .where(
      and(
        eq(holders.region, region),
        among(holders.holder, ids),
        ...ofHolder(listEntries),
        sql`(${isRelease} OR ${listEntries.since} > COALESCE(${released}, ''))`,
      ),
    )
    .groupBy(holders.holder, listEntries.kind)
    .orderBy(listEntries.kind);
  return grouped(rows, ({ holder, kind, since }) => [holder, { kind: kind as ListKind, since }]);
}

/**
 * CROSS JOIN, because libSQL then begins with the holders: it has no statistics, and begins with all of the other
 * table otherwise.
 */
function ofHolder(table: typeof listEntries | typeof journeys | typeof elsewhere) {
  return [eq(table.region, holders.region), eq(table.idHash, holders.idHash)];
}

/** The newest of what is known of one person. */
export interface Newest<T> {
  readonly items: readonly T[];
  readonly leftOut: number;
}

interface PlacedJourney {
  readonly division: string;
  readonly leftOn: string;
}

export async function journeysOf({
  connection: { among },
  tx,
  region,
  ids,
}: Asked): Promise<ReadonlyMap<string, Newest<PlacedJourney>>> {
  const found = tx
    .select({
      holder: holders.holder,
      division: journeys.division,
      leftOn: journeys.leftOn,
      mode: journeys.mode,
      rank: sql<number>`row_number() OVER (PARTITION BY ${holders.holder} ORDER BY ${journeys.leftOn} DESC, ${journeys.division}, ${journeys.mode})`.as(
        'rank',
      ),
      total: sql<number>`count(*) OVER (PARTITION BY ${holders.holder})`.as('total'),
    })
    .from(holders)
    .crossJoin(journeys)
    .where(and(eq(holders.region, region), among(holders.holder, ids), ...ofHolder(journeys)))
    .as('found');
  const rows = await tx
    .select()
    .from(found)
    .where(lte(found.rank, factsReportsCountMax))
    .orderBy(found.leftOn, found.division, found.mode);
  return newest(rows, ({ division, leftOn }) => ({ division, leftOn }));
}

export async function elsewhereOf({
  connection: { among },
  tx,
  region,
  ids,
}: Asked): Promise<ReadonlyMap<string, Newest<ElsewhereStatus>>> {
  const found = tx
    .select({
      holder: holders.holder,
      of: elsewhere.of,
      colour: elsewhere.colour,
      since: elsewhere.since,
      validUntil: elsewhere.validUntil,
      rank: sql<number>`row_number() OVER (PARTITION BY ${holders.holder} ORDER BY ${elsewhere.since} DESC, ${elsewhere.of})`.as(
        'rank',
      ),
      total: sql<number>`count(*) OVER (PARTITION BY ${holders.holder})`.as('total'),
    })
    .from(holders)
    .crossJoin(elsewhere)
    .where(and(eq(holders.region, region), among(holders.holder, ids), ...ofHolder(elsewhere)))
    .as('found');
  const rows = await tx
    .select()
    .from(found)
    .where(lte(found.rank, factsReportsCountMax))
    .orderBy(found.of);
  return newest(rows, ({ of, colour, since, validUntil }) => ({
    region: of as RegionId,
    colour: colour as Colour,
    since: epochMs(since),
    validUntil: epochMs(validUntil),
  }));
}

function newest<R extends { readonly holder: string; readonly total: number }, T>(
  rows: readonly R[],
  itemOf: (row: R) => T,
): ReadonlyMap<string, Newest<T>> {
  const totals = new Map(rows.map(({ holder, total }) => [holder, Number(total)]));
  const items = grouped(rows, (row) => [row.holder, itemOf(row)]);
  return new Map(
    [...items].map(([holder, list]) => [
      holder,
      { items: list, leftOut: (totals.get(holder) ?? 0) - list.length },
    ]),
  );
}
