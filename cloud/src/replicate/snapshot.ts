import { snapshotPartsCountMax } from '@greengate/contracts/limits';
import { encodeSegment, partOf, segmentHash } from '@greengate/contracts/replica/segment';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import type { Clock, SegmentInfo } from '../ports.ts';
import type { SnapshotInfo } from '../snapshot-port.ts';
import { type SegmentDeps, signerFor } from './segments.ts';
import { snapshotReader } from './snapshot-reader.ts';

export interface SnapshotLimits {
  /** Sealed changes past the last snapshot that are worth a new one. */
  readonly changesCountMin: number;
  /** Rows that a part should have at most. */
  readonly partRowsCount: number;
}

type SnapshotDeps = SegmentDeps & { readonly clock: Clock };

/**
 * Makes a snapshot of a stream of statuses when enough was sealed since the last: its rows and what changed since, part
 * by part, so that only one part and the changes are in memory. Segments that are longer to read than the snapshot leave
 * the manifest.
 */
export async function snapshotStream(
  deps: SnapshotDeps,
  stream: StreamName,
  { changesCountMin, partRowsCount }: SnapshotLimits,
): Promise<void> {
  if (stream === CONTROL) return;
  const { store, clock } = deps;
  const { epoch } = await store.stream(stream);
  const sealed = (await store.segments(stream, epoch)).at(-1)?.to ?? 0;
  const last = await store.snapshot(stream, epoch);
  const start = last?.to ?? 0;
  if (sealed - start < changesCountMin) return;
  // After a long pause several, one behind the other: what changed must fit into memory.
  const to = Math.min(sealed, start + 2 * changesCountMin);
  const changed = new Map(
    (await store.changes(stream, start, to, to - start)).map((one) => [one.key, one]),
  );
  const old = snapshotReader(deps, stream, last);
  // As many as its first part has, for each.
  const held = old.count === 0 ? 0 : (await old.read(0)).length * old.count;
  const rows = changed.size + held;
  const parts = partsFor(rows, partRowsCount);
  for (let part = 0; part < parts; part++) {
    const entries = [...changed.values()].filter((one) => partOf(one.key, { parts }) === part);
    const kept = (await old.part(part, parts)).filter(({ key }) => !changed.has(key));
    const signedAt = clock.now();
    const head = { stream, epoch, level: 'snapshot', from: 0, to, head: to, signedAt } as const;
    const bytes = encodeSegment(
      { ...head, part, parts, kind: 'status', entries: [...kept, ...entries] },
      deps.sha256,
      signerFor(stream, deps.keys).sign,
    );
    const hash = segmentHash(bytes, deps.sha256);
    await store.addPart(stream, epoch, { to, part, parts, hash, bytes });
  }
  const made = await store.snapshot(stream, epoch);
  if (made?.to !== to) return;
  const long = longerThan(made, await store.segments(stream, epoch));
  await store.retire(stream, epoch, to, long, clock.now());
}

/** The oldest segments, up to where those behind them take no more bytes than the snapshot; never the last. Pure. */
export function longerThan(snapshot: SnapshotInfo, segments: readonly SegmentInfo[]): string[] {
  const budget = snapshot.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const long: string[] = [];
  let behind = 0;
  for (const { hash, bytes, to } of segments.toReversed()) {
    behind += bytes;
    if (behind > budget && to <= snapshot.to && hash !== segments.at(-1)?.hash) long.push(hash);
  }
  return long;
}

/** A power of two. Pure. */
export function partsFor(rows: number, partRowsCount: number): number {
  const wanted = Math.max(1, Math.ceil(rows / partRowsCount));
  return Math.min(snapshotPartsCountMax, 2 ** Math.ceil(Math.log2(wanted)));
}
