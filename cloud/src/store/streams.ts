import type { Colour } from '@greengate/contracts/code/colour';
import { type RegionId, replicaKeySchema } from '@greengate/contracts/ids';
import { type ControlDocument, controlDocumentSchema } from '@greengate/contracts/replica/control';
import type { SegmentLevel } from '@greengate/contracts/replica/segment';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { and, desc, eq, gt, inArray, lt, lte, ne } from 'drizzle-orm';
import type { DocumentBody, SegmentInfo, StreamStore } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { dropReplaced, ofStream, standing } from './segment-rows.ts';
import { snapshotStore } from './snapshots.ts';
import { nextVers, readStream } from './stream-counter.ts';
import { changes, documents, segments, streams } from './tables/streams.ts';

// What sealing, tails and live lines ask again and again.
const changesBetween = builtOnce('changes_between', (builder) =>
  builder
    .select()
    .from(changes)
    .where(
      and(
        eq(changes.region, place('region')),
        eq(changes.stream, place('stream')),
        gt(changes.ver, place('after')),
        lte(changes.ver, place('to')),
      ),
    )
    .orderBy(changes.ver)
    .limit(place('count')),
);

export function streamStore(connection: Connection, region: RegionId): StreamStore {
  const { sql, transaction } = connection;
  return {
    stream: (stream) => readStream(sql, region, stream),
    beginEpoch: (names, epoch) =>
      transaction(async (tx) => {
        for (const stream of names) {
          await tx
            .insert(streams)
            .values({ region, stream, epoch: 1, head: 0 })
            .onConflictDoNothing();
          await tx
            .update(streams)
            .set({ epoch })
            .where(
              and(eq(streams.region, region), eq(streams.stream, stream), lt(streams.epoch, epoch)),
            );
        }
      }),
    changes: async (stream, after, to, count) => {
      const rows = await changesBetween(sql).execute({ region, stream, after, to, count });
      return rows.map((row) => ({
        ver: row.ver,
        key: replicaKeySchema.parse(row.key),
        colour: row.colour as Colour,
        nextColour: row.nextColour as Colour,
        validUntil: epochMs(row.validUntil),
      }));
    },
    documents: async (after, to, count) => {
      const rows = await sql
        .select()
        .from(documents)
        .where(and(eq(documents.region, region), gt(documents.ver, after), lte(documents.ver, to)))
        .orderBy(documents.ver)
        .limit(count);
      return rows.map(toDocument);
    },
    putDocument: (name, decide) =>
      transaction(async (tx) => {
        // The counter is held before the newest is read: of two that publish at once, the second sees the first.
        const ver = await nextVers(tx, region, CONTROL, 1);
        const body = decide(await newest(tx, region, name));
        if (body === undefined) {
          await nextVers(tx, region, CONTROL, -1);
          return undefined;
        }
        await tx.insert(documents).values({ region, ver, name, body: JSON.stringify(body) });
        return { stream: CONTROL, head: ver, count: 1 };
      }),
    ...segmentStore(connection, region),
    ...snapshotStore(connection, region),
  };
}

type SegmentStore = Pick<StreamStore, 'segments' | 'addSegment' | 'segmentBytes'>;

const standingRun = builtOnce('standing_run', (builder) =>
  builder
    .select({
      level: segments.level,
      from: segments.from,
      to: segments.to,
      hash: segments.hash,
      bytes: segments.length,
    })
    .from(segments)
    // Snapshots lie in the same table; they are no part of the run of segments that a stream is made of.
    .where(and(standing, ne(segments.level, 'snapshot')))
    .orderBy(segments.from),
);

function segmentStore(connection: Connection, region: RegionId): SegmentStore {
  const { sql, transaction } = connection;
  return {
    segments: async (stream, epoch) => {
      const rows = await standingRun(sql).execute({ region, stream, epoch });
      return rows.map((row) => ({ ...row, level: row.level as SegmentLevel }));
    },
    addSegment: (stream, epoch, { bytes: length, ...head }, bytes, replaces, now) =>
      transaction(async (tx) => {
        if (!(await fits(connection, tx, region, stream, epoch, head, replaces))) return false;
        await tx
          .insert(segments)
          .values({ region, stream, epoch, ...head, part: 0, parts: 1, length, bytes })
          .onConflictDoNothing();
        if (replaces.length === 0) return true;
        await tx
          .update(segments)
          .set({ replacedAt: now })
          .where(and(ofStream(region, stream), inArray(segments.hash, [...replaces])));
        await dropReplaced(tx, region, stream, now);
        return true;
      }),
    segmentBytes: async (stream, hash) => {
      const [row] = await sql
        .select({ bytes: segments.bytes })
        .from(segments)
        .where(and(ofStream(region, stream), eq(segments.hash, hash)));
      return row?.bytes;
    },
  };
}

/**
 * Whether a segment continues those in the manifest, or stands for a run of them exactly. Two processes that seal
 * at once read the same manifest; the one that comes second finds that it has moved on.
 */
async function fits(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  stream: StreamName,
  epoch: number,
  { from, to }: Pick<SegmentInfo, 'from' | 'to'>,
  replaces: readonly string[],
): Promise<boolean> {
  await connection.held(
    tx
      .select({ head: streams.head })
      .from(streams)
      .where(and(eq(streams.region, region), eq(streams.stream, stream))),
  );
  const listed = await standingRun(tx).execute({ region, stream, epoch });
  if (replaces.length === 0) return from === (listed.at(-1)?.to ?? 0);
  const run = listed.filter(({ hash }) => replaces.includes(hash));
  return run.length === replaces.length && run[0]?.from === from && run.at(-1)?.to === to;
}

async function newest<N extends ControlDocument['name']>(
  tx: Sql,
  region: string,
  name: N,
): Promise<DocumentBody<N> | undefined> {
  const [row] = await tx
    .select()
    .from(documents)
    .where(and(eq(documents.region, region), eq(documents.name, name)))
    .orderBy(desc(documents.ver))
    .limit(1);
  return row && (toDocument(row).body as DocumentBody<N>);
}

function toDocument(row: { ver: number; name: string; body: string }): ControlDocument {
  return controlDocumentSchema.parse({ name: row.name, ver: row.ver, body: JSON.parse(row.body) });
}
