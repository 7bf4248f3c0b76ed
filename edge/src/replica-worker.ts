import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Sha256Hex } from '@greengate/contracts/ids';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { ok, refuse } from '@greengate/contracts/result';
import { replicaSlicePauseMs } from './limits.ts';
import { isDamage, rebuild } from './store/quarantine.ts';
import { openReplicaFile } from './store/replica-file.ts';
import { openReplicaStore, type ReplicaStore } from './store/replica-store.ts';
import type { ReplicaThreadData } from './store/replica-thread.ts';
import type { ThreadCall, ThreadReply } from './store/thread-call.ts';
import { ownThreadId } from './store/thread-state.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';

// The thread that owns replica.db: verifies and applies what the cloud sent, out of the lanes' way.

if (!parentPort) throw new Error('replica-worker runs as a worker thread');
const port = parentPort;
const data = workerData as ReplicaThreadData;

// On Linux priority 0 names the calling thread: applying yields the CPU to the lanes.
const LOW_PRIORITY = 10;
setPriority(0, LOW_PRIORITY);

const openStore = () => openReplicaStore(data, createNodeCrypto());
const { opened, damage } = openReplicaFile(data, createNodeCrypto());
let store = opened;
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, replicaSlicePauseMs));

// One call of a stream at a time: a segment applied in slices must not interleave with another of its stream. The
// other streams go on between its slices, so reds do not wait for a region.
const turns = new Map<unknown, Promise<void>>();
port.on('message', (call: ThreadCall) => {
  const all = call.method === 'close' ? [...turns.values()] : [turns.get(call.args[0])];
  const turn = Promise.all(all).then(async () => {
    port.postMessage([await reply(call)]);
    if (call.method === 'close') port.close();
  });
  turns.set(call.args[0], turn);
});

async function reply(call: ThreadCall): Promise<ThreadReply> {
  const used = store;
  try {
    return { n: call.n, ok: true, value: await answer(used, call) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!isDamage(error)) return { n: call.n, ok: false, why };
    // Of two streams that meet the damage, the first sets the file aside.
    if (used === store) store = rebuild(data.file, used, openStore);
    return { n: call.n, ok: true, value: refuse('replica-damaged') };
  }
}

async function answer(replica: ReplicaStore, { method, args }: ThreadCall): Promise<unknown> {
  const stream = args[0] as StreamName;
  switch (method) {
    case 'ping':
      return ownThreadId();
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
    case 'scrub':
      return (await replica.scrub(stream, pause)) ? refuse('replica-damaged') : ok(undefined);
    case 'readDigests':
      return replica.readDigests(stream, pause);
    case 'offerDigests':
      return replica.offerDigests(stream, args[1] as Uint8Array, pause);
    case 'offerBucket':
      return replica.offerBucket(stream, args[1] as number, args[2] as Uint8Array, pause);
    case 'close':
      return replica.close();
    default:
      throw new Error(`replica thread knows no ${method}`);
  }
}
