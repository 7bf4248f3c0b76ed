import type { StreamName } from '@greengate/contracts/replica/streams';
import { and, eq, sql } from 'drizzle-orm';
import type { StreamState } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import type { Sql } from './connection.ts';
import { streams } from './tables/streams.ts';

const taken = builtOnce('next_versions', (builder) =>
  builder
    .insert(streams)
    .values({ region: place('region'), stream: place('stream'), epoch: 1, head: place('count') })
    .onConflictDoUpdate({
      target: [streams.region, streams.stream],
      set: { head: sql`${streams.head} + ${place('count')}` },
    })
    .returning({ head: streams.head }),
);

const counter = builtOnce('stream_counter', (builder) =>
  builder
    .select({ epoch: streams.epoch, head: streams.head })
    .from(streams)
    .where(and(eq(streams.region, place('region')), eq(streams.stream, place('stream')))),
);

/**
 * Takes the next `count` versions of a stream and answers the last. The counter row is part of the transaction and
 * stays held until its end, so versions have no gaps and are in the order of the commits: take them late.
 */
export async function nextVers(
  tx: Sql,
  region: string,
  stream: StreamName,
  count: number,
): Promise<number> {
  const [row] = await taken(tx).execute({ region, stream, count });
  if (!row) throw new Error('a counter gave no version');
  return row.head;
}

export async function readStream(
  tx: Sql,
  region: string,
  stream: StreamName,
): Promise<StreamState> {
  const [row] = await counter(tx).execute({ region, stream });
  return row ?? { epoch: 1, head: 0 };
}
