import type { CommunityId, RegionId } from '@greengate/contracts/ids';
import type { Contradiction } from '@greengate/contracts/wire/evidence';
import { and, eq, sql } from 'drizzle-orm';
import type { ContradictionStore, Contradictions } from '../evidence-port.ts';
import { below } from './below.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { applications } from './tables/issuing.ts';
import { contradictions } from './tables/reports.ts';

export function contradictionStore(connection: Connection, region: string): ContradictionStore {
  return {
    contradictions: async (after, count, stems) => {
      const rows = await connection.sql
        .select()
        .from(contradictions)
        .where(
          and(
            eq(contradictions.region, region),
            stems && below(contradictions.place, stems),
            after === undefined
              ? undefined
              : sql`(${contradictions.foundAt}, ${contradictions.holder}, ${contradictions.declaredAt}) > (${after.foundAt}, ${after.holder}, ${after.declaredAt})`,
          ),
        )
        .orderBy(contradictions.foundAt, contradictions.holder, contradictions.declaredAt)
        .limit(count);
      return rows.map(({ region: _region, place: _place, ...row }) => ({
        ...row,
        division: row.division as RegionId,
        declared: row.declared as Contradiction['declared'],
        list: row.list as Contradiction['list'],
      }));
    },
  };
}

/** Keeps what a score found, the first time that it finds it. */
export async function writeContradictions(
  connection: Connection,
  tx: Sql,
  region: string,
  found: readonly { readonly holder: string; readonly contradictions: Contradictions }[],
): Promise<void> {
  if (found.length === 0) return;
  const ids = found.map((one) => one.holder);
  const places = await newestCommunities(connection, tx, region, ids);
  const rows = found.flatMap(({ holder, contradictions: list }) =>
    list.map((one) => ({ region, holder, ...one, place: places.get(holder) ?? one.division })),
  );
  const { region: of, holder, declaredAt, list } = contradictions;
  await insertAll(tx, contradictions, rows, {
    target: [of, holder, declaredAt, list],
    there: 'keep',
  });
}

/** What is known of a holder goes to the community where they apply. */
export async function moveContradictions(
  tx: Sql,
  region: string,
  holder: string,
  community: CommunityId,
): Promise<void> {
  await tx
    .update(contradictions)
    .set({ place: community })
    .where(and(eq(contradictions.region, region), eq(contradictions.holder, holder)));
}

async function newestCommunities(
  { among }: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { holder, community, submittedAt, application } = applications;
  const rows = await tx
    .select({ holder, community })
    .from(applications)
    .where(and(eq(applications.region, region), among(holder, ids)))
    .orderBy(submittedAt, application);
  return new Map(rows.map((row) => [row.holder, row.community]));
}
