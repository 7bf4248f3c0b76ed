import type { StreamName } from '@greengate/contracts/replica/streams';
import { and, eq, isNull, lte, type SQL } from 'drizzle-orm';
import { place } from './built-once.ts';
import type { Sql } from './connection.ts';
import { replacedSegmentMinutesMax } from './limits.ts';
import { segments } from './tables/streams.ts';

/** All segments and snapshots of a stream. */
export function ofStream(region: string, stream: StreamName): SQL | undefined {
  return and(eq(segments.region, region), eq(segments.stream, stream));
}

/** Those of an epoch that nothing has replaced. */
export function standingOf(region: string, stream: StreamName, epoch: number): SQL | undefined {
  return and(ofStream(region, stream), eq(segments.epoch, epoch), isNull(segments.replacedAt));
}

/** The same where `region`, `stream` and `epoch` are places, of a query that is built once. */
export const standing = and(
  eq(segments.region, place('region')),
  eq(segments.stream, place('stream')),
  eq(segments.epoch, place('epoch')),
  isNull(segments.replacedAt),
);

/** Deletes what was replaced so long ago that no manifest in use names it. */
export async function dropReplaced(
  tx: Sql,
  region: string,
  stream: StreamName,
  now: number,
): Promise<void> {
  const long = lte(segments.replacedAt, now - replacedSegmentMinutesMax * 60_000);
  await tx.delete(segments).where(and(ofStream(region, stream), long));
}
