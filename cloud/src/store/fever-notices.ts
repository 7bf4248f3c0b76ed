import type { GatewayId, RegionId } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { and, eq } from 'drizzle-orm';
import type { IncomingEvent } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { writeTellings } from './notice-rows.ts';
import { pseudonyms, statuses } from './tables/statuses.ts';

interface Journal {
  readonly region: RegionId;
  readonly gateway: GatewayId;
  readonly epoch: number;
}

/**
 * Tells of fevers at a gate, in the transaction that stores the event: a batch that is sent again tells nothing
 * again. The holder's community is told, or that of the region where nobody knows whose fever it is.
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
  const tellings = fevers.map(({ seq, key, lane, at }) => {
    const { holder, division = region } = known.get(key ?? '') ?? {};
    const body = { about: 'fever', gateway, lane } as const;
    const subject = `${gateway} ${epoch} ${seq}`;
    return { body, to: TOLD, subject, holder, division, unit: undefined, at: epochMs(at), dueAt };
  });
  await writeTellings(connection, tx, region, tellings);
}

const TOLD = ['community', 'unit'] as const;
