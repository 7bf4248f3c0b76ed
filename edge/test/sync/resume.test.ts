import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReplicaWriter } from '../../src/ports.ts';
import { createPartStore } from '../../src/store/part-store.ts';
import { pullStream } from '../../src/sync/pull.ts';
import { NOW, newHolder } from '../fixtures/codes.ts';
import { bytes, httpCloud, linkTo, type Seen } from '../fixtures/http-cloud.ts';
import {
  entry,
  hashOf,
  manifest,
  NOT_CHECKED,
  noPause,
  openStore,
  provision,
  REGION,
  statusSegment,
} from '../fixtures/replica.ts';
import { tempFile, tempFolder } from '../fixtures/temp-folder.ts';

const ROWS = 400;
const rows = Array.from({ length: ROWS }, (_, i) => entry(i + 1, newHolder().key));
const SEGMENT = statusSegment(REGION, { to: ROWS, level: 'minute' }, rows);
const HASH = hashOf(SEGMENT);
const LISTED = {
  ...{ level: 'minute' as const, from: 0, to: ROWS },
  ...{ hash: HASH, bytes: SEGMENT.length },
};
const MANIFEST = manifest(REGION, {
  ...{ head: ROWS, signedAt: epochMs(NOW + 1000), segments: [LISTED] },
});
const TAIL = statusSegment(REGION, { from: ROWS, to: ROWS, signedAt: epochMs(NOW + 2000) }, []);

/** A cloud whose connection breaks after so many bytes of a segment, until it does not; and a gateway over its folder. */
async function resuming(ranges: 'served' | 'ignored' = 'served') {
  const cut = { after: Number.POSITIVE_INFINITY };
  const cloud = await httpCloud((seen, response) => {
    if (!seen.url.includes('/segment/')) {
      return bytes(200, seen.url.includes('/manifest/') ? MANIFEST : TAIL)(seen, response);
    }
    const from = ranges === 'served' ? firstOf(seen) : 0;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': SEGMENT.length - from });
    const body = SEGMENT.subarray(from);
    if (cut.after >= body.length) return void response.end(body);
    response.write(body.subarray(0, cut.after), () => setTimeout(() => response.destroy(), 20));
  });
  const folder = tempFolder();
  const store = openStore(tempFile('replica.db'));
  await provision(store);
  onTestFinished(() => store.close());
  const replica: ReplicaWriter = {
    mark: (stream) => Promise.resolve(store.mark(stream)),
    offerManifest: (stream, body) => Promise.resolve(store.offerManifest(stream, body)),
    offerSegment: (stream, body, hash) => store.offerSegment(stream, body, hash, noPause),
    ...NOT_CHECKED,
  };
  const nothing = () => undefined;
  /** Each pull is that of a gateway that was just started. */
  const pull = () =>
    pullStream(
      {
        ...{ link: linkTo(cloud.origin), replica, parts: createPartStore(folder) },
        ...{ onVerified: nothing, onTrouble: nothing },
      },
      REGION,
      true,
    );
  const asked = () =>
    cloud.seen
      .filter(({ url }) => url.includes('/segment/'))
      .map(({ headers }) => headers['range']);
  return { cut, folder, store, pull, asked };
}

function firstOf({ headers }: Seen): number {
  return Number(/^bytes=(\d+)-$/.exec(String(headers['range']))?.[1] ?? 0);
}

describe('F1 F7 a segment that breaks off', () => {
  test('goes on at the byte where it broke off, also after a restart', async () => {
    const g = await resuming();
    g.cut.after = 1000;
    expect(await g.pull()).toBeDefined();
    g.cut.after = 700;
    expect(await g.pull()).toBeDefined();
    g.cut.after = Number.POSITIVE_INFINITY;
    expect(await g.pull()).toBeUndefined();
    expect(g.asked()).toEqual([undefined, 'bytes=1000-', 'bytes=1700-']);
    expect(g.store.mark(REGION)?.cursor).toBe(ROWS);
    expect(readdirSync(g.folder)).toEqual([]);
  });

  test('a cloud or a cache that serves no ranges is read from the first byte', async () => {
    const g = await resuming('ignored');
    g.cut.after = 1000;
    expect(await g.pull()).toBeDefined();
    g.cut.after = Number.POSITIVE_INFINITY;
    expect(await g.pull()).toBeUndefined();
    expect(g.store.mark(REGION)?.cursor).toBe(ROWS);
  });

  test('"segment-hash-mismatch": what was kept is damaged; it is dropped, and fetched whole', async () => {
    const g = await resuming();
    g.cut.after = 1000;
    expect(await g.pull()).toBeDefined();
    const [name = ''] = readdirSync(g.folder);
    const kept = readFileSync(join(g.folder, name));
    kept[500] = (kept[500] ?? 0) ^ 1;
    writeFileSync(join(g.folder, name), kept);
    g.cut.after = Number.POSITIVE_INFINITY;
    expect(await g.pull()).toEqual({ why: 'segment-hash-mismatch' });
    expect(await g.pull()).toBeUndefined();
    expect(g.asked()).toEqual([undefined, 'bytes=1000-', undefined]);
  });

  test('all of it was there before the restart: nothing is asked for', async () => {
    const g = await resuming();
    const parts = createPartStore(g.folder);
    parts.append(REGION, HASH, SEGMENT);
    expect((await parts.held(REGION, HASH)).length).toBe(SEGMENT.length);
    expect(await g.pull()).toBeUndefined();
    expect(g.asked()).toEqual([]);
  });
});

describe('what is kept of a segment', () => {
  test('is of one segment a stream, and of no other', async () => {
    const parts = createPartStore(tempFolder());
    const other = hashOf(new Uint8Array(1));
    parts.append(REGION, HASH, Uint8Array.of(1));
    parts.append(REGION, HASH, Uint8Array.of(2));
    expect([...(await parts.held(REGION, HASH))]).toEqual([1, 2]);
    expect((await parts.held(REGION, other)).length).toBe(0);
    parts.append(REGION, other, Uint8Array.of(3));
    expect([...(await parts.held(REGION, other))]).toEqual([3]);
    expect((await parts.held(REGION, HASH)).length).toBe(0);
    await parts.drop(REGION);
    expect((await parts.held(REGION, other)).length).toBe(0);
  });

  test('F3: a folder that cannot be written costs what it would have saved, and no more', async () => {
    const parts = createPartStore(join(tempFolder(), 'not-there'));
    parts.append(REGION, HASH, Uint8Array.of(1));
    expect((await parts.held(REGION, HASH)).length).toBe(0);
    await parts.drop(REGION);
  });
});
