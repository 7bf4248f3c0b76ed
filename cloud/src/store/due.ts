import { and, eq } from 'drizzle-orm';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { holders } from './tables/holders.ts';
import { statuses } from './tables/statuses.ts';

const heldRows = builtOnce('held_holders', (sql, { among, held }) =>
  held(
    sql
      .select({ holder: holders.holder })
      .from(holders)
      .where(and(eq(holders.region, place('region')), among(holders.holder, place('ids'))))
      .orderBy(holders.holder),
  ),
);

/**
 * Holds the rows of holders, in one order for everybody: whoever scores them or writes evidence of them does so
 * one after the other, so that no verdict is written over evidence that it has not seen.
 */
export async function holdHolders(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await heldRows(tx).execute({ region, ids: connection.list(ids) });
  return rows.map((row) => row.holder);
}

/**
 * Marks holders as due in the transaction that writes their evidence: a crash before they are scored again
 * delays their colour until the next start, and never loses it.
 */
export async function markDue(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<void> {
  await holdHolders(connection, tx, region, ids);
  await tx
    .update(statuses)
    .set({ rescoreAt: 0 })
    .where(and(eq(statuses.region, region), connection.among(statuses.holder, ids)));
}
