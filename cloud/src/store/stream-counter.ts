import type { StreamName } from '@greengate/contracts/replica/streams';
import { and, eq, sql } from 'drizzle-orm';
import type { StreamState } from '../ports.ts';
import type { Sql } from './connection.ts';
import { streams } from './schema.ts';

/** The next version of a stream. The counter row is part of the transaction, so versions are commit-ordered. */
export function nextVer(tx: Sql, region: string, stream: StreamName): number {
  const [row] = tx
    .insert(streams)
    .values({ region, stream, epoch: 1, head: 1 })
    .onConflictDoUpdate({
      target: [streams.region, streams.stream],
      set: { head: sql`${streams.head} + 1` },
    })
    .returning({ head: streams.head })
    .all();
  if (!row) throw new Error('a counter gave no version');
  return row.head;
}

export function readStream(tx: Sql, region: string, stream: StreamName): StreamState {
  const row = tx
    .select({ epoch: streams.epoch, head: streams.head })
    .from(streams)
    .where(and(eq(streams.region, region), eq(streams.stream, stream)))
    .get();
  return row ?? { epoch: 1, head: 0 };
}
