import { epochMs } from '@greengate/contracts/time';
import { and, desc, eq, getTableColumns, gte, lte, type SQL, sql } from 'drizzle-orm';
import type { Evidence, ReportedDay } from '../evidence-port.ts';
import { type Asked, placesOf } from './asked.ts';
import { builtOnce, place } from './built-once.ts';
import type { Dialect } from './connection.ts';
import { grouped } from './grouped.ts';
import { reportedDaysCountMax } from './limits.ts';
import { toReport } from './reports.ts';
import { holders } from './tables/holders.ts';
import { feverReadings, reports } from './tables/reports.ts';

type Report = NonNullable<Evidence['report']>;
type Temperature = NonNullable<Evidence['temperature']>;

/** The holders come first, so that the newest of each is looked up once, by the index, however many there are. */
function ofHolders(
  among: Dialect['among'],
  table: typeof reports | typeof feverReadings,
  newest: SQL,
) {
  return and(
    eq(holders.region, place('region')),
    among(holders.holder, place('ids')),
    eq(table.region, holders.region),
    eq(table.holder, holders.holder),
    newest,
  );
}

const newestReports = builtOnce('newest_reports', (builder, { among }) => {
  const latest = sql`(SELECT MAX(r.day) FROM report r WHERE r.region_id = ${holders.region} AND r.holder_id = ${holders.holder})`;
  return builder
    .select(getTableColumns(reports))
    .from(holders)
    .crossJoin(reports)
    .where(ofHolders(among, reports, eq(reports.day, latest)));
});

/** The newest report of each. */
export async function reportsOf(of: Asked): Promise<ReadonlyMap<string, Report>> {
  const rows = await newestReports(of.tx).execute(placesOf(of));
  return new Map(
    rows.map((row) => {
      const { day: _day, at, ...said } = toReport(row);
      return [row.holder, { at: epochMs(at), ...said }];
    }),
  );
}

/** The newest temperature of each, by report or by gate; of two at one instant the higher. */
export async function temperatures(
  of: Asked,
  newest: ReadonlyMap<string, Report>,
): Promise<ReadonlyMap<string, Temperature>> {
  const found = new Map<string, Temperature>();
  const learn = (holder: string, at: number, centiC: number): void => {
    const held = found.get(holder);
    const isNewer = !held || at > held.at || (at === held.at && centiC > held.centiC);
    if (isNewer) found.set(holder, { at: epochMs(at), centiC });
  };
  const silent: string[] = [];
  for (const [holder, { at, temperatureCentiC }] of newest) {
    if (temperatureCentiC === null) silent.push(holder);
    else learn(holder, at, temperatureCentiC);
  }
  for (const row of await olderTemperatures(of, silent)) learn(row.holder, row.at, row.centiC ?? 0);
  for (const row of await newestFevers(of.tx).execute(placesOf(of)))
    learn(row.holder, row.at, row.centiC);
  return found;
}

const newestWithTemperature = builtOnce('newest_temperatures', (builder, { among }) => {
  const latest = sql`(SELECT MAX(r.day) FROM report r WHERE r.region_id = ${holders.region} AND r.holder_id = ${holders.holder} AND r.temperature_centi_c IS NOT NULL)`;
  return builder
    .select({ holder: reports.holder, at: reports.at, centiC: reports.temperatureCentiC })
    .from(holders)
    .crossJoin(reports)
    .where(ofHolders(among, reports, eq(reports.day, latest)));
});

/** Of those whose newest report says no temperature: the newest that does. */
async function olderTemperatures(of: Asked, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return newestWithTemperature(of.tx).execute(placesOf({ ...of, ids }));
}

const newestFevers = builtOnce('newest_fevers', (builder, { among }) => {
  const latest = sql`(SELECT MAX(f.measured_at) FROM fever_reading f WHERE f.region_id = ${holders.region} AND f.holder_id = ${holders.holder})`;
  return builder
    .select({
      holder: feverReadings.holder,
      at: feverReadings.at,
      centiC: feverReadings.temperatureCentiC,
    })
    .from(holders)
    .crossJoin(feverReadings)
    .where(ofHolders(among, feverReadings, eq(feverReadings.at, latest)));
});

/** The days with a report since the first date on a list, the newest `reportedDaysCountMax` of them. */
export async function reportedDays(
  { connection: { among }, tx, region }: Asked,
  lists: ReadonlyMap<string, Evidence['lists']>,
  newest: ReadonlyMap<string, Report>,
): Promise<ReadonlyMap<string, readonly ReportedDay[]>> {
  const since = new Map<string, string>();
  for (const [holder, entries] of lists) {
    const [first] = entries.map((entry) => entry.since).sort();
    if (first !== undefined && newest.has(holder)) since.set(holder, first);
  }
  const [first] = [...since.values()].sort();
  if (first === undefined) return new Map();
  const found = tx
    .select({
      holder: reports.holder,
      day: reports.day,
      temperatureCentiC: reports.temperatureCentiC,
      symptoms: sql<number>`${reports.fever} + ${reports.dryCough} + ${reports.fatigue}`.as(
        'symptoms',
      ),
      rank: sql<number>`row_number() OVER (PARTITION BY ${reports.holder} ORDER BY ${reports.day} DESC)`.as(
        'rank',
      ),
    })
    .from(reports)
    .where(
      and(
        eq(reports.region, region),
        among(reports.holder, [...since.keys()]),
        gte(reports.day, first),
      ),
    )
    .as('found');
  const rows = await tx
    .select()
    .from(found)
    .where(lte(found.rank, reportedDaysCountMax))
    .orderBy(desc(found.day));
  const own = rows.filter(({ holder, day }) => day >= (since.get(holder) ?? ''));
  return grouped(own, ({ holder, day, symptoms, temperatureCentiC }) => [
    holder,
    { day, symptoms: Number(symptoms) > 0, temperatureCentiC },
  ]);
}
