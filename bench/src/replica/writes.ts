import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult } from '../report.ts';
import { keyOf, REGION, statusOf, statusSegment, words } from './cloud.ts';
import type { Gateway, Store } from './gateway.ts';
import { filled } from './rows.ts';

const peopleCount = 1_000_000;
const changesCount = 3500;
const segmentsCount = 24;

/**
 * What the store writes for a changed row, WAL and checkpoint together: for 24 segments of random keys applied as they come; and as
 * an overlay would, gathered in a small store of its own and folded in once, in the order of the keys.
 */
export async function benchWrites(gateway: Gateway, folder: string): Promise<BenchResult[]> {
  const random = words(3);
  const batches = Array.from({ length: segmentsCount }, (_, batch) => {
    const people = new Set(Array.from({ length: changesCount }, () => random() % peopleCount));
    return [...people].map((n) => ({ n, minute: batch }));
  });
  const base = await filled(gateway, join(folder, 'base.db'), peopleCount);
  const direct = await bytesFor(base.store, peopleCount, batches);
  const small = await filled(gateway, join(folder, 'overlay.db'), 1);
  const gathered = await bytesFor(small.store, 1, batches);
  const last = new Map(batches.flat().map((change) => [change.n, change]));
  const folded = await bytesFor(base.store, peopleCount + segmentsCount ** 2 * changesCount, [
    [...last.values()],
  ]);
  base.store.close();
  small.store.close();
  const changes = batches.flat().length;
  const result = (name: string, bytes: number) => ({
    name: `bytes written a changed row, 1 M rows: ${name}`,
    unit: 'bytes',
    value: bytes / changes,
  });
  return [
    result('as they come', direct),
    result('in an overlay, folded in after 24 segments', gathered + folded),
  ];
}

/** Applies each batch as one segment; answers the bytes that the process wrote meanwhile. */
async function bytesFor(
  store: Store,
  start: number,
  batches: readonly (readonly { n: number; minute: number }[])[],
): Promise<number> {
  const before = written();
  let from = start;
  for (const batch of batches) {
    const to = from + changesCount * segmentsCount;
    const entries = batch.map(({ n, minute }) => ({
      ver: to,
      key: keyOf(n, peopleCount),
      ...statusOf(n, minute),
    }));
    const bytes = statusSegment(REGION, { from, to, level: 'minute' }, entries);
    const applied = await store.offerSegment(REGION, bytes, undefined, () => Promise.resolve());
    if (!applied.ok) throw new Error(`refused: ${JSON.stringify(applied)}`);
    from = to;
  }
  return written() - before;
}

function written(): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
}
