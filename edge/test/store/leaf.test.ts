import { COLOURS } from '@greengate/contracts/code/colour';
import { type ReplicaKey, replicaKeySchema } from '@greengate/contracts/ids';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafRowsCountMax } from '../../src/limits.ts';
import {
  decodeLeaf,
  encodeLeaf,
  FIRST_KEY,
  LAST_KEY,
  type Leaf,
  lookUp,
  mergeLeaf,
  sweepLeaf,
} from '../../src/store/leaf.ts';
import { packRows, ROW_BYTES } from '../../src/store/leaf-row.ts';
import { createSeal } from '../../src/store/seal.ts';
import { SEAL_KEY } from '../fixtures/replica.ts';

const seal = createSeal(SEAL_KEY);
const STREAM = 'region/330100';
const EMPTY: Leaf = {
  ...{ low: FIRST_KEY, high: LAST_KEY, epoch: 1, generation: 1, hole: false },
  rows: Buffer.alloc(0),
};

const keys: ReplicaKey[] = ['0', '1', '7fffffffffffffff', '8000000000000000', 'f'.repeat(16)].map(
  (text) => replicaKeySchema.parse(text.padStart(16, '0')),
);
const key = fc.oneof(
  fc.constantFrom(...keys),
  fc.integer({ min: 0, max: 300 }).map((n) => {
    const spread = (BigInt(n) * 0x9e3779b97f4a7c15n) % 2n ** 64n;
    return replicaKeySchema.parse(spread.toString(16).padStart(16, '0'));
  }),
);
const entries = fc
  .uniqueArray(
    fc.record({
      key,
      ver: fc.integer({ min: 1, max: 2 ** 47 }),
      colour: fc.constantFrom(...COLOURS),
      nextColour: fc.constantFrom(...COLOURS),
      validUntil: fc.integer({ min: 0, max: 0xffff_ffff }).map((s) => epochMs(s * 1000)),
    }),
    { selector: (entry) => entry.key, maxLength: 150 },
  )
  .map((all) => all.sort((a, b) => (a.key < b.key ? -1 : 1)));

/** Lays a batch over leaves that stand end to end, as the table does. */
function lay(leaves: Leaf[], batch: readonly StatusEntry[], generation: number): Leaf[] {
  return leaves.flatMap((leaf) => {
    const own = batch.filter((entry) => entry.key >= leaf.low && entry.key <= leaf.high);
    if (own.length === 0) return [leaf];
    return mergeLeaf(leaf, packRows(own), { epoch: 1, generation }) ?? [leaf];
  });
}

function find(leaves: readonly Leaf[], wanted: ReplicaKey) {
  const leaf = leaves.find(({ low, high }) => low <= wanted && wanted <= high);
  return leaf && lookUp(encodeLeaf(leaf, STREAM, seal), wanted, STREAM, seal);
}

function expectWhole(leaves: readonly Leaf[]): void {
  expect([leaves[0]?.low, leaves.at(-1)?.high]).toEqual([FIRST_KEY, LAST_KEY]);
  for (const [i, leaf] of leaves.entries()) {
    expect(leaf.rows.length / ROW_BYTES).toBeLessThanOrEqual(leafRowsCountMax);
    const before = leaves[i - 1];
    if (before) expect(BigInt(`0x${leaf.low}`) - BigInt(`0x${before.high}`)).toBe(1n);
  }
}

describe('leaves against a map', () => {
  test('any batches, a renewal and a sweep: the newest version of each key, and no other', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 4 }), entries, (before, after) => {
        let leaves = [EMPTY];
        const held = new Map<string, StatusEntry>();
        for (const batch of before) {
          leaves = lay(leaves, batch, 1);
          for (const entry of batch) {
            if ((held.get(entry.key)?.ver ?? -1) < entry.ver) held.set(entry.key, entry);
          }
        }
        expectWhole(leaves);
        leaves = lay(leaves, after, 2);
        const both = new Map([...held, ...after.map((entry) => [entry.key, entry] as const)]);
        const statusOf = ({ key: _, ...status }: StatusEntry) => status;
        for (const entry of both.values()) expect(find(leaves, entry.key)).toEqual(statusOf(entry));
        const renewal = { epoch: 1, generation: 2 };
        const swept = leaves.map((leaf) => sweepLeaf(leaf, renewal) ?? leaf);
        expectWhole(swept);
        const renewed = new Map(after.map((entry) => [entry.key, entry]));
        for (const wanted of both.keys()) {
          const entry = renewed.get(wanted as ReplicaKey);
          expect(find(swept, wanted as ReplicaKey)).toEqual(entry ? statusOf(entry) : 'absent');
        }
        for (const leaf of swept) expect(sweepLeaf(leaf, renewal)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('what brings nothing new writes nothing', () => {
    fc.assert(
      fc.property(entries, (batch) => {
        for (const leaf of lay([EMPTY], batch, 1)) {
          const own = batch.filter(({ key: k }) => k >= leaf.low && k <= leaf.high);
          expect(mergeLeaf(leaf, packRows(own), leaf)).toBeUndefined();
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a seal', () => {
  const entry: StatusEntry = {
    ...{ key: keys[2] ?? FIRST_KEY, ver: 5, colour: 'red', nextColour: 'yellow' },
    validUntil: epochMs(1_583_020_800_000),
  };
  const [leaf = EMPTY] = lay([EMPTY], [entry], 1);
  const bytes = encodeLeaf(leaf, STREAM, seal);

  test('F13 every bit of a leaf turned: unknown, never another colour and never absent', () => {
    expect(lookUp(bytes, entry.key, STREAM, seal)).toMatchObject({ colour: 'red', ver: 5 });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bad = Buffer.from(bytes);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      for (const wanted of keys) expect(lookUp(bad, wanted, STREAM, seal)).toBe('unknown');
      expect(decodeLeaf(bad, STREAM, seal)).toBeUndefined();
    }
  });

  test('of another stream, another key or a cut leaf does not hold', () => {
    expect(lookUp(bytes, entry.key, 'red', seal)).toBe('unknown');
    const other = createSeal(new Uint8Array(32).fill(8));
    expect(lookUp(bytes, entry.key, STREAM, other)).toBe('unknown');
    for (let length = 0; length < bytes.length; length++) {
      expect(lookUp(bytes.subarray(0, length), entry.key, STREAM, seal)).toBe('unknown');
    }
  });

  test('a leaf that does not answer for a key does not say that it is absent', () => {
    const [first, second] = lay(
      [EMPTY],
      Array.from({ length: 60 }, (_, i) => ({
        ...entry,
        key: replicaKeySchema.parse((i + 1).toString(16).padStart(16, '0')),
      })),
      1,
    );
    if (!first || !second) throw new Error('one leaf');
    expect(lookUp(encodeLeaf(second, STREAM, seal), first.low, STREAM, seal)).toBe('unknown');
    expect(lookUp(encodeLeaf(first, STREAM, seal), second.high, STREAM, seal)).toBe('unknown');
  });

  test('a hole knows what it holds, and nothing of the rest', () => {
    const hole = encodeLeaf({ ...leaf, hole: true }, STREAM, seal);
    expect(lookUp(hole, entry.key, STREAM, seal)).toMatchObject({ colour: 'red' });
    expect(lookUp(hole, FIRST_KEY, STREAM, seal)).toBe('unknown');
  });
});
