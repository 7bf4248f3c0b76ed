import type { RegionId } from '@greengate/contracts/ids';
import type { Contradiction } from '@greengate/contracts/wire/evidence';
import { and, eq, sql } from 'drizzle-orm';
import type { ContradictionStore, Contradictions } from '../evidence-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { contradictions } from './tables/reports.ts';

export function contradictionStore(connection: Connection, region: string): ContradictionStore {
  return {
    contradictions: async (after, count) => {
      const rows = await connection.sql
        .select()
        .from(contradictions)
        .where(
          and(
            eq(contradictions.region, region),
            after === undefined
              ? undefined
              : sql`(${contradictions.foundAt}, ${contradictions.holder}, ${contradictions.declaredAt}) > (${after.foundAt}, ${after.holder}, ${after.declaredAt})`,
          ),
        )
        .orderBy(contradictions.foundAt, contradictions.holder, contradictions.declaredAt)
        .limit(count);
      return rows.map(({ region: _region, ...row }) => ({
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
  tx: Sql,
  region: string,
  found: readonly { readonly holder: string; readonly contradictions: Contradictions }[],
): Promise<void> {
  const rows = found.flatMap(({ holder, contradictions: list }) =>
    list.map((one) => ({ region, holder, ...one })),
  );
  const { region: of, holder, declaredAt, list } = contradictions;
  await insertAll(tx, contradictions, rows, {
    target: [of, holder, declaredAt, list],
    there: 'keep',
  });
}
