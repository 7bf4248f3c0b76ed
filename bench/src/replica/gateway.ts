import type { ReplicaKey } from '@greengate/contracts/ids';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { Result } from '@greengate/contracts/result';

// The gateway's own store, out of its build: edge exports nothing, and a copy here would measure the copy.

export interface Store {
  offerManifest(stream: StreamName, bytes: Uint8Array): Result<unknown>;
  offerSegment(
    stream: StreamName,
    bytes: Uint8Array,
    hash: string | undefined,
    pause: () => Promise<void>,
  ): Promise<Result<unknown>>;
  close(): void;
}

export interface View {
  status(key: ReplicaKey): { readonly colour: string; readonly ver: number } | undefined;
  red(key: ReplicaKey): { readonly colour: string } | undefined;
  streams(): readonly { readonly name: string; readonly cursor: number; readonly head: number }[];
  refresh(): void;
  close(): void;
}

/** The replica's thread, as the gateway runs it. */
export interface Writer {
  ready(): Promise<unknown>;
  mark(stream: StreamName): Promise<{ cursor: number; head: number } | undefined>;
  close(): Promise<void>;
}

export interface ReplicaFile {
  readonly file: string;
  readonly rootKey: Uint8Array;
  readonly sealKey: Uint8Array;
}

/** The one writing connection of a file. */
export interface SqlWriter {
  exec(sql: string): void;
  prepare(sql: string): { get(...values: unknown[]): unknown; run(...values: unknown[]): void };
  transaction(work: () => void): void;
  checkpoint(): void;
  close(): void;
}

export interface Gateway {
  openWriter(file: string, options: object): SqlWriter;
  openReplicaStore(file: ReplicaFile, crypto: unknown): Store;
  openReplicaView(file: string, sealKey: Uint8Array): View;
  createReplicaThread(entry: URL, file: ReplicaFile, onDeath: (why: string) => void): Writer;
  createNodeCrypto(): { sha256(bytes: Uint8Array): Uint8Array };
  pullStream(
    ports: unknown,
    stream: StreamName,
    needsManifest: boolean,
  ): Promise<{ why: string } | undefined>;
}

const built = new URL('../../../edge/dist/', import.meta.url);
export const workerEntry = new URL('replica-worker.js', built);

export async function loadGateway(): Promise<Gateway> {
  const modules = await Promise.all(
    [
      'store/database.js',
      'store/replica-store.js',
      'store/replica-reader.js',
      'store/replica-thread.js',
      'verify/node-crypto.js',
      'sync/pull.js',
    ].map(async (name) => (await import(new URL(name, built).href)) as object),
  );
  return Object.assign({}, ...modules) as Gateway;
}
