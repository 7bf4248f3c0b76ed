import { epochMs } from '@greengate/contracts/time';
import type { Declaration } from '@greengate/contracts/wire/holder';
import { and, eq, sql } from 'drizzle-orm';
import type { AreaRisk, Evidence } from '../evidence-port.ts';
import { type Asked, placesOf } from './asked.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { grouped } from './grouped.ts';
import { elsewhereOf, journeysOf, standingLists } from './known-rows.ts';
import { reportedDays, reportsOf, temperatures } from './report-rows.ts';
import { approvedOverrides, latestApplications } from './standing-rows.ts';
import { areas } from './tables/evidence.ts';
import { declarations, holders } from './tables/holders.ts';

/** What is known of each of these holders that has declared: a few statements, however many they are. */
export async function evidenceOf(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<readonly Evidence[]> {
  const of = { connection, tx, region, ids };
  const declared = await latestDeclarations(of);
  const lists = await standingLists(of);
  const journeys = await journeysOf(of);
  const elsewhere = await elsewhereOf(of);
  const reports = await reportsOf(of);
  const measured = await temperatures(of, reports);
  const days = await reportedDays(of, lists, reports);
  const overrides = await approvedOverrides(connection, tx, region, ids);
  const applications = await latestApplications(connection, tx, region, ids);
  const travelled = [...journeys.values()].flatMap(({ items }) => items.map((one) => one.division));
  const lived = declared.map(({ declaration }) => declaration.division);
  const risks = await areaRisks(of, [...new Set([...lived, ...travelled])]);
  return declared.map(({ holder, declaredAt, declaration }) => {
    const [journeyed, others] = [journeys.get(holder), elsewhere.get(holder)];
    const [report, temperature] = [reports.get(holder), measured.get(holder)];
    return {
      holder,
      declaredAt,
      declaration,
      lists: lists.get(holder) ?? [],
      areas: risks.get(declaration.division) ?? [],
      ...(report && { report }),
      ...(temperature && { temperature }),
      reportedDays: days.get(holder) ?? [],
      journeys: (journeyed?.items ?? []).map(({ division, leftOn }) => ({
        level: levelOn(risks.get(division) ?? [], leftOn),
        leftOn,
      })),
      elsewhere: others?.items ?? [],
      overrides: overrides.get(holder) ?? [],
      application: applications.get(holder),
      leftOut: (journeyed?.leftOut ?? 0) + (others?.leftOut ?? 0),
    };
  });
}

type Declared = Pick<Evidence, 'holder' | 'declaredAt' | 'declaration'>;

const newestDeclarations = builtOnce('newest_declarations', (builder, { among }) => {
  const latest = sql`(SELECT MAX(d.declared_at) FROM declaration d WHERE d.region_id = ${holders.region} AND d.holder_id = ${holders.holder})`;
  return (
    builder
      .select({ holder: declarations.holder, at: declarations.at, body: declarations.body })
      .from(holders)
      // libSQL begins with what stands first: the newest of each holder is then looked up once.
      .crossJoin(declarations)
      .where(
        and(
          eq(holders.region, place('region')),
          among(holders.holder, place('ids')),
          eq(declarations.region, holders.region),
          eq(declarations.holder, holders.holder),
          eq(declarations.at, latest),
        ),
      )
  );
});

async function latestDeclarations(of: Asked): Promise<readonly Declared[]> {
  const rows = await newestDeclarations(of.tx).execute(placesOf(of));
  return rows.map(({ holder, at, body }) => ({
    holder,
    declaredAt: epochMs(at),
    declaration: readDeclaration(body),
  }));
}

/** It fitted its schema when it was written; a million are read in one go, so only its kind is looked at again. */
function readDeclaration(body: string): Declaration {
  const declaration = JSON.parse(body) as Declaration;
  if (typeof declaration.division !== 'string' || typeof declaration.symptoms !== 'object') {
    throw new Error('a stored declaration is unreadable');
  }
  return declaration;
}

type Risks = ReadonlyMap<string, Evidence['areas']>;

const risksOf = builtOnce('area_risks', (builder, { among }) =>
  builder
    .select()
    .from(areas)
    .where(and(eq(areas.region, place('region')), among(areas.division, place('ids'))))
    .orderBy(areas.from),
);

async function areaRisks(of: Asked, divisions: readonly string[]): Promise<Risks> {
  const rows = await risksOf(of.tx).execute(placesOf({ ...of, ids: divisions }));
  return grouped(rows, ({ division, level, from, until }) => [
    division,
    { level: level as AreaRisk['level'], from, until },
  ]);
}

const LEVELS = ['low', 'medium', 'high'] as const;

/** The highest risk of a division on a day. */
function levelOn(risks: Evidence['areas'], day: string): AreaRisk['level'] {
  let rank = 0;
  for (const { from, until, level } of risks) {
    if (from <= day && day <= until) rank = Math.max(rank, LEVELS.indexOf(level));
  }
  return LEVELS[rank] ?? 'high';
}
