import type { GatewayId, RegionId } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { and, eq, sql } from 'drizzle-orm';
import type { IncomingEvent } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { writeTellings } from './notice-rows.ts';
import { declarations } from './tables/holders.ts';
import { pseudonyms, statuses } from './tables/statuses.ts';

interface Journal {
  readonly region: RegionId;
  readonly gateway: GatewayId;
  readonly epoch: number;
}

/**
 * Tells of fevers at a gate, in the transaction that stores the event: a batch that is sent again tells nothing
 * again. The holder's community and unit are told, or the region's office where nobody knows whose fever it is.
 */
export async function writeFeverNotices(
  connection: Connection,
  tx: Sql,
  { region, gateway, epoch }: Journal,
  events: readonly IncomingEvent[],
  dueAt: EpochMs,
): Promise<void> {
  const fevers = events.flatMap(({ seq, fever }) => (fever ? [{ seq, ...fever }] : []));
  if (fevers.length === 0) return;
  const keys = fevers.flatMap(({ key }) => (key === null ? [] : [key]));
  const rows = await tx
    .select({ key: pseudonyms.key, holder: statuses.holder, division: statuses.division })
    .from(pseudonyms)
    .innerJoin(
      statuses,
      and(eq(statuses.region, pseudonyms.region), eq(statuses.holder, pseudonyms.holder)),
    )
    .where(and(eq(pseudonyms.region, region), connection.among(pseudonyms.key, keys)));
  const known = new Map(rows.map((row) => [row.key, row]));
  const ids = [...new Set(rows.map(({ holder }) => holder))];
  const units = await unitsOf(connection, tx, region, ids);
  const tellings = fevers.map(({ seq, key, lane, at }) => {
    const { holder, division = region } = known.get(key ?? '') ?? {};
    const body = { about: 'fever', gateway, lane } as const;
    const subject = `${gateway} ${epoch} ${seq}`;
    return {
      body,
      to: TOLD,
      subject,
      holder,
      division,
      unit: units.get(holder ?? ''),
      at: epochMs(at),
      dueAt,
    };
  });
  await writeTellings(connection, tx, region, tellings);
}

const TOLD = ['community', 'unit'] as const;

/** The unit of each of them whose newest declaration names one. */
async function unitsOf(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const newest = sql`(SELECT MAX(d.declared_at) FROM declaration d WHERE d.region_id = ${declarations.region} AND d.holder_id = ${declarations.holder})`;
  const rows = await tx
    .select({ holder: declarations.holder, body: declarations.body })
    .from(declarations)
    .where(
      and(
        eq(declarations.region, region),
        connection.among(declarations.holder, ids),
        eq(declarations.at, newest),
      ),
    );
  return new Map(
    rows.flatMap(({ holder, body }) => {
      const { unit } = JSON.parse(body) as { unit?: unknown };
      return typeof unit === 'string' ? [[holder, unit]] : [];
    }),
  );
}
