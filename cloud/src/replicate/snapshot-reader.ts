import { decodeSegment, partOf } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { SnapshotInfo } from '../snapshot-port.ts';
import type { SegmentDeps } from './segments.ts';

/** Reads a snapshot of our own store, and keeps the part read last. */
export interface SnapshotReader {
  /** Number of parts; 0 where there is no snapshot. */
  readonly count: number;
  read(index: number): Promise<readonly StatusEntry[]>;
  /** What would be one of `parts` parts, whatever number of parts the snapshot has. */
  part(part: number, parts: number): Promise<readonly StatusEntry[]>;
}

export function snapshotReader(
  deps: Pick<SegmentDeps, 'store' | 'sha256'>,
  stream: StreamName,
  snapshot: SnapshotInfo | undefined,
): SnapshotReader {
  const kept = { index: -1, entries: [] as readonly StatusEntry[] };
  const count = snapshot?.parts.length ?? 0;
  const read = async (index: number): Promise<readonly StatusEntry[]> => {
    if (kept.index === index) return kept.entries;
    const bytes = await deps.store.segmentBytes(stream, snapshot?.parts[index]?.hash ?? '');
    // It comes from our own store, where it was put under its hash.
    const segment = bytes && decodeSegment(bytes, stream, deps.sha256, () => true);
    if (!segment?.ok || segment.value.kind !== 'status') throw new Error('a snapshot is damaged');
    kept.index = index;
    kept.entries = segment.value.entries;
    return kept.entries;
  };
  return {
    count,
    read,
    part: async (part, parts) => {
      const found: StatusEntry[] = [];
      const first = Math.floor((part * count) / parts);
      const end = Math.ceil(((part + 1) * count) / parts);
      for (let index = first; index < end; index++) {
        for (const entry of await read(index)) {
          if (partOf(entry.key, { parts }) === part) found.push(entry);
        }
      }
      return found;
    },
  };
}
