import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Sha256Hex } from '@greengate/contracts/ids';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { replicaSlicePauseMs } from './limits.ts';
import { openOrRebuild } from './store/quarantine.ts';
import { openReplicaStore, type ReplicaStore } from './store/replica-store.ts';
import type { ReplicaThreadData } from './store/replica-thread.ts';
import type { ThreadCall, ThreadReply } from './store/thread-call.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';

// The thread that owns replica.db: verifies and applies what the cloud sent, out of the lanes' way.

if (!parentPort) throw new Error('replica-worker runs as a worker thread');
const port = parentPort;
const { file, rootKey } = workerData as ReplicaThreadData;

// On Linux priority 0 names the calling thread: applying yields the CPU to the lanes.
const LOW_PRIORITY = 10;
setPriority(0, LOW_PRIORITY);

const { opened: store, damage } = openOrRebuild(
  file,
  'newest',
  () => openReplicaStore(file, rootKey, createNodeCrypto()),
  (opened) => opened.check(),
);
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, replicaSlicePauseMs));

// One call at a time: a segment applied in slices must not interleave with another.
let turn: Promise<void> = Promise.resolve();
port.on('message', (call: ThreadCall) => {
  turn = turn.then(async () => {
    port.postMessage([await reply(call)]);
    if (call.method === 'close') port.close();
  });
});

async function reply(call: ThreadCall): Promise<ThreadReply> {
  try {
    return { n: call.n, ok: true, value: await answer(store, call) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { n: call.n, ok: false, why };
  }
}

function answer(replica: ReplicaStore, { method, args }: ThreadCall): unknown {
  const stream = args[0] as StreamName;
  switch (method) {
    case 'ready':
      return damage;
    case 'mark':
      return replica.mark(stream);
    case 'offerManifest':
      return replica.offerManifest(stream, args[1] as Uint8Array);
    case 'offerSegment':
      return replica.offerSegment(
        stream,
        args[1] as Uint8Array,
        args[2] as Sha256Hex | undefined,
        pause,
      );
    case 'close':
      return replica.close();
    default:
      throw new Error(`replica thread knows no ${method}`);
  }
}
