import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaKey } from '@greengate/contracts/ids';
import { CONTROL } from '@greengate/contracts/replica/streams';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, spreadOf } from '../stats.ts';
import {
  controlSegment,
  keyOf,
  manifest,
  REGION,
  rootKey,
  statusOf,
  statusSegment,
  words,
} from './cloud.ts';
import type { Gateway, Store } from './gateway.ts';
import { plainTable } from './plain-table.ts';

const rowsCount = 10_000_000;
const plainRowsCount = 1_000_000;
const segmentRowsCount = 200_000;
const lookupsCount = 100_000;
const bytesARowMax = 48;
const lookupMicrosecondsMax = 20;
const rowsASecondMin = 150_000;
export const sealKey = new Uint8Array(32).fill(7);

/** Ten million statuses, loaded in the order of their keys as a region's first segments are, and looked up at random. */
export async function benchRows(gateway: Gateway, folder: string): Promise<BenchResult[]> {
  const file = join(folder, 'replica.db');
  const { store, ms } = await filled(gateway, file, rowsCount);
  store.close();
  const plain = plainTable(gateway, join(folder, 'plain.db'), plainRowsCount);
  const view = gateway.openReplicaView(file, sealKey);
  const ours = lookups((key) => view.status(key), rowsCount);
  view.close();
  const theirs = lookups(plain.look, plainRowsCount);
  plain.close();
  const rate = { name: 'sorted load', unit: 'rows/s', value: (rowsCount / ms) * 1000 };
  const bytes = {
    name: 'bytes a row, seal and pages included',
    unit: 'bytes',
    value: statSync(file).size / rowsCount,
  };
  const look = (rank: 'median' | 'p99') => ({
    name: `look-up of 10 M with the usual cache of 2 MB, ${rank}`,
    unit: 'µs',
    value: ours[rank],
    better: 'lower' as const,
  });
  const named = (name: string) => ({ name: `plain table: ${name}` });
  return [
    againstTarget({ ...rate, better: 'higher' }, rowsASecondMin),
    againstPeer(
      { ...rate, name: 'sorted load, verified, against the insert alone', better: 'higher' },
      { ...named('a row a status'), value: plain.rowsASecond },
    ),
    againstTarget({ ...bytes, better: 'lower' }, bytesARowMax),
    againstPeer(
      { ...bytes, name: 'bytes a row, against a plain one', better: 'lower' },
      { ...named('no seal'), value: plain.bytesARow },
    ),
    againstTarget(look('p99'), lookupMicrosecondsMax),
    againstPeer(look('median'), { ...named('1 M rows, no seal'), value: theirs.median }),
    // What else runs on the machine is in both tails.
    againstPeer(
      { ...look('p99'), name: 'look-up, p99, against a plain one' },
      { ...named('1 M rows'), value: theirs.p99 },
    ),
  ];
}

/** A store with `count` statuses at version `count`, and how long the segments took to verify and apply. */
export async function filled(
  gateway: Gateway,
  file: string,
  count: number,
): Promise<{ store: Store; ms: number }> {
  const store = gateway.openReplicaStore({ file, rootKey, sealKey }, gateway.createNodeCrypto());
  const must = (result: { ok: boolean }) => {
    if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`);
  };
  must(store.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
  must(await store.offerSegment(CONTROL, controlSegment(), undefined, () => sleep(0)));
  must(store.offerManifest(REGION, manifest(REGION, { head: count })));
  let ms = 0;
  for (let from = 0; from < count; from += segmentRowsCount) {
    const to = Math.min(count, from + segmentRowsCount);
    const entries = Array.from({ length: to - from }, (_, i) => ({
      ver: to,
      key: keyOf(from + i, count),
      ...statusOf(from + i, (from + i) % 60),
    }));
    const bytes = statusSegment(REGION, { from, to, head: count }, entries);
    const start = performance.now();
    must(await store.offerSegment(REGION, bytes, undefined, () => Promise.resolve()));
    ms += performance.now() - start;
    // Statements of libSQL are let go on macrotasks only.
    await sleep(0);
  }
  return { store, ms };
}

function lookups(look: (key: ReplicaKey) => unknown, count: number) {
  const samples: number[] = [];
  const random = words(11);
  const keys = Array.from({ length: lookupsCount }, () => keyOf(random() % count, count));
  for (const key of keys) {
    const start = performance.now();
    const found = look(key);
    samples.push((performance.now() - start) * 1000);
    if (found === undefined) throw new Error('a row is missing');
  }
  return spreadOf(samples);
}
