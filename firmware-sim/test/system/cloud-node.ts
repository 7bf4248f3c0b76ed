import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RegionId, regionIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Accounts } from '../../../cloud/dist/accounts-port.js';
import { type Cloud, makeCloud } from '../../../cloud/dist/app.js';
import { keysOf } from '../../../cloud/dist/keys.js';
import { promMetrics } from '../../../cloud/dist/metrics.js';
import { checkPack } from '../../../cloud/dist/packs/check.js';
import type { Keys, Log, Store } from '../../../cloud/dist/ports.js';
import { type Database, openDatabase } from '../../../cloud/dist/store/store.js';
import type { Prng } from '../../dist/prng.js';
import { runKey } from './keys.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

export const REGION: RegionId = regionIdSchema.parse('330100');

/** 2022-03-01T00:00:00Z: when every run begins. */
export const RUN_START = Date.UTC(2022, 2, 1);

export const cloudKeys: Keys = keysOf({
  environment: 'simulation',
  region: REGION,
  root: runKey('root').pem,
  issuer: runKey('issuer').pem,
  replica: runKey('replica').pem,
  notices: runKey('notices').pem,
  pseudonymKey: '5a'.repeat(32),
});

/** Bearers of the run, and the digests that the cloud knows them by. */
export const STAFF = [
  { role: 'operator', token: 'simulated-operator-token-1' },
  { role: 'registrar', token: 'simulated-registrar-token-1' },
] as const;

/** What a planted bug may change of a cloud. */
export interface CloudPatch {
  readonly store?: (store: Store) => Store;
  /** Of an answer to a gateway. */
  readonly answer?: (path: string, status: number, body: Uint8Array) => Uint8Array;
}

export interface CloudWorld {
  readonly patch?: CloudPatch;
  readonly restoredAt?: EpochMs | undefined;
  /** Whether the disk takes nothing more. */
  readonly isFull?: () => boolean;
  readonly time: VirtualTime;
  readonly prng: Prng;
  readonly log: Log;
  /** SHA-256 as hex. */
  readonly digest: (text: string) => string;
}

/** What somebody asks of the cloud, as `fetch` takes it. */
export type Asked = RequestInit & { body?: Uint8Array | string };

/** One life of the cloud: the whole of its app on a real libSQL file; only sockets and signing in are left out. */
export interface CloudLife {
  readonly owner: Owner;
  readonly folder: string;
  readonly store: Store;
  readonly cloud: Cloud;
  /** As its server hands it a request. `init.signal` ends when whoever asks has gone away. */
  fetch(url: URL, init: Asked): Promise<Response>;
  onDeath(listener: () => void): void;
  /** Dies as by kill -9: nothing more is answered. */
  kill(): void;
  /** Lets go of the file; what is under way in it may end. */
  close(): Promise<void>;
}

// How often a simulated cloud seals and scores what is due: its main.ts does so by timer, too.
const dueEveryMs = 20_000;

export async function startCloud(folder: string, world: CloudWorld): Promise<CloudLife> {
  const { time, log } = world;
  const owner: Owner = { alive: true };
  const database: Database = await openDatabase(`file:${join(folder, 'cloud.db')}`);
  const store = database.forRegion(REGION);
  const running = { isBooted: false };
  const onDisk = refusing(store, () => running.isBooted && (world.isFull?.() ?? false));
  const cloud = makeCloud({
    store: world.patch?.store?.(onDisk) ?? onDisk,
    clock: { now: () => cloudTime(time) },
    timers: { after: (ms, work) => time.after(ms, work, owner) },
    random: {
      bytes: (count) => Uint8Array.from({ length: count }, () => world.prng.below(256)),
    },
    log,
    metrics: promMetrics({ process: false }),
    keys: cloudKeys,
    staff: STAFF.map(({ role, token }) => ({ name: role, role, sha256: world.digest(token) })),
    accounts: NOBODY_SIGNS_IN,
    checkPack: async (request) => checkPack(request),
    ...(world.restoredAt === undefined ? {} : { restoredAt: world.restoredAt }),
  });
  await cloud.boot();
  running.isBooted = true;
  const deaths = new Set<() => void>();
  const due = async () => {
    await cloud.statuses.rescoreDue();
    await cloud.replicator.sealDue();
  };
  const again = () => {
    due().catch(() => log.error('due work failed'));
    time.after(dueEveryMs, again, owner);
  };
  time.after(dueEveryMs, again, owner);
  return {
    owner,
    folder,
    store,
    cloud,
    fetch: async (url, init) => cloud.app.fetch(served(url, init), { address: '127.0.0.1' }),
    onDeath: (listener) => void deaths.add(listener),
    kill() {
      owner.alive = false;
      for (const listener of deaths) listener();
      deaths.clear();
    },
    close: () => {
      // As the end of a process does. Nobody hears these answers; but a signal that is waited for is kept for ever, and
      // the whole life with it.
      cloud.replicator.endTails();
      return database.close();
    },
  };
}

/**
 * A request as the cloud's server makes it of what comes over a socket: no more of one than is asked for, with the
 * length of its body in the head. Whatever else of a Request somebody reads throws. The platform's own takes longer to
 * make than most answers, and its signal keeps what listens to it for as long as the process runs.
 */
function served(url: URL, { method = 'GET', headers, body, signal }: Asked): Request {
  const head = new Headers(headers);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes) head.set('content-length', String(bytes.length));
  const parts: Partial<Request> = {
    method,
    url: url.href,
    headers: head,
    signal: signal ?? new AbortController().signal,
    arrayBuffer: async () => new Uint8Array(bytes ?? []).buffer,
  };
  const request: Request = Object.create(Request.prototype);
  for (const [name, value] of Object.entries(parts))
    Object.defineProperty(request, name, { value });
  return request;
}

/** What a cloud writes while it goes about its work. */
const WRITES = [
  'useNonce',
  'appendPassages',
  'declare',
  'putDocument',
  'addSegment',
  'rescore',
  'takeLease',
  'appendAudit',
  'addListings',
] as const satisfies readonly (keyof Store)[];

/** With a full disk what is read is read, and what is written fails. */
function refusing(store: Store, isFull: () => boolean): Store {
  const writes = new Set<PropertyKey>(WRITES);
  return new Proxy(store, {
    get(of, name) {
      if (!writes.has(name) || !isFull()) return Reflect.get(of, name);
      return () =>
        Promise.reject(
          Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
        );
    },
  });
}

export function cloudTime(time: VirtualTime): EpochMs {
  return epochMs(RUN_START + Math.floor(time.now()));
}

/** What a disk holds after kill -9: all that was committed. `suffixes`: the sidecars beside the database. */
export function copyDisk(from: string, to: string, names: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  for (const name of names) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

export const CLOUD_FILES = ['cloud.db', 'cloud.db-wal'];

/** Gateways sign and staff bear tokens in a run: the accounts, half a second to open, would stand idle in it. */
const NOBODY_SIGNS_IN: Accounts = {
  staff: {
    create: noAccounts,
    reset: noAccounts,
    enable: noAccounts,
    disable: noAccounts,
    list: noAccounts,
    requests: noAccounts,
    approve: noAccounts,
  },
  handle: noAccounts,
  activate: noAccounts,
  principalOf: noAccounts,
  forgetHolder: noAccounts,
  close: () => Promise.resolve(),
};

function noAccounts(): Promise<never> {
  return Promise.reject(new Error('nobody signs in while the station is simulated'));
}
