import type { RegionId } from '@greengate/contracts/ids';
import { and, eq, inArray, lt, or } from 'drizzle-orm';
import type { SnapshotStore } from '../snapshot-port.ts';
import { builtOnce } from './built-once.ts';
import type { Connection } from './connection.ts';
import { dropReplaced, standing, standingOf } from './segment-rows.ts';
import { segments } from './tables/streams.ts';

const isSnapshot = eq(segments.level, 'snapshot');

// Asked with every manifest.
const standingParts = builtOnce('standing_parts', (builder) =>
  builder
    .select({
      to: segments.to,
      part: segments.part,
      parts: segments.parts,
      hash: segments.hash,
      bytes: segments.length,
    })
    .from(segments)
    .where(and(standing, isSnapshot))
    .orderBy(segments.to, segments.part),
);

/** Snapshots, a row a part. One whose parts are not all there was broken off, and is not there for anybody. */
export function snapshotStore({ sql, transaction }: Connection, region: RegionId): SnapshotStore {
  return {
    snapshot: async (stream, epoch) => {
      const rows = await standingParts(sql).execute({ region, stream, epoch });
      const whole = [...new Set(rows.map(({ to }) => to))]
        .map((to) => rows.filter((row) => row.to === to))
        .filter((parts) => parts.length === parts[0]?.parts);
      const newest = whole.at(-1);
      return (
        newest?.[0] && {
          to: newest[0].to,
          parts: newest.map(({ hash, bytes }) => ({ hash, bytes })),
        }
      );
    },
    addPart: (stream, epoch, { bytes, ...part }) =>
      transaction(async (tx) => {
        await tx
          .insert(segments)
          .values({
            ...{ region, stream, epoch, level: 'snapshot', from: 0 },
            ...part,
            ...{ bytes, length: bytes.length },
          })
          .onConflictDoNothing();
      }),
    retire: (stream, epoch, olderThan, hashes, now) =>
      transaction(async (tx) => {
        const older = and(isSnapshot, lt(segments.to, olderThan));
        await tx
          .update(segments)
          .set({ replacedAt: now })
          .where(
            and(
              standingOf(region, stream, epoch),
              hashes.length === 0 ? older : or(older, inArray(segments.hash, [...hashes])),
            ),
          );
        await dropReplaced(tx, region, stream, now);
      }),
  };
}
