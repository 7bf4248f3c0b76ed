import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@greengate/contracts/bytes';
import { COLOURS } from '@greengate/contracts/code/colour';
import {
  gatewayIdSchema,
  type ReplicaKey,
  replicaKeySchema,
  stationIdSchema,
} from '@greengate/contracts/ids';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { epochMs, monoMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snapshotStream } from '../../../cloud/dist/replicate/snapshot.js';
import { openLibsql } from '../../../cloud/dist/store/libsql.js';
import { createHttpLink } from '../../../edge/dist/link/http-link.js';
import type { ReplicaWriter } from '../../../edge/dist/ports.js';
import { openWriter } from '../../../edge/dist/store/database.js';
import { FIRST_KEY, LAST_KEY, type Leaf } from '../../../edge/dist/store/leaf.js';
import { packRows, ROW_BYTES } from '../../../edge/dist/store/leaf-row.js';
import { leafTable } from '../../../edge/dist/store/leaf-table.js';
import { openReplicaView } from '../../../edge/dist/store/replica-reader.js';
import { openReplicaStore, type ReplicaStore } from '../../../edge/dist/store/replica-store.js';
import { createSeal } from '../../../edge/dist/store/seal.js';
import { startChecking } from '../../../edge/dist/sync/check.js';
import { pullStream } from '../../../edge/dist/sync/pull.js';
import { createNodeCrypto } from '../../../edge/dist/verify/node-crypto.js';
import { createPrng } from '../../dist/prng.js';
import { type CloudLife, cloudKeys, REGION, RUN_START, startCloud } from './cloud-node.ts';
import { runKey } from './keys.ts';
import type { VirtualTime } from './virtual-time.ts';

const STREAM = regionStream(REGION);
const SEAL_KEY = new Uint8Array(32).fill(9);
const ROWS = 3000;
const REDS = 300;
const crypto = createNodeCrypto();
const nothing = () => undefined;
const noPause = () => Promise.resolve();

// Time of this test: what is held for long is let go at once, the rest is as it is.
const timers = {
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms >= 20_000 ? 1 : ms);
    return () => clearTimeout(timer);
  },
};
const time = {
  now: () => 0,
  after: (ms: number, run: () => void) => (ms === 20_000 ? nothing : timers.after(ms, run)),
} as unknown as VirtualTime;

const folder = mkdtempSync(join(tmpdir(), 'divergence-'));
const log = { info: nothing, warn: nothing, error: nothing };
let cloud: CloudLife;
let link: Awaited<ReturnType<typeof newLink>>;

beforeAll(async () => {
  const prng = createPrng(66);
  cloud = await startCloud(folder, { time, prng, log, digest: (text) => text });
  link = await newLink();
  await publish(
    STREAM,
    range(1, ROWS).map((n) => change(STREAM, n, n)),
  );
  await publish(
    RED,
    range(1, REDS).map((n) => change(RED, n, n)),
  );
  // A snapshot, sealed changes past it, and changes that no segment holds yet.
  for (const stream of [STREAM, RED]) {
    await sealAndSnapshot(stream, 100);
    const { head } = await cloud.store.stream(stream);
    await publish(
      stream,
      range(head + 1, head + 150).map((ver) => change(stream, ver, ver % 199)),
    );
    await sealAndSnapshot(stream, 100_000);
    await publish(
      stream,
      range(head + 151, head + 180).map((ver) => change(stream, ver, ver % 97)),
    );
  }
  const store = openStore('held.db');
  for (const stream of [CONTROL, RED, STREAM]) expect(await pull(store, stream)).toBeUndefined();
  store.close();
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

const clock = {
  now: () => epochMs(RUN_START),
  mono: () => monoMs(performance.now()),
  trust: () => 'trusted' as const,
};
const random = { hex: (bytes: number) => randomBytes(bytes).toString('hex'), unit: () => 0 };
let gateways = 0;

/** Another gateway each time: the cloud's clock stands, and one of them would soon have asked for too much. */
async function newLink() {
  gateways += 1;
  const { keyId, publicKey, privateKey } = runKey(`gateway 66 ${gateways}`);
  const gateway = gatewayIdSchema.parse(`gw-${gateways}`);
  const station = stationIdSchema.parse('station-66');
  await cloud.store.addGateway({ gateway, station, publicKey, keyId }, epochMs(RUN_START));
  return createHttpLink({
    ...{ url: 'http://cloud', keyId, privateKey, clock, random, timers },
    fetch: (url, init) => cloud.fetch(url, init as never),
  });
}

describe('P70 what a gateway holds is held against what the cloud says', () => {
  test('a divergence of any kind is found and mended, and nothing that was right is touched', {
    timeout: 120_000,
  }, async () => {
    const planting = fc.record({
      kind: fc.constantFrom(...KINDS),
      row: fc.integer({ min: 0, max: REDS - 1 }),
      by: fc.integer({ min: 1, max: 3 }),
    });
    const plantings = fc.uniqueArray(planting, { maxLength: 12, selector: ({ row }) => row });
    let found = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(STREAM, RED), plantings, async (stream, planted) => {
        copyFileSync(join(folder, 'held.db'), join(folder, 'planted.db'));
        const whole = rowsIn('planted.db', stream);
        const wrong = plant('planted.db', stream, planted);
        const before = rowsIn('planted.db', stream);
        const { diverged, mended } = await check('planted.db', stream);
        expect(mended.toSorted()).toEqual([...wrong].toSorted());
        expect(diverged).toBe(wrong.size);
        found += wrong.size;
        const after = rowsIn('planted.db', stream);
        expect(after.holes).toBe(0);
        expect([...after.rows.keys()]).toEqual([...whole.rows.keys()]);
        for (const [name, { told, bytes }] of after.rows) {
          expect(told).toBe(whole.rows.get(name)?.told);
          if (!wrong.has(bucketOf(name))) expect(bytes).toBe(before.rows.get(name)?.bytes);
        }
      }),
      { numRuns: 25 },
    );
    expect(found).toBeGreaterThan(60);
  });

  test('"replica-diverged": until a bucket is there again its keys are unknown; changes go on, and are kept', async () => {
    copyFileSync(join(folder, 'held.db'), join(folder, 'held-up.db'));
    const [lost] = [...rowsIn('held-up.db', STREAM).rows.keys()];
    const bucket = bucketOf(lost ?? '');
    plant('held-up.db', STREAM, [{ kind: 'lost', row: 0, by: 1 }]);
    const store = openStore('held-up.db');
    await pull(store, STREAM);
    const view = openReplicaView(join(folder, 'held-up.db'), SEAL_KEY);
    const inBucket = [...rowsIn('held.db', STREAM).rows.keys()].filter(
      (name) => bucketOf(name) === bucket,
    );
    const other = replicaKeySchema.parse([...rowsIn('held.db', STREAM).rows.keys()].at(-1));
    const held = { fetched: 0 };
    const { head } = await cloud.store.stream(STREAM);
    const checking = startChecking(
      portsOf(store, {
        get: async (path, options) => {
          if (!path.includes('/bucket/')) return link.get(path, options);
          held.fetched += 1;
          if (held.fetched === 1) return { kind: 'failed', why: 'cut off' };
          if (held.fetched === 2) {
            for (const name of inBucket) {
              expect(() => view.status(replicaKeySchema.parse(name))).toThrow('damaged or lost');
            }
            expect(view.status(other)?.ver).toBeGreaterThan(0);
            // A change of the bucket and one elsewhere, while it is on its way.
            const changed = {
              ...change(STREAM, head + 1, 1),
              key: replicaKeySchema.parse(inBucket[0]),
            };
            await publish(STREAM, [changed, { ...change(STREAM, head + 2, 2), key: other }]);
            await pull(store, STREAM);
            expect(view.status(changed.key)).toMatchObject({ ver: head + 1 });
          }
          return link.get(path, options);
        },
      }),
      [STREAM],
    );
    await until(() => checking.state().checkedAt !== null);
    expect(checking.state()).toMatchObject({ wrong: 0, mended: 1 });
    checking.stop();
    view.close();
    store.close();
    await expectAsTheCloudHasIt('held-up.db', STREAM);
  });
});

const KINDS = [
  'lost',
  'colour',
  'end',
  'older',
  'strange',
  'ahead',
  'former',
  'hole',
  'lost-leaf',
] as const;
interface Planting {
  readonly kind: (typeof KINDS)[number];
  readonly row: number;
  readonly by: number;
}

/** Changes a replica as a bug would, sealed as it should be; answers the buckets that are wrong by it. */
function plant(name: string, stream: StreamName, plantings: readonly Planting[]): Set<number> {
  const { db, table } = openLeaves(name, stream);
  const wrong = new Set<number>();
  const leaves = table.covering(FIRST_KEY, LAST_KEY, stream);
  const all = leaves.flatMap((leaf) => entriesOf(leaf));
  const rows = new Map(leaves.map((leaf): [Leaf, StatusEntry[]] => [leaf, entriesOf(leaf)]));
  const flags = new Map<Leaf, { hole?: true; former?: Set<string> }>();
  for (const { kind, row, by } of plantings) {
    const target = all[row];
    const leaf = leaves.find(({ low, high }) => target && low <= target.key && target.key <= high);
    const own = leaf && rows.get(leaf);
    const at = own?.findIndex((one) => one.key === target?.key) ?? -1;
    if (!leaf || !own || !target || (at < 0 && kind !== 'hole')) continue;
    const put = (fields: Partial<StatusEntry>) => void own.splice(at, 1, { ...target, ...fields });
    wrong.add(bucketOf(target.key));
    if (kind === 'lost') own.splice(at, 1);
    if (kind === 'colour')
      put({ colour: COLOURS[(COLOURS.indexOf(target.colour) + by) % 4] ?? 'red' });
    if (kind === 'end') put({ validUntil: epochMs(target.validUntil + by * 60_000) });
    if (kind === 'older') put({ ver: 1, validUntil: epochMs(target.validUntil - 60_000) });
    if (kind === 'ahead') put({ ver: 1_000_000 + by });
    if (kind === 'strange') {
      const strange = (BigInt(`0x${target.key}`) ^ 1n).toString(16).padStart(16, '0');
      if (strange >= leaf.low && strange <= leaf.high && !own.some((one) => one.key === strange)) {
        own.push({ ...target, key: replicaKeySchema.parse(strange) });
        own.sort((a, b) => (a.key < b.key ? -1 : 1));
      } else put({ ver: 2_000_000 });
    }
    if (kind === 'former') {
      const flag = flags.get(leaf) ?? {};
      flags.set(leaf, { ...flag, former: new Set([...(flag.former ?? []), target.key]) });
    }
    if (kind === 'hole') flags.set(leaf, { ...flags.get(leaf), hole: true });
    if (kind === 'hole' || kind === 'lost-leaf') {
      const lost =
        kind === 'hole'
          ? range(bucketOf(leaf.low), bucketOf(leaf.high))
          : own.map((one) => bucketOf(one.key));
      for (const bucket of lost) wrong.add(bucket);
    }
    if (kind === 'lost-leaf') own.splice(0, own.length);
  }
  const made = leaves.map((leaf): Leaf => {
    const packed = packRows(rows.get(leaf) ?? []);
    const { hole = leaf.hole, former } = flags.get(leaf) ?? {};
    for (let at = 0; at < packed.length; at += ROW_BYTES) {
      const isFormer = former?.has(packed.toString('hex', at, at + 8)) ?? false;
      if (isFormer) packed[at + ROW_BYTES - 1] = (packed[at + ROW_BYTES - 1] ?? 0) | 16;
    }
    return { ...leaf, hole, rows: packed };
  });
  db.transaction(() => table.replace(leaves, made, stream));
  db.checkpoint();
  db.close();
  return wrong;
}

/** Checks until all is well, and answers which buckets were mended on the way. */
async function check(name: string, stream: StreamName) {
  link = await newLink();
  const store = openStore(name);
  await pull(store, stream);
  const seen = { diverged: 0, mended: [] as number[] };
  const ports = portsOf(store, {
    get: (path, options) => {
      const bucket = /\/bucket\/.*\/(?<bucket>\d+)$/.exec(path)?.groups?.['bucket'];
      if (bucket !== undefined) seen.mended.push(Number(bucket));
      return link.get(path, options);
    },
  });
  const checking = startChecking(
    {
      ...ports,
      onDiverged(_, buckets) {
        seen.diverged += buckets;
      },
    },
    [stream],
  );
  await until(() => checking.state().checkedAt !== null);
  checking.stop();
  store.close();
  return seen;
}

type CheckPorts = Parameters<typeof startChecking>[0];

function portsOf(store: ReplicaStore, through: Pick<CheckPorts['link'], 'get'>): CheckPorts {
  let mono = 0;
  const clockThatLeaps = { ...clock, mono: () => monoMs(mono) };
  return {
    ...{ random, log, unknowns: () => 0, onDamaged: nothing, onDiverged: nothing },
    link: { ...link, ...through },
    replica: writerOf(store),
    clock: clockThatLeaps,
    timers: {
      after(ms, run) {
        const timer = setImmediate(() => {
          mono += ms;
          run();
        });
        return () => clearImmediate(timer);
      },
    },
  };
}

function openStore(name: string): ReplicaStore {
  const rootKey = fromHex(cloudKeys.root.publicKey);
  return openReplicaStore({ file: join(folder, name), rootKey, sealKey: SEAL_KEY }, crypto);
}

function writerOf(store: ReplicaStore): ReplicaWriter {
  return {
    mark: async (stream) => store.mark(stream),
    offerManifest: async (stream, bytes) => store.offerManifest(stream, bytes),
    offerSegment: (stream, bytes, hash) => store.offerSegment(stream, bytes, hash, noPause),
    scrub: () => Promise.reject(new Error('not asked for')),
    readDigests: (stream) => store.readDigests(stream, noPause),
    offerDigests: (stream, bytes) => store.offerDigests(stream, bytes, noPause),
    offerBucket: (stream, bucket, bytes) => store.offerBucket(stream, bucket, bytes, noPause),
  };
}

async function pull(store: ReplicaStore, stream: StreamName) {
  const ports = { link, replica: writerOf(store), onVerified: nothing, onTrouble: nothing };
  return pullStream(ports, stream, true);
}

function openLeaves(name: string, stream: StreamName) {
  const options = { synchronous: 'NORMAL', pageBytes: 4096, walBytesMax: 1 << 24 } as const;
  const db = openWriter(join(folder, name), options);
  return {
    db,
    table: leafTable(db, stream === RED ? 'leaf_red' : 'leaf_region', createSeal(SEAL_KEY)),
  };
}

/** Every row by its key: what it says, and its bytes. */
function rowsIn(name: string, stream: StreamName) {
  const { db, table } = openLeaves(name, stream);
  const leaves = table.covering(FIRST_KEY, LAST_KEY, stream);
  const rows = new Map<string, { told: string; bytes: string }>();
  for (const { rows: packed } of leaves) {
    for (let at = 0; at < packed.length; at += ROW_BYTES) {
      const bytes = packed.toString('hex', at, at + ROW_BYTES);
      rows.set(bytes.slice(0, 16), { told: bytes.slice(28), bytes });
    }
  }
  db.close();
  return { rows, holes: leaves.filter(({ hole }) => hole).length };
}

async function expectAsTheCloudHasIt(name: string, stream: StreamName): Promise<void> {
  const { head } = await cloud.store.stream(stream);
  const log = await cloud.store.changes(stream, 0, head, 100_000);
  const latest = new Map(log.map((one) => [one.key as string, one]));
  const { rows, holes } = rowsIn(name, stream);
  expect(holes).toBe(0);
  expect(rows.size).toBe(latest.size);
  for (const [key, { told }] of rows) {
    const entry = latest.get(key);
    expect(told).toBe(entry && packRows([entry]).toString('hex').slice(28));
  }
}

function entriesOf(leaf: Leaf): StatusEntry[] {
  const found: StatusEntry[] = [];
  for (let at = 0; at < leaf.rows.length; at += ROW_BYTES) {
    const bits = leaf.rows[at + ROW_BYTES - 1] ?? 0;
    found.push({
      key: replicaKeySchema.parse(leaf.rows.toString('hex', at, at + 8)),
      ver: leaf.rows.readUIntBE(at + 8, 6),
      validUntil: epochMs(leaf.rows.readUInt32BE(at + 14) * 1000),
      colour: COLOURS[bits & 3] ?? 'red',
      nextColour: COLOURS[(bits >> 2) & 3] ?? 'red',
    });
  }
  return found;
}

const bucketOf = (key: string) => Number.parseInt(key.slice(0, 2), 16);

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Change `ver` of a stream, of its person `n`. */
function change(stream: StreamName, ver: number, n: number): StatusEntry {
  const key = createHash('sha256').update(`${stream} ${n}`).digest('hex').slice(0, 16);
  const [colour, nextColour] = [COLOURS[ver % 4], COLOURS[(ver >> 2) % 4]];
  return {
    ...{ ver, key: key as ReplicaKey, colour: colour ?? 'red', nextColour: nextColour ?? 'red' },
    validUntil: epochMs(RUN_START + (ver % 500) * 60_000),
  };
}

/** Writes changes as the cloud does, in one transaction with the counter. */
async function publish(stream: StreamName, changes: readonly StatusEntry[]): Promise<void> {
  const connection = openLibsql(join(folder, 'cloud.db'));
  const head = changes.at(-1)?.ver ?? 0;
  const rows = changes.map(
    ({ ver, key: k, colour, nextColour, validUntil }) =>
      `('${REGION}','${stream}',${ver},'${k}','${colour}','${nextColour}',${validUntil})`,
  );
  await connection.define([
    `INSERT INTO change (region_id, stream, ver, key, colour, next_colour, valid_until) VALUES ${rows.join()}`,
    `INSERT INTO stream (region_id, stream, epoch, head) VALUES ('${REGION}', '${stream}', 1, ${head})
     ON CONFLICT (region_id, stream) DO UPDATE SET head = excluded.head`,
  ]);
  await connection.close();
}

async function sealAndSnapshot(stream: StreamName, changesCountMin: number): Promise<void> {
  await cloud.cloud.replicator.sealDue();
  const deps = {
    ...{ store: cloud.store, keys: cloudKeys, sha256: crypto.sha256 },
    clock: { now: () => epochMs(RUN_START) },
  };
  await snapshotStream(deps, stream, { changesCountMin, partRowsCount: 200 });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 2));
}
