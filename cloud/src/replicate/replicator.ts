import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { snapshotChangesCountMin, snapshotPartRowsCount } from '../limits.ts';
import type { Clock, Keys, Metrics, Published, Timers } from '../ports.ts';
import { type Manifests, makeManifests } from './manifest.ts';
import { sealStream } from './seal.ts';
import type { SegmentDeps } from './segments.ts';
import { snapshotStream } from './snapshot.ts';
import { makeTail, type Tail } from './tail.ts';
import { makeWaiters } from './waiters.ts';

/** What gateways follow, and how they are told of changes. */
export interface Replicator {
  readonly streams: readonly StreamName[];
  readonly manifest: Manifests;
  readonly tail: Tail;
  segment(stream: StreamName, hash: string): Promise<Uint8Array | undefined>;
  /** Call after a commit: lets go of the tails that wait for it. */
  published(changes: readonly Published[]): void;
  /** Looks whether another process has published; main.ts calls it by timer. */
  look(): Promise<void>;
  /** Seals what no segment holds yet; main.ts calls it by timer. */
  sealDue(): Promise<void>;
  /** Ends every held tail with a heartbeat. */
  endTails(): void;
}

export interface ReplicatorDeps extends SegmentDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly keys: Pick<Keys, 'region' | 'root' | 'replica'>;
}

export function makeReplicator(deps: ReplicatorDeps): Replicator {
  const streams = [CONTROL, RED, regionStream(deps.keys.region)];
  const waiters = makeWaiters(deps.timers);
  const seen = new Map<StreamName, number>();
  return {
    streams,
    manifest: makeManifests(deps),
    tail: makeTail(deps, waiters),
    segment: (stream, hash) => deps.store.segmentBytes(stream, hash),
    published: (changes) => {
      for (const { stream } of changes) waiters.wake(stream);
    },
    look: async () => {
      for (const stream of streams) {
        const { head } = await deps.store.stream(stream);
        if (head !== seen.get(stream)) waiters.wake(stream);
        seen.set(stream, head);
      }
    },
    sealDue: async () => {
      for (const stream of streams) {
        await sealStream(deps, stream);
        await snapshotStream(deps, stream, {
          changesCountMin: snapshotChangesCountMin,
          partRowsCount: snapshotPartRowsCount,
        });
      }
    },
    endTails: () => waiters.wakeAll(),
  };
}
