import {
  addToSums,
  DIGEST_BUCKETS_COUNT,
  decodeDigests,
  digestRow,
  emptySums,
} from '@greengate/contracts/replica/digests';
import { decodeSegment, partOf } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, regionStream } from '@greengate/contracts/replica/streams';
import { describe, expect, test } from 'vitest';
import { makeRation } from '../src/replicate/ration.ts';
import { snapshotStream } from '../src/replicate/snapshot.ts';
import {
  checkOf,
  codeOf,
  HEALTHY,
  REGION,
  type RunningCloud,
  runCloud,
  sha256,
} from './running-cloud.ts';

const STREAM = regionStream(REGION);
const ILL = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };

async function follow() {
  const running = await runCloud();
  const key = await running.enrol();
  const check = checkOf(running.keys.replica.publicKey);
  // A busy machine is asked again, as gateways do.
  const get = async (path: string): Promise<Response> => {
    const response = await running.signed(key, 'GET', `/v1/replica/${path}`);
    return response.status === 503 ? get(path) : response;
  };
  const name = encodeURIComponent(STREAM);
  return {
    running,
    digestsResponse: (ver: number, epoch = 1) => get(`digests/${name}/${epoch}/${ver}`),
    bucketResponse: (ver: number, bucket: string | number, epoch = 1) =>
      get(`bucket/${name}/${epoch}/${ver}/${bucket}`),
    get,
    async digests(ver: number) {
      const bytes = await bytesOf(await this.digestsResponse(ver));
      const digests = decodeDigests(bytes, { stream: STREAM, epoch: 1, ver }, sha256, check);
      if (!digests.ok) throw new Error(digests.refusal.code);
      return digests.value.sums;
    },
    async bucket(ver: number, bucket: number) {
      const segment = decodeSegment(
        await bytesOf(await this.bucketResponse(ver, bucket)),
        STREAM,
        sha256,
        check,
      );
      if (!segment.ok || segment.value.kind !== 'status') throw new Error('no bucket');
      return segment.value;
    },
  };
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function declare(running: RunningCloud, holder: string, body: object): Promise<void> {
  running.clock.set(running.clock.now() + 1000);
  const { status } = await running.call(holder, 'POST', '/v1/declarations', body);
  if (status === 503) await declare(running, holder, body);
  else expect(status).toBeLessThan(300);
}

async function stoodAt(running: RunningCloud, ver: number): Promise<readonly StatusEntry[]> {
  const log = await running.store.changes(STREAM, 0, ver, 1000);
  return [...new Map(log.map((one) => [one.key, one])).values()];
}

function sumsOf(entries: readonly StatusEntry[]) {
  const sums = emptySums();
  for (const entry of entries) addToSums(sums, digestRow(entry));
  return sums;
}

describe('checksums of how a stream stood', () => {
  test('at every version, with and without a snapshot, asked for at once or one by one', async () => {
    const client = await follow();
    const { running } = client;
    const holders = await Promise.all(Array.from({ length: 9 }, () => running.newHolder()));
    for (const holder of holders) await declare(running, holder, HEALTHY);
    expect(await client.digests(0)).toEqual(emptySums());
    const first = await Promise.all([9, 3, 5].map((ver) => client.digests(ver)));
    for (const [i, ver] of [9, 3, 5].entries()) {
      expect(first[i]).toEqual(sumsOf(await stoodAt(running, ver)));
    }
    await running.cloud.replicator.sealDue();
    await snapshotStream({ ...running, sha256 }, STREAM, { changesCountMin: 9, partRowsCount: 2 });
    for (const holder of holders.slice(0, 4)) await declare(running, holder, ILL);
    const [late, base, middle] = await Promise.all([13, 9, 11].map((ver) => client.digests(ver)));
    expect(base).toEqual(first[0]);
    expect(late).toEqual(sumsOf(await stoodAt(running, 13)));
    expect(middle).toEqual(sumsOf(await stoodAt(running, 11)));
  });

  test('a bucket is a part of a snapshot at that version, and all buckets are all there is', async () => {
    const client = await follow();
    const { running } = client;
    const holders = await Promise.all(Array.from({ length: 6 }, () => running.newHolder()));
    for (const holder of holders) await declare(running, holder, HEALTHY);
    await running.cloud.replicator.sealDue();
    await snapshotStream({ ...running, sha256 }, STREAM, { changesCountMin: 6, partRowsCount: 2 });
    for (const holder of holders.slice(0, 3)) await declare(running, holder, ILL);
    for (const ver of [6, 8, 9]) {
      const stood = await stoodAt(running, ver);
      const wanted = new Set(stood.map(({ key }) => partOf(key, { parts: DIGEST_BUCKETS_COUNT })));
      const empty = [...Array(DIGEST_BUCKETS_COUNT).keys()].find((one) => !wanted.has(one)) ?? 0;
      expect((await client.bucket(ver, empty)).entries).toEqual([]);
      const found: StatusEntry[] = [];
      for (const bucket of wanted) {
        const segment = await client.bucket(ver, bucket);
        expect(segment).toMatchObject({
          ...{ level: 'snapshot', epoch: 1, from: 0, to: ver, part: bucket, parts: 256 },
        });
        found.push(...segment.entries);
      }
      const byKey = (all: readonly StatusEntry[]) =>
        all.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      expect(byKey(found)).toEqual(byKey(stood.map((one) => ({ ...one, ver }))));
    }
  });

  test('are refused for another epoch, past the head, before the snapshot, and where there are none', async () => {
    const client = await follow();
    const { running } = client;
    const holders = await Promise.all(Array.from({ length: 4 }, () => running.newHolder()));
    for (const holder of holders) await declare(running, holder, HEALTHY);
    await running.cloud.replicator.sealDue();
    await snapshotStream({ ...running, sha256 }, STREAM, { changesCountMin: 4, partRowsCount: 2 });
    const codes = async (asked: readonly Promise<Response>[]) =>
      Promise.all(asked.map(async (one) => codeOf(await one)));
    const past = [5, 3] as const;
    expect(await codes(past.map((ver) => client.digestsResponse(ver)))).toEqual([
      'segment-gap',
      'segment-gap',
    ]);
    expect(await codes(past.map((ver) => client.bucketResponse(ver, 0)))).toEqual([
      'segment-gap',
      'segment-gap',
    ]);
    expect(await codes([client.digestsResponse(4, 2), client.bucketResponse(4, 0, 2)])).toEqual([
      'epoch-changed',
      'epoch-changed',
    ]);
    expect(
      await codes([client.get(`digests/${CONTROL}/1/1`), client.get('digests/red2/1/1')]),
    ).toEqual(['not-found', 'not-found']);
    expect(
      await codes(['256', '-1', 'x', '1.5'].map((bucket) => client.bucketResponse(4, bucket))),
    ).toEqual(Array(4).fill('request-invalid'));
    expect((await running.call('', 'GET', `/v1/replica/digests/red/1/0`)).status).toBe(401);
  });
});

describe('the ration of what nobody waits for', () => {
  test('rests nine times as long as the work took, and goes on after one that failed', async () => {
    const clock = { time: 0, now: () => clock.time as never };
    const rests: number[] = [];
    const timers = {
      after: (ms: number, done: () => void) => {
        rests.push(ms);
        const timer = setImmediate(done);
        return () => clearImmediate(timer);
      },
    };
    const ration = makeRation({ clock, timers }, 9);
    const takes = (ms: number) => async () => {
      clock.time += ms;
      return ms;
    };
    const failed = ration(async () => {
      clock.time += 5;
      throw new Error('disk');
    });
    const after = [7, 0, 3].map((ms) => ration(takes(ms)));
    await expect(failed).rejects.toThrow('disk');
    expect(await Promise.all(after)).toEqual([7, 0, 3]);
    expect(rests.slice(0, 2)).toEqual([45, 63]);
  });
});
