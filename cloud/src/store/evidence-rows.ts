import type { ListKind } from '@greengate/contracts/rules/facts';
import { epochMs } from '@greengate/contracts/time';
import { declarationSchema } from '@greengate/contracts/wire/holder';
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { AreaRisk, Evidence } from '../ports.ts';
import type { Sql } from './connection.ts';
import { areas, declarations, holders, listEntries } from './schema.ts';

/** What is known of a holder; undefined before the first declaration. */
export function evidenceOf(tx: Sql, region: string, holder: string): Evidence | undefined {
  const declared = tx
    .select()
    .from(declarations)
    .where(and(eq(declarations.region, region), eq(declarations.holder, holder)))
    .orderBy(desc(declarations.at))
    .limit(1)
    .get();
  if (!declared) return undefined;
  const declaration = declarationSchema.parse(JSON.parse(declared.body));
  const lists = tx
    .select({ kind: listEntries.kind, since: listEntries.since })
    .from(listEntries)
    .innerJoin(
      holders,
      and(eq(holders.region, listEntries.region), eq(holders.idHash, listEntries.idHash)),
    )
    .where(and(eq(holders.region, region), eq(holders.holder, holder), isNull(listEntries.endedOn)))
    .orderBy(listEntries.kind)
    .all();
  const risk = tx
    .select({ level: areas.level, from: areas.from, until: areas.until })
    .from(areas)
    .where(and(eq(areas.region, region), eq(areas.division, declaration.division)))
    .orderBy(areas.from)
    .all();
  return {
    holder,
    declaredAt: epochMs(declared.at),
    declaration,
    lists: lists as { kind: ListKind; since: string }[],
    areas: risk as Omit<AreaRisk, 'division'>[],
  };
}
