import {
  addToSums,
  type Digests,
  digestRow,
  emptySums,
  encodeDigests,
} from '@greengate/contracts/replica/digests';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import { describe, expect, test } from 'vitest';
import { openReplicaView } from '../../src/store/replica-reader.ts';
import type { ReplicaStore } from '../../src/store/replica-store.ts';
import { crypto, NOW, replicaKey, strangerKey } from '../fixtures/codes.ts';
import {
  entry,
  keyOf,
  manifest,
  must,
  noPause,
  openStore,
  provision,
  REGION,
  reasonOf,
  SEAL_KEY,
  statusSegment,
} from '../fixtures/replica.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const rows = Array.from({ length: 600 }, (_, i) => entry(i + 1, keyOf(i + 1)));
const bucketOf = ({ key }: StatusEntry) => Number.parseInt(key.slice(0, 2), 16);

/** A replica at version 600 that has just heard from the cloud. */
async function settled() {
  const file = tempFile('replica.db');
  const store = openStore(file);
  await provision(store);
  await apply(store, statusSegment(REGION, { to: rows.length }, rows));
  return { file, store };
}

async function apply(store: ReplicaStore, segment: Uint8Array, stream: StreamName = REGION) {
  return must(await store.offerSegment(stream, segment, undefined, noPause));
}

async function readAll(store: ReplicaStore) {
  for (let calls = 0; calls < 1000; calls++) {
    const read = must(await store.readDigests(REGION, noPause));
    if (read !== 'reading') return read;
  }
  return 'reading';
}

function digests(entries: readonly StatusEntry[], fields: Partial<Digests> = {}, key = replicaKey) {
  const sums = emptySums();
  for (const one of entries) addToSums(sums, digestRow(one));
  const whole = { stream: REGION, epoch: 1, ver: rows.length, signedAt: NOW, sums, ...fields };
  return encodeDigests(whole, crypto.sha256, key.sign);
}

const bucketSegment = (ver: number, bucket: number, all: readonly StatusEntry[] = rows) =>
  statusSegment(
    REGION,
    { level: 'snapshot', to: ver, part: bucket, parts: 256 },
    all.filter((one) => bucketOf(one) === bucket),
  );

const offer = (store: ReplicaStore, bytes: Uint8Array) =>
  store.offerDigests(REGION, bytes, noPause);

describe('the checksums of what is held', () => {
  test('are those of the cloud where all is well, and nothing becomes unknown', async () => {
    const { store } = await settled();
    expect(await readAll(store)).toEqual({ epoch: 1, ver: 600 });
    expect(must(await offer(store, digests(rows)))).toEqual({ ver: 600, buckets: [] });
    store.close();
  });

  test('are not taken while the stream lacks something, of control, or before the cloud was heard', async () => {
    const { file, store } = await settled();
    expect(must(await store.readDigests(CONTROL, noPause))).toBe('behind');
    must(store.offerManifest(REGION, manifest(REGION, { head: 700 })));
    expect(await readAll(store)).toBe('behind');
    await apply(store, statusSegment(REGION, { from: 600, to: 700 }, []));
    expect(await readAll(store)).toEqual({ epoch: 1, ver: 700 });
    store.close();
    const again = openStore(file);
    expect(await readAll(again)).toBe('behind');
    await apply(again, statusSegment(REGION, { from: 700, to: 700 }, []));
    expect(await readAll(again)).toEqual({ epoch: 1, ver: 700 });
    again.close();
  });

  test('follow the stream: what changes before they are offered does not matter', async () => {
    const { store } = await settled();
    expect(await readAll(store)).toEqual({ epoch: 1, ver: 600 });
    const changed = entry(601, keyOf(7), { colour: 'red' });
    await apply(store, statusSegment(REGION, { from: 600, to: 601 }, [changed]));
    // Those at 600 are kept; those at 601 are read next.
    expect(must(await offer(store, digests(rows)))).toEqual({ ver: 601, buckets: [] });
    expect(await readAll(store)).toEqual({ epoch: 1, ver: 601 });
    const now = rows.map((one) => (one.key === changed.key ? changed : one));
    expect(must(await offer(store, digests(now, { ver: 601 })))).toEqual({ ver: 601, buckets: [] });
    store.close();
  });

  test('P17 "digests-mismatch", and what is signed by nobody who may: nothing is touched by it', async () => {
    const { file, store } = await settled();
    const wrong = rows.slice(1);
    expect(reasonOf(await offer(store, digests(wrong)))).toBe('segment-gap');
    await readAll(store);
    const cases: [Uint8Array, string][] = [
      [digests(wrong, { ver: 599 }), 'digests-mismatch'],
      [digests(wrong, { epoch: 2 }), 'digests-mismatch'],
      [digests(wrong, { stream: RED }), 'digests-mismatch'],
      [digests(wrong, {}, strangerKey), 'block-signature-invalid'],
      [digests(wrong, { sums: emptySums().subarray(4) }), 'digests-malformed'],
      [bucketSegment(600, 1), 'block-malformed'],
      [new Uint8Array(9000), 'digests-malformed'],
    ];
    for (const [bytes, reason] of cases) expect(reasonOf(await offer(store, bytes))).toBe(reason);
    const view = openReplicaView(file, SEAL_KEY);
    for (const { key, ver } of rows) expect(view.status(key)?.ver).toBe(ver);
    expect(must(await offer(store, digests(rows)))).toEqual({ ver: 600, buckets: [] });
    view.close();
    store.close();
  });
});

describe('a bucket that differs', () => {
  /** The cloud has another row of this one's bucket than the gateway. */
  async function diverged() {
    const { file, store } = await settled();
    await readAll(store);
    const [first] = rows;
    if (!first) throw new Error('no row');
    const truth = rows.map((one) => (one === first ? { ...one, colour: 'red' as const } : one));
    const bucket = bucketOf(first);
    expect(must(await offer(store, digests(truth)))).toEqual({ ver: 600, buckets: [bucket] });
    const view = openReplicaView(file, SEAL_KEY);
    return { store, view, truth, bucket, key: first.key };
  }

  test('is unknown, what is new of it is answered, and then it is as the cloud has it', async () => {
    const { store, view, truth, bucket, key } = await diverged();
    const inside = rows.filter((one) => bucketOf(one) === bucket);
    const other = inside.find((one) => one.key !== key);
    if (!other) throw new Error('one row only');
    for (const one of rows) {
      if (inside.includes(one)) expect(() => view.status(one.key)).toThrow('damaged or lost');
      else expect(view.status(one.key)?.ver).toBe(one.ver);
    }
    const later = { ...other, ver: 601, colour: 'pending' as const };
    await apply(store, statusSegment(REGION, { from: 600, to: 601 }, [later]));
    expect(view.status(other.key)?.colour).toBe('pending');
    must(await store.offerBucket(REGION, bucket, bucketSegment(600, bucket, truth), noPause));
    expect(view.status(key)).toMatchObject({ colour: 'red', ver: 600 });
    expect(view.status(other.key)).toMatchObject({ colour: 'pending', ver: 601 });
    // Absent for certain again, and not unknown.
    const nobody = `${key.slice(0, 2)}00000000000001` as typeof key;
    expect(view.status(nobody)).toBeUndefined();
    expect(await readAll(store)).toEqual({ epoch: 1, ver: 601 });
    const now = truth.map((one) => (one.key === other.key ? later : one));
    expect(must(await offer(store, digests(now, { ver: 601 }))).buckets).toEqual([]);
    view.close();
    store.close();
  });

  test('is filled by that bucket at that version, and by nothing else', async () => {
    const { store, view, bucket, key } = await diverged();
    const put = (bytes: Uint8Array, of = bucket) =>
      store.offerBucket(REGION, of, bytes, noPause).then(reasonOf);
    const other = (bucket + 1) % 256;
    expect(await put(bucketSegment(599, bucket))).toBe('digests-mismatch');
    expect(await put(bucketSegment(600, other))).toBe('digests-mismatch');
    expect(await put(bucketSegment(600, other), other)).toBe('segment-gap');
    const head = { level: 'snapshot', to: 600, part: 0, parts: 1 } as const;
    expect(await put(statusSegment(REGION, head, rows))).toBe('digests-mismatch');
    expect(
      await put(statusSegment(REGION, { ...head, epoch: 2, part: bucket, parts: 256 }, [])),
    ).toBe('digests-mismatch');
    expect(await put(digests(rows))).toBe('block-malformed');
    expect(() => view.status(key)).toThrow('damaged or lost');
    expect(await put(bucketSegment(600, bucket))).toBeUndefined();
    expect(await put(bucketSegment(600, bucket))).toBe('segment-gap');
    view.close();
    store.close();
  });

  test('that was not filled before a restart is found again by the next check, though its sum may be right', async () => {
    const file = tempFile('replica.db');
    const store = openStore(file);
    await provision(store);
    await apply(store, statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))]));
    await readAll(store);
    const strange = [entry(1, keyOf(1)), entry(1, keyOf(2))];
    const { buckets } = must(await offer(store, digests(strange, { ver: 1 })));
    expect(buckets).toHaveLength(1);
    store.close();
    const again = openStore(file);
    await apply(again, statusSegment(REGION, { from: 1, to: 1 }, []));
    await readAll(again);
    const sums = digests([entry(1, keyOf(1))], { ver: 1 });
    expect(must(await offer(again, sums)).buckets).toEqual(buckets);
    again.close();
  });
});
