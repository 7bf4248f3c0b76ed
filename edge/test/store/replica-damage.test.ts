import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { partOf } from '@greengate/contracts/replica/segment';
import { RED } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openReplicaView, ReplicaUnknown } from '../../src/store/replica-reader.ts';
import { NOW } from '../fixtures/codes.ts';
import {
  entry,
  hashOf,
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
import { seeded } from '../fixtures/seeded.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

// The bench `replica` turns ten thousand bits of a larger file.
const FLIPS = 400;
const PAGE_BYTES = 4096;

const colours = ['green', 'yellow', 'red', 'pending'] as const;
const rows = Array.from({ length: 600 }, (_, i) =>
  entry(i + 1, keyOf(i + 1), { colour: colours[i % 4] ?? 'red', nextColour: 'pending' }),
);
const sorted = [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
const whole = statusSegment(REGION, { to: 600 }, sorted);
const STRANGER = keyOf(9999);

async function filled() {
  const file = tempFile('replica.db');
  const store = openStore(file);
  await provision(store);
  must(await store.offerSegment(REGION, whole, undefined, noPause));
  return { file, store };
}

function flip(bytes: Buffer, bit: number): Buffer {
  const bad = Buffer.from(bytes);
  bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bad;
}

describe('F13 bits that turn in replica.db', () => {
  test('no colour is ever another, and nobody who is held is taken for absent', async () => {
    const { file, store } = await filled();
    store.close();
    const good = readFileSync(file);
    const random = seeded(13);
    const seen = { right: 0, unknown: 0, unopened: 0 };
    const copy = tempFile('turned.db');
    for (let n = 0; n < FLIPS; n++) {
      for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
      writeFileSync(copy, flip(good, random.below(good.length * 8)));
      let view: ReturnType<typeof openReplicaView> | undefined;
      try {
        view = openReplicaView(copy, SEAL_KEY, [RED, REGION]);
      } catch {
        seen.unopened += 1;
        continue;
      }
      // Where not even the stream is known any more, nothing is fresh: the gate is blind and refers.
      const known = view.streams().some(({ name }) => name === REGION);
      for (const { key, ...status } of rows.slice(n % 7, (n % 7) + 70)) {
        let found: unknown;
        try {
          found = view.status(key);
        } catch {
          seen.unknown += 1;
          continue;
        }
        if (!known) expect(view.syncedAt()).toBeUndefined();
        else expect(found).toEqual(status);
        seen.right += 1;
      }
      view.close();
    }
    expect(seen.right).toBeGreaterThan(0);
    expect(seen.unknown).toBeGreaterThan(0);
    expect(seen.unopened).toBeGreaterThan(0);
  });

  /** Turns one bit in every leaf that has rows, through a connection of its own. */
  function damageLeaves(file: string, count: number): void {
    const db = new Database(file);
    const all = db
      .prepare(
        'SELECT CAST(low AS TEXT) AS low, leaf FROM leaf_region WHERE length(leaf) > 100 ORDER BY leaf_region.low',
      )
      .all([]) as { low: string; leaf: ArrayBuffer }[];
    const put = db.prepare('UPDATE leaf_region SET leaf = ? WHERE low = ?');
    for (const { low, leaf } of all.slice(0, count)) {
      put.run([flip(Buffer.from(leaf), 8 * 40), BigInt(low)]);
    }
    db.close();
  }

  test('a scrub makes holes of what is lost; fetched again, all is there and the holes are closed', async () => {
    const { file, store } = await filled();
    const view = openReplicaView(file, SEAL_KEY);
    expect(await store.scrub(REGION, noPause)).toBe(false);
    damageLeaves(file, 1);
    const first = sorted[0]?.key ?? STRANGER;
    const last = sorted.at(-1);
    expect(() => view.status(first)).toThrow(ReplicaUnknown);
    expect(view.unknowns()).toBe(1);

    expect(await store.scrub(REGION, noPause)).toBe(true);
    expect(() => view.status(first)).toThrow(ReplicaUnknown);
    // What was not damaged goes on.
    expect(view.status(last?.key ?? STRANGER)).toMatchObject({ ver: last?.ver });
    expect(store.mark(REGION)).toMatchObject({ epoch: 1, cursor: 0, head: 600 });
    // A row that the cloud does not bring again goes with the sweep.
    const again = statusSegment(REGION, { to: 600 }, sorted.slice(0, -1));
    must(await store.offerSegment(REGION, again, undefined, noPause));
    for (const { key, ...status } of sorted.slice(0, -1)) expect(view.status(key)).toEqual(status);
    expect(view.status(last?.key ?? STRANGER)).toBeUndefined();
    expect(view.status(STRANGER)).toBeUndefined();
    expect(await store.scrub(REGION, noPause)).toBe(false);
    view.close();
    store.close();
  });

  test('leaves that vanished are holes too, first and last', async () => {
    const { file, store } = await filled();
    const db = new Database(file);
    db.exec('DELETE FROM leaf_region WHERE low IN (SELECT min(low) FROM leaf_region)');
    db.exec('DELETE FROM leaf_region WHERE low IN (SELECT max(low) FROM leaf_region)');
    db.close();
    const view = openReplicaView(file, SEAL_KEY);
    const ends = [sorted[0]?.key ?? STRANGER, sorted.at(-1)?.key ?? STRANGER];
    for (const key of ends) expect(() => view.status(key)).toThrow(ReplicaUnknown);
    expect(await store.scrub(REGION, noPause)).toBe(true);
    for (const key of ends) expect(() => view.status(key)).toThrow(ReplicaUnknown);
    must(await store.offerSegment(REGION, whole, undefined, noPause));
    for (const key of ends) expect(view.status(key)).toBeDefined();
    view.close();
    store.close();
  });

  test('"replica-damaged": a segment that meets a damaged leaf scrubs, and the next one mends', async () => {
    const { file, store } = await filled();
    damageLeaves(file, 2);
    const more = statusSegment(REGION, { from: 600, to: 601 }, [
      entry(601, sorted[0]?.key ?? STRANGER, { colour: 'red' }),
    ]);
    expect(reasonOf(await store.offerSegment(REGION, more, undefined, noPause))).toBe(
      'replica-damaged',
    );
    expect(store.mark(REGION)).toMatchObject({ cursor: 0, head: 600 });
    must(await store.offerSegment(REGION, whole, undefined, noPause));
    must(await store.offerSegment(REGION, more, undefined, noPause));
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.status(sorted[0]?.key ?? STRANGER)).toMatchObject({ ver: 601, colour: 'red' });
    expect(view.status(sorted[9]?.key ?? STRANGER)).toBeDefined();
    view.close();
    store.close();
  });

  /** Lessens the first key that the root of the leaves parts its pages by; answers how many pages it parts. */
  function misleadTree(file: string): number {
    const db = new Database(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const { rootpage } = db
      .prepare("SELECT rootpage FROM sqlite_master WHERE name = 'leaf_region'")
      .get([]) as { rootpage: number };
    db.close();
    const bytes = readFileSync(file);
    const page = (rootpage - 1) * PAGE_BYTES;
    // An interior page of a table: cells of four bytes of page number and the key, here of nine bytes, less by an eighth of all keys.
    expect(bytes[page]).toBe(5);
    const cell = page + bytes.readUInt16BE(page + 12);
    bytes.writeUInt8((bytes[cell + 4] ?? 0) - 16, cell + 4);
    writeFileSync(file, bytes);
    return bytes.readUInt16BE(page + 3) + 1;
  }

  test('F13 leaves that are all there and not found by their keys: the file is said to be damaged', async () => {
    const { file, store } = await filled();
    store.close();
    expect(misleadTree(file)).toBeGreaterThan(1);
    const again = openStore(file);
    const all = statusSegment(
      REGION,
      { from: 600, to: 601 },
      sorted.map(({ key }) => entry(601, key)),
    );
    // A leaf has a fifteenth of all keys, so the first of one at least is looked for behind it.
    await expect(again.offerSegment(REGION, all, undefined, noPause)).rejects.toMatchObject({
      code: 'SQLITE_CORRUPT_TREE',
    });
    again.close();
  });

  test('rows of another region are never taken for those of this one', async () => {
    const { file, store } = await filled();
    store.close();
    const moved = openReplicaView(file, new Uint8Array(32).fill(9));
    expect(moved.streams()).toEqual([]);
    moved.close();
  });
});

describe('a segment that is applied in slices', () => {
  test('F1 goes on behind the slices that a kill left, and is the same in the end', async () => {
    const file = tempFile('replica.db');
    const store = openStore(file);
    await provision(store);
    const many = Array.from({ length: 3500 }, (_, i) => entry(i + 1, keyOf(i + 1)));
    const big = statusSegment(REGION, { to: 3500 }, many);
    let pauses = 0;
    const killed = () => {
      pauses += 1;
      return pauses === 3 ? Promise.reject(new Error('killed')) : noPause();
    };
    await expect(store.offerSegment(REGION, big, hashOf(big), killed)).rejects.toThrow('killed');
    store.close();
    const again = openStore(file);
    let slices = 1;
    const counted = () => {
      slices += 1;
      return noPause();
    };
    must(await again.offerSegment(REGION, big, hashOf(big), counted));
    expect(slices).toBe(1);
    const view = openReplicaView(file, SEAL_KEY);
    expect(many.every(({ key, ver }) => view.status(key)?.ver === ver)).toBe(true);
    view.close();
    again.close();
  });

  test('F1 parts of a snapshot move the cursor with the last of them, in their order, and may come again', async () => {
    const file = tempFile('replica.db');
    const store = openStore(file);
    await provision(store);
    must(store.offerManifest(REGION, manifest(REGION, { head: 600, signedAt: epochMs(NOW + 1) })));
    const part = (n: number) =>
      statusSegment(
        REGION,
        { to: 600, level: 'snapshot', part: n, parts: 4 },
        sorted.filter(({ key }) => partOf(key, { parts: 4 }) === n),
      );
    const offer = (of: typeof store, n: number) =>
      of.offerSegment(REGION, part(n), undefined, noPause);
    expect(reasonOf(await offer(store, 1))).toBe('segment-gap');
    must(await offer(store, 0));
    expect(must(await offer(store, 1))).toMatchObject({
      cursor: 0,
      snapshot: { to: 600, parts: 2 },
    });
    store.close();
    const again = openStore(file);
    expect(again.mark(REGION)).toMatchObject({ cursor: 0, snapshot: { to: 600, parts: 2 } });
    must(await offer(again, 1));
    must(await offer(again, 2));
    must(await offer(again, 3));
    expect(again.mark(REGION)).toEqual({ epoch: 1, cursor: 600, head: 600, signedAt: NOW + 1 });
    const view = openReplicaView(file, SEAL_KEY);
    for (const { key, ver: _, ...status } of sorted)
      expect(view.status(key)).toEqual({ ...status, ver: 600 });
    view.close();
    again.close();
  });

  test('a tail that was cut at its limit is not taken for all there is', async () => {
    const { file, store } = await filled();
    const view = openReplicaView(file, SEAL_KEY);
    must(store.offerManifest(RED, manifest(RED, { signedAt: epochMs(NOW + 90_000) })));
    const tail = (from: number, to: number) =>
      statusSegment(REGION, { from, to, head: 602, signedAt: epochMs(NOW + 60_000) }, [
        entry(to, STRANGER),
      ]);
    must(await store.offerSegment(REGION, tail(600, 601), undefined, noPause));
    view.refresh();
    expect([store.mark(REGION)?.head, view.syncedAt()]).toEqual([602, NOW]);
    must(await store.offerSegment(REGION, tail(601, 602), undefined, noPause));
    view.refresh();
    expect(view.syncedAt()).toBe(NOW + 60_000);
    view.close();
    store.close();
  });
});
