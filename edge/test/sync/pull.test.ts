import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CloudLink, ReplicaWriter } from '../../src/ports.ts';
import { openReplicaView } from '../../src/store/replica-reader.ts';
import { type KeptManifest, pullStream } from '../../src/sync/pull.ts';
import { NOW, newHolder, strangerKey } from '../fixtures/codes.ts';
import { BAD_ANSWERS, bytes, type Handler, httpCloud, linkTo } from '../fixtures/http-cloud.ts';
import {
  entry,
  hashOf,
  manifest,
  NOT_CHECKED,
  noPause,
  openStore,
  provision,
  REGION,
  SEAL_KEY,
  statusSegment,
} from '../fixtures/replica.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const holders = Array.from({ length: 6 }, () => newHolder());
const rows = holders.map((holder, i) => entry(i + 1, holder.key));
const stored = (from: number, to: number) =>
  statusSegment(REGION, { from, to, level: 'minute' }, rows.slice(from, to));
const SEGMENTS = [stored(0, 2), stored(2, 4)];
// Of what is sealed each row has the version of its end.
const LISTED = SEGMENTS.map((segment, i) => ({
  level: 'minute' as const,
  from: 2 * i,
  to: 2 * i + 2,
  hash: hashOf(segment),
  bytes: segment.length,
}));
const MANIFEST = manifest(REGION, {
  head: 4,
  signedAt: epochMs(NOW + 1000),
  segments: [...LISTED].reverse(),
});
const TAIL = statusSegment(REGION, { from: 4, to: 5, signedAt: epochMs(NOW + 2000) }, [
  rows[4] ?? entry(5, holders[4]?.key ?? rows[0]?.key ?? ('' as never)),
]);

type Part = 'manifest' | 'segment' | 'tail';

/** A cloud that holds the stream above; any part of it can be made to answer otherwise. */
async function replicaCloud() {
  const bad = new Map<Part, Handler>();
  const cloud = await httpCloud((seen, response) => {
    const part = seen.url.split('/')[3] as Part;
    const otherwise = bad.get(part);
    if (otherwise) return otherwise(seen, response);
    const segment = SEGMENTS.find((each) => seen.url.endsWith(hashOf(each)));
    const body = part === 'manifest' ? MANIFEST : part === 'tail' ? TAIL : segment;
    return bytes(body ? 200 : 404, body ?? '')(seen, response);
  });
  return { cloud, bad };
}

async function gateway() {
  const file = tempFile('replica.db');
  const store = openStore(file);
  await provision(store);
  const view = openReplicaView(file, SEAL_KEY);
  onTestFinished(() => {
    view.close();
    store.close();
  });
  const replica: ReplicaWriter = {
    mark: (stream) => Promise.resolve(store.mark(stream)),
    offerManifest: (stream, body) => Promise.resolve(store.offerManifest(stream, body)),
    offerSegment: (stream, body, hash) => store.offerSegment(stream, body, hash, noPause),
    ...NOT_CHECKED,
  };
  const verified: [StreamName, number][] = [];
  const { cloud, bad } = await replicaCloud();
  const real = linkTo(cloud.origin);
  const hurry: { timeoutMs?: number } = {};
  const link: CloudLink = {
    ...real,
    get: (path, bounds) => real.get(path, { ...bounds, ...hurry }),
  };
  const onVerified = (stream: StreamName, signedAt: EpochMs) => {
    verified.push([stream, signedAt - NOW]);
  };
  const troubles: string[] = [];
  const onTrouble = (_: StreamName, why: string) => troubles.push(why);
  const kept: KeptManifest = {};
  const pull = (needsManifest: boolean) =>
    pullStream({ link, replica, onVerified, onTrouble }, REGION, needsManifest, kept);
  const held = () => holders.map((holder) => view.status(holder.key)?.ver);
  const asked = () => cloud.seen.map((seen) => seen.url);
  return { store, view, cloud, bad, pull, held, asked, verified, troubles, hurry, kept };
}

describe('a round', () => {
  test('catches up by manifest and segments in order, then follows the tail', async () => {
    const g = await gateway();
    expect(await g.pull(true)).toBeUndefined();
    expect(g.held()).toEqual([2, 2, 4, 4, 5, undefined]);
    expect(g.asked()).toEqual([
      '/v1/replica/manifest/region%2F330100',
      `/v1/replica/segment/region%2F330100/${LISTED[0]?.hash}`,
      `/v1/replica/segment/region%2F330100/${LISTED[1]?.hash}`,
      '/v1/replica/tail/region%2F330100/1/4?wait=25',
    ]);
    expect(g.store.mark(REGION)?.cursor).toBe(5);
    // The manifest, two segments that are older than it, the tail: each with the newest signed time so far.
    expect(g.verified).toEqual([
      [REGION, 1000],
      [REGION, 1000],
      [REGION, 1000],
      [REGION, 2000],
    ]);
  });

  test('a caught-up gateway asks for the tail alone; what it holds is not fetched again', async () => {
    const g = await gateway();
    await g.pull(true);
    g.cloud.seen.length = 0;
    await g.pull(false);
    expect(g.asked()).toEqual(['/v1/replica/tail/region%2F330100/1/5?wait=25']);
    g.cloud.seen.length = 0;
    const grown = manifest(REGION, { head: 5, signedAt: epochMs(NOW + 3000), segments: LISTED });
    g.bad.set('manifest', bytes(200, grown));
    await g.pull(true);
    expect(g.asked().filter((url) => url.includes('segment'))).toEqual([]);
  });

  test('a manifest that has not changed is not sent again; after a failure all of it is asked for', async () => {
    const g = await gateway();
    const tagged: Handler = (seen, response) => {
      const same = seen.headers['if-none-match'] === '"m1"';
      response.writeHead(same ? 304 : 200, { etag: '"m1"' });
      response.end(same ? undefined : MANIFEST);
    };
    g.bad.set('manifest', tagged);
    const tags = () =>
      g.cloud.seen
        .filter(({ url }) => url.includes('manifest'))
        .map(({ headers }) => headers['if-none-match']);
    g.bad.set('segment', bytes(503, ''));
    expect(await g.pull(true)).toEqual({ why: 'http-503' });
    g.bad.delete('segment');
    expect(await g.pull(true)).toBeUndefined();
    expect(await g.pull(true)).toBeUndefined();
    expect(tags()).toEqual([undefined, undefined, '"m1"']);
    expect(g.held().slice(0, 5)).toEqual([2, 2, 4, 4, 5]);
    // A 304 to one who did not ask for it says nothing.
    g.bad.set('manifest', bytes(304, ''));
    delete g.kept.last;
    expect(await g.pull(true)).toEqual({ why: 'http-304' });
  });

  test('F1: a stream that is cut between two segments goes on where it was', async () => {
    const g = await gateway();
    let served = 0;
    g.bad.set('segment', (seen, response) => {
      served += 1;
      return bytes(served === 1 ? 200 : 503, SEGMENTS[0] ?? '')(seen, response);
    });
    expect(await g.pull(true)).toEqual({ why: 'http-503' });
    expect(g.held().slice(0, 3)).toEqual([2, 2, undefined]);
    g.bad.clear();
    g.cloud.seen.length = 0;
    expect(await g.pull(true)).toBeUndefined();
    expect(g.asked().filter((url) => url.includes('segment'))).toHaveLength(1);
    expect(g.held().slice(0, 5)).toEqual([2, 2, 4, 4, 5]);
  });

  test('a mark that the cloud no longer knows (410) is "epoch-changed"', async () => {
    const g = await gateway();
    g.bad.set('tail', bytes(410, ''));
    expect(await g.pull(false)).toEqual({ why: 'epoch-changed' });
  });

  test('a stream without a mark asks for its manifest by itself', async () => {
    const g = await gateway();
    const fresh = openStore(tempFile('replica.db'));
    const replica: ReplicaWriter = {
      mark: (stream) => Promise.resolve(fresh.mark(stream)),
      offerManifest: (stream, body) => Promise.resolve(fresh.offerManifest(stream, body)),
      offerSegment: (stream, body, hash) => fresh.offerSegment(stream, body, hash, noPause),
      ...NOT_CHECKED,
    };
    const nothing = () => undefined;
    const ports = {
      link: linkTo(g.cloud.origin),
      replica,
      onVerified: nothing,
      onTrouble: nothing,
    };
    expect(await pullStream(ports, CONTROL, false)).toEqual({ why: 'block-signature-invalid' });
    expect(g.asked()).toEqual(['/v1/replica/manifest/control']);
    fresh.close();
  });
});

describe('finding 8 T6: whatever a part answers, what is held stays in force', () => {
  const parts: [Part, string[]][] = [
    ['manifest', []],
    ['segment', ['1', '2']],
    ['tail', []],
  ];

  test.for(parts)('%s: every bad answer', async ([part]) => {
    const g = await gateway();
    for (const { name, answer, why, timeoutMs } of BAD_ANSWERS) {
      g.bad.set(part, answer);
      g.hurry.timeoutMs = timeoutMs ?? 5000;
      const before = JSON.stringify([g.held(), g.view.syncedAt()]);
      const failure = await g.pull(true);
      expect(failure?.why, name).toMatch(why);
      g.view.refresh();
      if (part !== 'tail') expect(JSON.stringify([g.held(), g.view.syncedAt()]), name).toBe(before);
    }
    g.bad.clear();
    delete g.hurry.timeoutMs;
    expect(await g.pull(true)).toBeUndefined();
    expect(g.held().slice(0, 5)).toEqual([2, 2, 4, 4, 5]);
  });

  const lies: [string, Part, Uint8Array, string][] = [
    [
      'an older manifest',
      'manifest',
      manifest(REGION, { signedAt: epochMs(NOW - 1) }),
      'manifest-older',
    ],
    [
      'a stranger’s manifest',
      'manifest',
      manifest(REGION, {}, strangerKey),
      'block-signature-invalid',
    ],
    [
      'another stream’s manifest',
      'manifest',
      manifest('red' as StreamName),
      'manifest-stream-mismatch',
    ],
    ['another segment than asked for', 'segment', stored(0, 4), 'segment-hash-mismatch'],
    ['a tail past a gap', 'tail', statusSegment(REGION, { from: 9, to: 9 }, []), 'segment-gap'],
    [
      'a tail of another epoch',
      'tail',
      statusSegment(REGION, { epoch: 7, to: 9 }, []),
      'epoch-changed',
    ],
    [
      'a stranger’s tail',
      'tail',
      statusSegment(REGION, { to: 9 }, [], strangerKey),
      'block-signature-invalid',
    ],
  ];

  test.for(lies)('%s', async ([, part, body, why]) => {
    const g = await gateway();
    g.bad.set(part, bytes(200, body));
    expect(await g.pull(true)).toEqual({ why });
    expect(g.held()[4]).toBeUndefined();
    g.bad.clear();
    expect(await g.pull(true)).toBeUndefined();
  });
});
