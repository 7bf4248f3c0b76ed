import { Worker } from 'node:worker_threads';
import type { ReplicaWriter, WatchedThread } from '../ports.ts';
import type { ReplicaFile } from './replica-store.ts';
import { callThread, watchedThread } from './thread-call.ts';

/** What the replica thread is started with. */
export type ReplicaThreadData = ReplicaFile;

export interface ReplicaThread extends ReplicaWriter {
  /** Resolves when the file is there to be read; with why the one before was set aside, if it was damaged. */
  ready(): Promise<string | undefined>;
  close(): Promise<void>;
  readonly watched: WatchedThread;
}

// A segment of the largest size and its decoded rows fit well within this; a leak is stopped by it.
const HEAP_MIB_MAX = 256;

/** `entry` is the built replica-worker.js. */
export function startReplicaThread(
  entry: URL,
  data: ReplicaThreadData,
  onDeath: (why: string) => void,
): ReplicaThread {
  const worker = new Worker(entry, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  });
  const { call, ended } = callThread(worker, onDeath);
  return {
    ready: () => call('ready'),
    mark: (stream) => call('mark', stream),
    offerManifest: (stream, bytes) => call('offerManifest', stream, bytes),
    offerSegment: (stream, bytes, hash) => call('offerSegment', stream, bytes, hash),
    scrub: (stream) => call('scrub', stream),
    watched: watchedThread('replica', call),
    async close() {
      await call('close');
      await ended();
    },
  };
}
