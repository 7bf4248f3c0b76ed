import type { Colour } from '@greengate/contracts/code/colour';
import type { RegionId } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { and, eq } from 'drizzle-orm';
import type { StatusRow } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import { insertAll } from './bulk.ts';
import type { HeldStatus } from './change-log.ts';
import type { Connection, Sql } from './connection.ts';
import { statuses } from './tables/statuses.ts';

const held = builtOnce('statuses', (sql, { among }) =>
  sql
    .select()
    .from(statuses)
    .where(and(eq(statuses.region, place('region')), among(statuses.holder, place('ids')))),
);

export async function readStatuses(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StatusRow>> {
  const rows = await held(tx).execute({ region, ids: connection.list(ids) });
  return new Map(rows.map((row) => [row.holder, toStatus(row)]));
}

export async function writeStatuses(
  tx: Sql,
  region: RegionId,
  list: readonly HeldStatus[],
): Promise<void> {
  const rows = list.map(({ matched, pack, ...rest }) => ({
    ...rest,
    region,
    packId: pack.id,
    packVersion: pack.version,
    matched: JSON.stringify(matched),
  }));
  const target = [statuses.region, statuses.holder];
  await insertAll(tx, statuses, rows, { target, there: 'replace' });
}

/** Moves the instants at which holders are due whose verdict is what it was. */
export async function postpone(
  connection: Connection,
  tx: Sql,
  region: string,
  list: readonly { readonly holder: string; readonly rescoreAt: number }[],
): Promise<void> {
  const byInstant = new Map<number, string[]>();
  for (const { holder, rescoreAt } of list) {
    const held = byInstant.get(rescoreAt);
    if (held) held.push(holder);
    else byInstant.set(rescoreAt, [holder]);
  }
  for (const [rescoreAt, ids] of byInstant) {
    await tx
      .update(statuses)
      .set({ rescoreAt })
      .where(and(eq(statuses.region, region), connection.among(statuses.holder, ids)));
  }
}

function toStatus(row: typeof statuses.$inferSelect): StatusRow {
  return {
    colour: row.colour as Colour,
    nextColour: row.nextColour as Colour,
    validUntil: epochMs(row.validUntil),
    ver: row.ver,
    inputsHash: row.inputsHash,
    pack: { id: row.packId, version: row.packVersion },
    matched: JSON.parse(row.matched) as StatusRow['matched'],
    division: row.division as RegionId,
    scoredAt: epochMs(row.scoredAt),
    rescoreAt: epochMs(row.rescoreAt),
  };
}
