import { setTimeout as sleep } from 'node:timers/promises';

// Stands in for the replica's thread: the same store on the thread that decides, with the same slices and pauses, or, loaded
// with `?whole`, each segment in one go.

interface Store {
  check(): void;
  mark(stream: unknown): unknown;
  offerManifest(stream: unknown, bytes: unknown): unknown;
  offerSegment(
    stream: unknown,
    bytes: unknown,
    hash: unknown,
    pause: () => Promise<void>,
  ): Promise<unknown>;
  close(): void;
}

const edge = new URL('../../../edge/dist/', import.meta.url);
const load = async (name: string) =>
  (await import(new URL(name, edge).href)) as Record<string, (...args: unknown[]) => never>;
const { openReplicaStore } = await load('store/replica-store.js');
const { createNodeCrypto } = await load('verify/node-crypto.js');
const pauseMs = 15;
const pause = import.meta.url.endsWith('?whole') ? () => Promise.resolve() : () => sleep(pauseMs);

export function createReplicaThread(_entry: URL, data: object) {
  const store: Store = openReplicaStore?.(data, createNodeCrypto?.()) as never;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    ready: () => Promise.resolve(undefined),
    mark: (stream: unknown) => inTurn(() => store.mark(stream)),
    offerManifest: (stream: unknown, bytes: unknown) =>
      inTurn(() => store.offerManifest(stream, bytes)),
    offerSegment: (stream: unknown, bytes: unknown, hash: unknown) =>
      inTurn(() => store.offerSegment(stream, bytes, hash, pause)),
    // Once a day, and no part of what is measured.
    scrub: () => Promise.resolve({ ok: true, value: undefined }),
    // There is no thread that could be stuck by itself.
    watched: {
      name: 'replica',
      ping: () => Promise.resolve(),
      waitsForDisk: () => false,
    },
    close: () => inTurn(() => store.close()),
  };
}
