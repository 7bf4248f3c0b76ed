import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import { digestChangesCountMax, tailEntriesCountMax } from '../limits.ts';
import type { Timers } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { pause } from './live-lines.ts';
import type { Looks } from './looks.ts';
import type { SegmentDeps } from './segments.ts';
import { type SnapshotReader, snapshotReader } from './snapshot-reader.ts';
import type { TailMark } from './tail.ts';

export type PastDeps = SegmentDeps & { readonly looks: Looks; readonly timers: Timers };

/** What says how a stream stood at any version from a snapshot on: the snapshot, and every change since, oldest first. */
export interface Past {
  /** Version of the snapshot; 0 where there is none. */
  readonly from: number;
  readonly base: SnapshotReader;
  readonly changes: readonly StatusEntry[];
}

/**
 * Refuses `not-found` for a stream that holds no statuses, `epoch-changed`, `segment-gap` for a version past the head
 * or before the newest snapshot, and `overloaded` where the newest snapshot is too far behind.
 */
export async function checkPast(deps: PastDeps, mark: TailMark): Promise<void> {
  if (mark.stream === CONTROL) throw new ProblemError('not-found');
  const { epoch, head } = await deps.looks(mark.stream);
  if (epoch !== mark.epoch) throw new ProblemError('epoch-changed');
  const from = (await deps.store.snapshot(mark.stream, epoch))?.to ?? 0;
  if (mark.after > head || mark.after < from) throw new ProblemError('segment-gap');
  if (mark.after - from > digestChangesCountMax) throw new ProblemError('overloaded');
}

/** Everything up to version `to`. */
export async function readPast(
  deps: PastDeps,
  stream: StreamName,
  epoch: number,
  to: number,
): Promise<Past> {
  const snapshot = await deps.store.snapshot(stream, epoch);
  const from = snapshot?.to ?? 0;
  if (to - from > digestChangesCountMax) throw new ProblemError('overloaded');
  const changes: StatusEntry[] = [];
  for (let after = from; after < to; after = changes.at(-1)?.ver ?? to) {
    const page = await deps.store.changes(stream, after, to, tailEntriesCountMax);
    if (page.length === 0) break;
    for (const change of page) changes.push(change);
    await pause(deps.timers, 0);
  }
  return { from, base: snapshotReader(deps, stream, snapshot), changes };
}
