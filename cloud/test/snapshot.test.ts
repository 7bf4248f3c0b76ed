import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { regionStream } from '@greengate/contracts/replica/streams';
import { describe, expect, test } from 'vitest';
import { longerThan, partsFor, snapshotStream } from '../src/replicate/snapshot.ts';
import { replicaClient } from './replica-client.ts';
import { HEALTHY, REGION, type RunningCloud, runCloud, sha256 } from './running-cloud.ts';

const STREAM = regionStream(REGION);
const ILL = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };

async function follow() {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const snapshot = (changesCountMin: number, partRowsCount: number) =>
    snapshotStream({ ...running, sha256 }, STREAM, { changesCountMin, partRowsCount });
  return { running, client, snapshot };
}

async function declare(running: RunningCloud, holder: string, body: object): Promise<void> {
  running.clock.set(running.clock.now() + 1000);
  await running.call(holder, 'POST', '/v1/declarations', body);
}

const byKey = (all: readonly StatusEntry[]) => [...all].sort((a, b) => (a.key < b.key ? -1 : 1));

describe('a snapshot', () => {
  test('holds how every status stood, in parts by key; the next one is made from it', async () => {
    const { running, client, snapshot } = await follow();
    const holders = await Promise.all(Array.from({ length: 12 }, () => running.newHolder()));
    for (const holder of holders) await declare(running, holder, HEALTHY);
    await running.cloud.replicator.sealDue();
    expect((await client.manifest(STREAM)).snapshot).toBeNull();

    const read = async () => {
      const manifest = await client.manifest(STREAM);
      const parts = await Promise.all(
        (manifest.snapshot?.parts ?? []).map(({ hash }) => client.segment(STREAM, hash)),
      );
      return { manifest, parts };
    };
    await snapshot(12, 4);
    const first = await read();
    expect(first.manifest.snapshot?.to).toBe(12);
    expect(first.parts.map((part) => [part.level, part.part, part.parts, part.to])).toEqual(
      [0, 1, 2, 3].map((part) => ['snapshot', part, 4, 12]),
    );

    for (const holder of holders.slice(0, 5)) await declare(running, holder, ILL);
    await running.cloud.replicator.sealDue();
    // Not enough since the last: nothing is made.
    await snapshot(6, 4);
    expect((await read()).manifest.snapshot?.to).toBe(12);
    await snapshot(5, 100);
    const second = await read();
    expect(second.manifest.snapshot?.to).toBe(17);
    expect(second.parts).toHaveLength(1);
    const entries = second.parts.flatMap((part) => (part.kind === 'status' ? part.entries : []));
    const log = await running.store.changes(STREAM, 0, 17, 100);
    const latest = new Map(log.map((one) => [one.key, { ...one, ver: 17 }]));
    expect(entries).toEqual(byKey([...latest.values()]));
    expect(entries.filter(({ colour }) => colour !== 'green')).toHaveLength(5);
    // Parts of the one before are served on for who holds the old manifest.
    const before = first.manifest.snapshot?.parts[0]?.hash ?? '';
    expect((await client.segmentResponse(STREAM, before)).status).toBe(200);
  });

  test('one that was broken off is not in the manifest, and the next one is whole', async () => {
    const { running, client, snapshot } = await follow();
    const holders = await Promise.all(Array.from({ length: 6 }, () => running.newHolder()));
    for (const holder of holders) await declare(running, holder, HEALTHY);
    await running.cloud.replicator.sealDue();
    const { store } = running;
    let parts = 0;
    const broken = {
      ...store,
      addPart: (...part: Parameters<typeof store.addPart>) => {
        parts += 1;
        return parts === 2 ? Promise.reject(new Error('killed')) : store.addPart(...part);
      },
    };
    const deps = { ...running, sha256, store: broken };
    const limits = { changesCountMin: 6, partRowsCount: 2 };
    await expect(snapshotStream(deps, STREAM, limits)).rejects.toThrow('killed');
    expect((await client.manifest(STREAM)).snapshot).toBeNull();
    await sleep(0);
    await snapshot(6, 2);
    expect((await client.manifest(STREAM)).snapshot?.parts).toHaveLength(4);
  });

  test('segments that are longer to read than the snapshot leave the manifest, the newest never', () => {
    const snapshot = { to: 30, parts: [{ hash: 'p', bytes: 150 }] };
    const run = [0, 10, 20, 30].map((from) => ({
      ...{ level: 'day' as const, from, to: from + 10, hash: `${from}`, bytes: 60 },
    }));
    expect(longerThan(snapshot, run)).toEqual(['10', '0']);
    expect(longerThan({ ...snapshot, to: 15 }, run)).toEqual(['0']);
    const [only] = run.map((one) => ({ ...one, bytes: 9000 }));
    expect(longerThan(snapshot, only ? [only] : [])).toEqual([]);
  });

  test('has a power of two of parts, and no more than a manifest lists', () => {
    expect([0, 1, 80, 81, 200, 1e9].map((rows) => partsFor(rows, 80))).toEqual([
      1, 1, 1, 2, 4, 256,
    ]);
  });
});
