import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { digestRestTimesCount, snapshotChangesCountMin, snapshotPartRowsCount } from '../limits.ts';
import type { Clock, Keys, Log, Metrics, Published, Timers } from '../ports.ts';
import { type BucketAt, makeBuckets } from './buckets.ts';
import { type DigestsAt, makeDigests } from './digests.ts';
import { type Live, makeLive } from './live.ts';
import { makeLooks } from './looks.ts';
import { type Manifests, makeManifests } from './manifest.ts';
import { makeRation } from './ration.ts';
import { sealStream } from './seal.ts';
import type { SegmentDeps } from './segments.ts';
import { snapshotStream } from './snapshot.ts';
import { makeTail, type Tail } from './tail.ts';
import { makeTailAnswers } from './tail-answers.ts';
import { makeWaiters } from './waiters.ts';

/** What gateways follow, and how they are told of changes. */
export interface Replicator {
  readonly streams: readonly StreamName[];
  readonly manifest: Manifests;
  readonly tail: Tail;
  readonly live: Pick<Live, 'open'>;
  /** How a stream stood at a version: its checksums, and one bucket of it. */
  readonly digests: DigestsAt;
  readonly bucket: BucketAt;
  segment(stream: StreamName, hash: string): Promise<Uint8Array | undefined>;
  /** Call after a commit: lets go of the tails that wait for it, and sends it to who follows live. */
  published(changes: readonly Published[]): void;
  /** Looks whether another process has published; main.ts calls it by timer. */
  look(): Promise<void>;
  /** Seals what no segment holds yet; main.ts calls it by timer. */
  sealDue(): Promise<void>;
  /** Ends every held tail with a heartbeat, and every live line with the word that this process stops. */
  endTails(): void;
}

export interface ReplicatorDeps extends SegmentDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly keys: Pick<Keys, 'region' | 'root' | 'replica'>;
}

export function makeReplicator(deps: ReplicatorDeps): Replicator {
  const streams = [CONTROL, RED, regionStream(deps.keys.region)];
  const waiters = makeWaiters(deps.timers);
  const seen = new Map<StreamName, number>();
  const looks = makeLooks(deps.store);
  const answers = makeTailAnswers(deps);
  const live = makeLive({ ...deps, looks, answers });
  const ration = makeRation(deps, digestRestTimesCount);
  return {
    streams,
    manifest: makeManifests(deps),
    tail: makeTail({ looks, answers, metrics: deps.metrics }, waiters),
    live,
    digests: makeDigests({ ...deps, looks }, ration),
    bucket: makeBuckets({ ...deps, looks }, ration),
    segment: (stream, hash) => deps.store.segmentBytes(stream, hash),
    published: (changes) => {
      for (const { stream, head } of changes) {
        // Else the next look would take it for another process's, and wake those who wait for what comes after it.
        seen.set(stream, Math.max(head, seen.get(stream) ?? 0));
        live.wake(stream);
        waiters.wake(stream);
      }
    },
    look: async () => {
      for (const stream of streams) {
        const state = await looks(stream);
        live.seen(stream, state);
        if (state.head !== seen.get(stream)) waiters.wake(stream);
        seen.set(stream, state.head);
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
    endTails: () => {
      waiters.wakeAll();
      live.endAll('draining');
    },
  };
}
