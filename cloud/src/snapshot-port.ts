import type { StreamName } from '@greengate/contracts/replica/streams';
import type { EpochMs } from '@greengate/contracts/time';

/** How a stream stood at version `to`, in parts of the keys, in order. */
export interface SnapshotInfo {
  readonly to: number;
  readonly parts: readonly { readonly hash: string; readonly bytes: number }[];
}

/** One part of a snapshot that is being made. */
export interface SnapshotPart {
  readonly to: number;
  readonly part: number;
  readonly parts: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export interface SnapshotStore {
  /** The newest snapshot that is whole. */
  snapshot(stream: StreamName, epoch: number): Promise<SnapshotInfo | undefined>;
  addPart(stream: StreamName, epoch: number, part: SnapshotPart): Promise<void>;
  /** Takes other snapshots, and the segments of these hashes, out of the manifest; they are served for an hour longer. */
  retire(
    stream: StreamName,
    epoch: number,
    olderThan: number,
    hashes: readonly string[],
    now: EpochMs,
  ): Promise<void>;
}
