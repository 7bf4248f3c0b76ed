import type { ReplicaKey } from '@greengate/contracts/ids';
import { addToSums, type DigestSums } from '@greengate/contracts/replica/digests';
import { type Leaf, neighbour } from './leaf.ts';
import { digestRowAt, isFormer, keyAt, ROW_BYTES, verAt } from './leaf-row.ts';
import type { LeafMark, LeafTable } from './leaf-table.ts';

/** What was read of one bucket of a stream. */
export interface ReadBucket {
  readonly rows: number;
  /** False: something of it is not what a stream that is caught up holds, whatever its sum says. */
  readonly sound: boolean;
}

/**
 * Adds the rows of a bucket to its sum. Rows that are past `cursor` are what no stream can hold there: they would keep
 * changes out that are still to come. Throws `LeafDamage`.
 */
export function readBucket(
  table: LeafTable,
  bucket: number,
  of: LeafMark,
  cursor: number,
  sums: DigestSums,
): ReadBucket {
  const { low, high } = bucketKeys(bucket);
  const read = { rows: 0, sound: true };
  for (const leaf of table.covering(low, high, of.stream)) {
    const { rows } = leaf;
    if (leaf.hole || leaf.generation !== of.generation) read.sound = false;
    for (let at = 0; at < rows.length; at += ROW_BYTES) {
      if (rows[at] !== bucket) continue;
      read.rows += 1;
      if (isFormer(rows, at) || verAt(rows, at) > cursor) read.sound = false;
      addToSums(sums, digestRowAt(rows, at));
    }
  }
  return read;
}

/** Takes all rows of a bucket away: until they are there again its keys are unknown. Throws `LeafDamage`. */
export function digBucket(table: LeafTable, bucket: number, of: LeafMark): void {
  const { stream, ...renewal } = of;
  const { low, high } = bucketKeys(bucket);
  const leaves = table.covering(low, high, stream);
  const [first, last] = [leaves[0], leaves.at(-1)];
  const before = neighbour(low, -1);
  const after = neighbour(high, 1);
  const made: Leaf[] = [{ ...renewal, low, high, hole: true, rows: Buffer.alloc(0) }];
  if (first && before && first.low < low) made.push(cutLeaf(first, first.low, before));
  if (last && after && last.high > high) made.push(cutLeaf(last, after, last.high));
  table.replace(leaves, made, stream);
}

/** What a bucket that was dug does not hold is absent from now on. Throws `LeafDamage`. */
export function closeBucket(table: LeafTable, bucket: number, stream: string): void {
  const { low, high } = bucketKeys(bucket);
  const holes = table.covering(low, high, stream).filter(({ hole }) => hole);
  table.replace(
    holes,
    holes.map((leaf) => ({ ...leaf, hole: false })),
    stream,
  );
}

function bucketKeys(bucket: number): { low: ReplicaKey; high: ReplicaKey } {
  const start = bucket.toString(16).padStart(2, '0');
  return { low: start.padEnd(16, '0') as ReplicaKey, high: start.padEnd(16, 'f') as ReplicaKey };
}

function cutLeaf(leaf: Leaf, low: ReplicaKey, high: ReplicaKey): Leaf {
  const rows: Buffer[] = [];
  for (let at = 0; at < leaf.rows.length; at += ROW_BYTES) {
    const key = keyAt(leaf.rows, at);
    if (key >= low && key <= high) rows.push(leaf.rows.subarray(at, at + ROW_BYTES));
  }
  return { ...leaf, low, high, rows: Buffer.concat(rows) };
}
