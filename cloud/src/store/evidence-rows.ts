import type { ListKind } from '@greengate/contracts/rules/facts';
import { epochMs } from '@greengate/contracts/time';
import { type Declaration, declarationSchema } from '@greengate/contracts/wire/holder';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { AreaRisk, Evidence } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { approvedOverrides, latestApplications } from './standing-rows.ts';
import { areas, listEntries } from './tables/evidence.ts';
import { declarations, holders } from './tables/holders.ts';

/** What is known of each of these holders that has declared: a few statements, however many they are. */
export async function evidenceOf(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<readonly Evidence[]> {
  const declared = await latestDeclarations(connection, tx, region, ids);
  const lists = await standingLists(connection, tx, region, ids);
  const divisions = [...new Set(declared.map(({ declaration }) => declaration.division))];
  const risks = await areaRisks(connection, tx, region, divisions);
  const overrides = await approvedOverrides(connection, tx, region, ids);
  const applications = await latestApplications(connection, tx, region, ids);
  return declared.map(({ holder, declaredAt, declaration }) => ({
    holder,
    declaredAt,
    declaration,
    lists: lists.get(holder) ?? [],
    areas: risks.get(declaration.division) ?? [],
    overrides: overrides.get(holder) ?? [],
    application: applications.get(holder),
  }));
}

type Declared = Pick<Evidence, 'holder' | 'declaredAt' | 'declaration'>;

async function latestDeclarations(
  { among }: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<readonly Declared[]> {
  const latest = sql`(SELECT MAX(d.declared_at) FROM declaration d WHERE d.region_id = ${declarations.region} AND d.holder_id = ${declarations.holder})`;
  const rows = await tx
    .select({ holder: declarations.holder, at: declarations.at, body: declarations.body })
    .from(declarations)
    .where(
      and(
        eq(declarations.region, region),
        among(declarations.holder, ids),
        eq(declarations.at, latest),
      ),
    );
  return rows.map(({ holder, at, body }) => ({
    holder,
    declaredAt: epochMs(at),
    declaration: readDeclaration(body),
  }));
}

function readDeclaration(body: string): Declaration {
  return declarationSchema.parse(JSON.parse(body));
}

async function standingLists(
  { among }: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Evidence['lists']>> {
  const rows = await tx
    .select({ holder: holders.holder, kind: listEntries.kind, since: listEntries.since })
    .from(holders)
    .innerJoin(
      listEntries,
      and(eq(listEntries.region, holders.region), eq(listEntries.idHash, holders.idHash)),
    )
    .where(and(eq(holders.region, region), among(holders.holder, ids), isNull(listEntries.endedOn)))
    .orderBy(listEntries.kind);
  return grouped(rows, ({ holder, kind, since }) => [holder, { kind: kind as ListKind, since }]);
}

async function areaRisks(
  { among }: Connection,
  tx: Sql,
  region: string,
  divisions: readonly string[],
): Promise<ReadonlyMap<string, Evidence['areas']>> {
  const rows = await tx
    .select()
    .from(areas)
    .where(and(eq(areas.region, region), among(areas.division, divisions)))
    .orderBy(areas.from);
  return grouped(rows, ({ division, level, from, until }) => [
    division,
    { level: level as AreaRisk['level'], from, until },
  ]);
}

/** Rows by a key, each in the order in which they came. */
function grouped<R, V>(
  rows: readonly R[],
  entryOf: (row: R) => readonly [key: string, value: V],
): ReadonlyMap<string, readonly V[]> {
  const found = new Map<string, V[]>();
  for (const row of rows) {
    const [key, value] = entryOf(row);
    const held = found.get(key);
    if (held) held.push(value);
    else found.set(key, [value]);
  }
  return found;
}
