import type { Colour } from '@greengate/contracts/code/colour';
import type { RegionId } from '@greengate/contracts/ids';
import type { ListKind } from '@greengate/contracts/rules/facts';
import { factsReportsCountMax } from '@greengate/contracts/rules/limits';
import { epochMs } from '@greengate/contracts/time';
import { and, eq, lte, sql } from 'drizzle-orm';
import type { ElsewhereStatus, Evidence } from '../evidence-port.ts';
import { type Asked, placesOf } from './asked.ts';
import { builtOnce, place } from './built-once.ts';
import type { Dialect } from './connection.ts';
import { grouped } from './grouped.ts';
import { elsewhere, journeys, listEntries } from './tables/evidence.ts';
import { holders } from './tables/holders.ts';

const standing = builtOnce('standing_lists', (builder, { among }) => {
  const isRelease = sql`${listEntries.kind} = 'released'`;
  const released = sql`(SELECT MAX(r.since) FROM list_entry r WHERE r.region_id = ${listEntries.region} AND r.id_hash = ${listEntries.idHash} AND r.kind = 'released')`;
  return builder
    .select({
      holder: holders.holder,
      kind: listEntries.kind,
      since: sql<string>`CASE WHEN ${isRelease} THEN MAX(${listEntries.since}) ELSE MIN(${listEntries.since}) END`,
    })
    .from(holders)
    .crossJoin(listEntries)
    .where(
      and(
        ...asked(among),
        ...ofHolder(listEntries),
        sql`(${isRelease} OR ${listEntries.since} > COALESCE(${released}, ''))`,
      ),
    )
    .groupBy(holders.holder, listEntries.kind)
    .orderBy(listEntries.kind);
});

/** The entries that stand: of each list the first date after the last release, and that release. */
export async function standingLists(of: Asked): Promise<ReadonlyMap<string, Evidence['lists']>> {
  const rows = await standing(of.tx).execute(placesOf(of));
  return grouped(rows, ({ holder, kind, since }) => [holder, { kind: kind as ListKind, since }]);
}

function asked(among: Dialect['among']) {
  return [eq(holders.region, place('region')), among(holders.holder, place('ids'))];
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

const newestJourneys = builtOnce('newest_journeys', (builder, { among }) => {
  const found = builder
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
    .where(and(...asked(among), ...ofHolder(journeys)))
    .as('found');
  return builder
    .select()
    .from(found)
    .where(lte(found.rank, factsReportsCountMax))
    .orderBy(found.leftOn, found.division, found.mode);
});

export async function journeysOf(of: Asked): Promise<ReadonlyMap<string, Newest<PlacedJourney>>> {
  const rows = await newestJourneys(of.tx).execute(placesOf(of));
  return newest(rows, ({ division, leftOn }) => ({ division, leftOn }));
}

const newestElsewhere = builtOnce('newest_elsewhere', (builder, { among }) => {
  const found = builder
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
    .where(and(...asked(among), ...ofHolder(elsewhere)))
    .as('found');
  return builder
    .select()
    .from(found)
    .where(lte(found.rank, factsReportsCountMax))
    .orderBy(found.of);
});

export async function elsewhereOf(
  of: Asked,
): Promise<ReadonlyMap<string, Newest<ElsewhereStatus>>> {
  const rows = await newestElsewhere(of.tx).execute(placesOf(of));
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
