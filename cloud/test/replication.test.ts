import { createHash } from 'node:crypto';
import { colourAt } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, regionStream } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import { fullRun } from '../src/replicate/seal.ts';
import { signChanges } from '../src/replicate/segments.ts';
import { signedHeaders } from './gateway-client.ts';
import { replicaClient } from './replica-client.ts';
import {
  codeOf,
  HEALTHY,
  REGION,
  type RunningCloud,
  runCloud,
  START,
  sha256,
} from './running-cloud.ts';

const STREAM = regionStream(REGION);

async function follow() {
  const running = await runCloud();
  return { running, client: replicaClient(running, await running.enrol()) };
}

async function declareNew({ call, newHolder }: RunningCloud): Promise<string> {
  const holder = await newHolder();
  await call(holder, 'POST', '/v1/declarations', HEALTHY);
  return holder;
}

describe('F16: a cloud restored from a backup', () => {
  test('begins a new epoch of every stream, once a restore; heads stay', async () => {
    const { running } = await follow();
    await declareNew(running);
    const before = await running.store.stream(STREAM);
    const all = [CONTROL, RED, STREAM];
    await running.store.beginEpoch(all, 500);
    await running.store.beginEpoch(all, 400);
    for (const stream of all) expect((await running.store.stream(stream)).epoch).toBe(500);
    expect(await running.store.stream(STREAM)).toEqual({ epoch: 500, head: before.head });
    await declareNew(running);
    expect((await running.store.stream(STREAM)).head).toBeGreaterThan(before.head);
  });
});

describe('the restore of a cloud', () => {
  test('F16: each begins an epoch of its own, also one that follows within the minute', async () => {
    const epochs: number[] = [];
    for (const seconds of [0, 20]) {
      const { store } = await runCloud({ restoredAt: epochMs(START + seconds * 1000) });
      epochs.push((await store.stream(STREAM)).epoch);
    }
    expect((epochs[1] ?? 0) - (epochs[0] ?? 0)).toBe(20);
  });
});

describe('the control stream', () => {
  test('holds the trust list and the default policy after the start, once', async () => {
    const { running, client } = await follow();
    await running.cloud.boot();
    const documents = await client.documents();
    expect(documents.map(({ name, ver }) => [name, ver])).toEqual([
      ['trust-list', 1],
      ['admission-policy', 2],
    ]);
    expect((await client.manifest(CONTROL)).head).toBe(2);
  });

  test('takes a policy whose version grows, and only such a one', async () => {
    const { running, client } = await follow();
    const put = (version: number) =>
      running.call(running.tokens.operator, 'PUT', '/v1/policy', { ...DEFAULT_POLICY, version });
    const old = await put(1);
    expect([old.status, await codeOf(old)]).toEqual([409, 'already-exists']);
    expect(await (await put(2)).json()).toEqual({ version: 2, ver: 3 });
    expect(await client.documents(2)).toMatchObject([
      { name: 'admission-policy', ver: 3, body: { version: 2 } },
    ]);
  });
});

describe('the tail', () => {
  test('is held until there is a change, and then the same bytes for all who are caught up', async () => {
    const { running, client } = await follow();
    const other = replicaClient(running, await running.enrol('gate-2'));
    const held = [client, client, other].map((one) => one.tailResponse(STREAM, 1, 0, 20));
    await new Promise((done) => setTimeout(done, 150));
    await declareNew(running);
    const digests = await Promise.all(
      held.map(async (response) => {
        const bytes = Buffer.from(await (await response).arrayBuffer());
        return createHash('sha256').update(bytes).digest('hex');
      }),
    );
    expect(new Set(digests).size).toBe(1);
    expect((await client.tail(STREAM, 0)).entries).toHaveLength(1);
  });

  test('ends as a signed heartbeat when nothing comes', async () => {
    const { client } = await follow();
    const started = performance.now();
    const segment = await client.tail(RED, 0, 1);
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(segment).toMatchObject({ from: 0, to: 0, entries: [], level: 'tail' });
  });

  test('refuses another epoch, a version past the head, a long wait and an unknown stream', async () => {
    const { client } = await follow();
    const refusals = [
      [client.tailResponse(STREAM, 2, 0), 410, 'epoch-changed'],
      [client.tailResponse(STREAM, 1, 7), 409, 'segment-gap'],
      [client.tailResponse(STREAM, 1, 0, 26), 400, 'request-invalid'],
      [client.tailResponse('region/110000', 1, 0), 404, 'not-found'],
      [client.tailResponse('secrets', 1, 0), 404, 'not-found'],
    ] as const;
    for (const [response, status, code] of refusals) {
      expect([(await response).status, await codeOf(await response)]).toEqual([status, code]);
    }
  });

  test('gives one gateway a bounded number of places', async () => {
    const { running, client } = await follow();
    const held = Array.from({ length: 9 }, () => client.tailResponse(STREAM, 1, 0, 20));
    const refused = await Promise.race(held);
    expect([refused.status, await codeOf(refused)]).toEqual([503, 'overloaded']);
    running.cloud.replicator.endTails();
    const statuses = await Promise.all(held.map(async (response) => (await response).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(8);
  });

  test('a client that goes away gives its place back', async () => {
    const { running, client } = await follow();
    const path = '/v1/replica/tail/red/1/0?wait=20';
    const gone = new AbortController();
    const key = await running.enrol('gate-3');
    const held = Array.from({ length: 8 }, async () => {
      const headers = await signedHeaders(key, running.url + path, { now: START });
      const response = fetch(running.url + path, { headers, signal: gone.signal });
      return response.then(
        () => 'answered',
        () => 'gone',
      );
    });
    await new Promise((done) => setTimeout(done, 200));
    expect((await running.signed(key, 'GET', path)).status).toBe(503);
    gone.abort();
    expect(new Set(await Promise.all(held))).toEqual(new Set(['gone']));
    await new Promise((done) => setTimeout(done, 100));
    expect((await running.signed(key, 'GET', path.replace('20', '0'))).status).toBe(200);
    expect((await client.tailResponse(RED, 1, 0)).status).toBe(200);
  });

  test('carries one row a key, the latest, and as many changes as were asked for', async () => {
    const { running, client } = await follow();
    const holder = await declareNew(running);
    const ill = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };
    for (const body of [ill, HEALTHY]) {
      running.clock.set(running.clock.now() + 1000);
      await running.call(holder, 'POST', '/v1/declarations', body);
    }
    await declareNew(running);
    const whole = await client.tail(STREAM, 0);
    expect(whole.entries.map(({ ver }) => ver).sort()).toEqual([3, 4]);
    const { keys, store } = running;
    const range = { from: 1, to: 4, head: 4, part: 0, parts: 1 };
    const head = { stream: STREAM, epoch: 1, level: 'tail', ...range } as const;
    const signedAt = epochMs(START);
    const { to } = await signChanges({ store, keys, sha256 }, { ...head, signedAt }, 2);
    expect(to).toBe(3);
  });

  test('P30 shows every change exactly once, while many are published at the same time', async () => {
    const { running, client } = await follow();
    const holders = await Promise.all(Array.from({ length: 12 }, () => running.newHolder()));
    const seen: number[] = [];
    let after = 0;
    const reading = (async () => {
      while (after < 24) {
        const segment = await client.tail(STREAM, after, 5);
        expect(segment.from).toBe(after);
        seen.push(...segment.entries.map((entry) => entry.ver));
        expect(segment.entries.every((one) => one.ver > after && one.ver <= segment.to)).toBe(true);
        after = segment.to;
      }
    })();
    const ill = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };
    const vers = await Promise.all(
      holders.map(async (holder) => {
        const first = await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
        running.clock.set(running.clock.now() + 1000);
        const second = await running.call(holder, 'POST', '/v1/declarations', ill);
        return [first, second].map((one) => one.json() as Promise<{ ver: number }>);
      }),
    );
    const all = (await Promise.all(vers.flat())).map(({ ver }) => ver);
    await reading;
    expect(new Set(all).size).toBe(24);
    expect(new Set(seen).size).toBe(seen.length);
    const log = await running.store.changes(STREAM, 0, 24, 100);
    expect(log.map((entry) => entry.ver)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  });
});

describe('manifest and segments', () => {
  test('a sealed stream is read from its manifest, and the tail goes on from there', async () => {
    const { running, client } = await follow();
    await declareNew(running);
    await declareNew(running);
    expect((await client.manifest(STREAM)).segments).toEqual([]);
    await running.cloud.replicator.sealDue();
    await declareNew(running);
    const manifest = await client.manifest(STREAM);
    expect(manifest).toMatchObject({ epoch: 1, head: 3, segments: [{ from: 0, to: 2 }] });
    const [info] = manifest.segments;
    const segment = await client.segment(STREAM, info?.hash ?? '');
    expect(segment).toMatchObject({ kind: 'status', level: 'minute', from: 0, to: 2 });
    expect((await client.tail(STREAM, info?.to ?? 0)).entries).toHaveLength(1);
    await running.cloud.replicator.sealDue();
    await running.cloud.replicator.sealDue();
    expect((await client.manifest(STREAM)).segments).toMatchObject([{ to: 2 }, { from: 2, to: 3 }]);
  });

  test('a manifest keeps its ETag until it changes or ages, and answers 304', async () => {
    const { running, client } = await follow();
    const first = await client.manifestResponse(STREAM);
    const etag = first.headers.get('etag') ?? '';
    const hash = createHash('sha256').update(Buffer.from(await first.arrayBuffer()));
    expect(etag).toBe(`"${hash.digest('hex')}"`);
    running.clock.set(START + 29_000);
    const same = await client.manifestResponse(STREAM, { 'if-none-match': etag });
    expect([same.status, await same.text()]).toEqual([304, '']);
    running.clock.set(START + 30_000);
    expect((await client.manifestResponse(STREAM, { 'if-none-match': etag })).status).toBe(200);
    await declareNew(running);
    expect((await client.manifest(STREAM)).head).toBe(1);
  });

  test('a manifest never goes back, though the clock does', async () => {
    const { running, client } = await follow();
    const { signedAt } = await client.manifest(STREAM);
    await declareNew(running);
    running.clock.set(START - 20_000);
    expect((await client.manifest(STREAM)).signedAt).toBeGreaterThanOrEqual(signedAt);
  });

  test('a segment is immutable, in byte ranges, and unknown ones are 404', async () => {
    const { running, client } = await follow();
    await declareNew(running);
    await running.cloud.replicator.sealDue();
    const [info] = (await client.manifest(STREAM)).segments;
    const hash = info?.hash ?? '';
    const whole = await client.segmentResponse(STREAM, hash);
    expect(whole.headers.get('cache-control')).toContain('immutable');
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
    expect(bytes.length).toBe(info?.bytes);
    const part = await client.segmentResponse(STREAM, hash, { range: 'bytes=10-' });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10));
    const suffix = await client.segmentResponse(STREAM, hash, { range: 'bytes=-4' });
    expect(Buffer.from(await suffix.arrayBuffer())).toEqual(bytes.subarray(-4));
    const past = await client.segmentResponse(STREAM, hash, { range: 'bytes=999999-' });
    expect(past.status).toBe(416);
    const odd = await client.segmentResponse(STREAM, hash, { range: 'bytes=0-1,3-4' });
    expect(odd.status).toBe(200);
    const none = await client.segmentResponse(STREAM, '0'.repeat(64));
    expect([none.status, await codeOf(none)]).toEqual([404, 'not-found']);
  });

  test('minutes become an hour, and nothing of them is lost', async () => {
    const { running, client } = await follow();
    for (let i = 0; i < 60; i++) {
      await declareNew(running);
      running.clock.set(running.clock.now() + 60_000);
      await running.cloud.replicator.sealDue();
    }
    const { segments } = await client.manifest(STREAM);
    expect(segments).toMatchObject([{ level: 'hour', from: 0, to: 60 }]);
    const segment = await client.segment(STREAM, segments[0]?.hash ?? '');
    expect(segment.kind === 'status' && segment.entries).toHaveLength(60);
    if (segment.kind === 'status') {
      expect(segment.entries.every((one) => colourAt(one, epochMs(START)) === 'green')).toBe(true);
    }
  });

  test('a merge is cut where one segment could not hold it', () => {
    const run = [0, 150_000, 190_000, 250_000].map((from, i, all) => ({
      level: 'minute' as const,
      from,
      to: all[i + 1] ?? 260_000,
      hash: `${i}`,
      bytes: 1,
    }));
    const merge = { level: 'minute', into: 'hour', count: 4 } as const;
    expect(fullRun(run, merge).map((one) => one.to)).toEqual([150_000, 190_000]);
    expect(fullRun(run.slice(1), merge)).toEqual([]);
  });
});
