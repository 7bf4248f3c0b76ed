import { Worker } from 'node:worker_threads';
import type { ReplicaWriter, WatchedThread } from '../ports.ts';
import type { ReplicaFile } from './replica-store.ts';
import { callThread, type ThreadCaller, watchedThread } from './thread-call.ts';

/** What the replica thread is started with. */
export type ReplicaThreadData = ReplicaFile;

/** The thread starts with the first call. */
export interface ReplicaThread extends ReplicaWriter {
  /** Resolves when the file is there to be read; with why the one before was set aside, if it was damaged. */
  ready(): Promise<string | undefined>;
  close(): Promise<void>;
  readonly watched: WatchedThread;
}

const NAME = 'replica';

// A segment of the largest size and its decoded rows fit well within this; a leak is stopped by it.
const HEAP_MIB_MAX = 256;

/** `entry` is the built replica-worker.js. */
export function createReplicaThread(
  entry: URL,
  data: ReplicaThreadData,
  onDeath: (why: string) => void,
): ReplicaThread {
  let begun: (ThreadCaller & { readonly watched: WatchedThread }) | undefined;
  const begin = () => {
    const worker = new Worker(entry, {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    const caller = callThread(worker, onDeath);
    begun = { ...caller, watched: watchedThread(NAME, caller.call) };
    return begun;
  };
  const call = <T>(method: string, ...args: unknown[]) =>
    (begun ?? begin()).call<T>(method, ...args);
  return {
    ready: () => call('ready'),
    mark: (stream) => call('mark', stream),
    offerManifest: (stream, bytes) => call('offerManifest', stream, bytes),
    offerSegment: (stream, bytes, hash) => call('offerSegment', stream, bytes, hash),
    scrub: (stream) => call('scrub', stream),
    readDigests: (stream) => call('readDigests', stream),
    offerDigests: (stream, bytes) => call('offerDigests', stream, bytes),
    offerBucket: (stream, bucket, bytes) => call('offerBucket', stream, bucket, bytes),
    watched: {
      name: NAME,
      ping: () => begun?.watched.ping() ?? Promise.resolve(),
      waitsForDisk: () => begun?.watched.waitsForDisk() ?? false,
    },
    async close() {
      await begun?.call('close');
      await begun?.ended();
    },
  };
}
