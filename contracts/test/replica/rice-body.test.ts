import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import { COLOURS } from '../../src/code/colour.ts';
import { type ReplicaKey, replicaKeySchema } from '../../src/ids.ts';
import { segmentBytesMax, segmentEntriesCountMax } from '../../src/limits.ts';
import { bitReader, bitWriter } from '../../src/replica/bits.ts';
import { decodeRiceBody, encodeRiceBody } from '../../src/replica/rice-body.ts';
import type { StatusEntry } from '../../src/replica/status-entry.ts';
import { epochMs } from '../../src/time.ts';
import { must, refused } from '../refused.ts';
import { flipped, NOW } from '../sample-codes.ts';

const TO = 900;
const keyOf = (n: bigint): ReplicaKey => replicaKeySchema.parse(n.toString(16).padStart(16, '0'));
const spread = (n: number): ReplicaKey =>
  keyOf((BigInt(n) * 0x9e3779b97f4a7c15n + 0x1234567n) % 2n ** 64n);

function entry(key: ReplicaKey, fields: Partial<StatusEntry> = {}): StatusEntry {
  return { ver: TO, key, colour: 'green', nextColour: 'yellow', validUntil: NOW, ...fields };
}

const byKey = (all: readonly StatusEntry[]) => [...all].sort((a, b) => (a.key < b.key ? -1 : 1));

/** Keys that lie close together, far apart and at both ends. */
const arbitraryKey = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 2n ** 64n - 300n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 2n ** 32n - 5n, max: 2n ** 32n + 5n }),
);
const arbitraryEntries = fc
  .uniqueArray(
    fc.record({
      key: arbitraryKey.map(keyOf),
      colour: fc.constantFrom(...COLOURS),
      nextColour: fc.constantFrom(...COLOURS),
      validUntil: fc
        .oneof(fc.constantFrom(0, 1_583_020_800, 0xffff_ffff), fc.integer({ min: 0, max: 2 ** 31 }))
        .map((seconds) => epochMs(seconds * 1000)),
    }),
    { selector: (row) => row.key, maxLength: 60 },
  )
  .map((rows) => rows.map((row) => ({ ver: TO, ...row })));

describe('what is sealed comes back', () => {
  test('any rows, by key, with the version of the segment', () => {
    fc.assert(
      fc.property(arbitraryEntries, (rows) => {
        expect(must(decodeRiceBody(encodeRiceBody(rows), TO))).toEqual(byKey(rows));
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, 2, 1000, 20_000])('%i random keys of some fates', (count) => {
    const rows = Array.from({ length: count }, (_, i) =>
      entry(spread(i), {
        colour: COLOURS[i % 4] ?? 'red',
        validUntil: epochMs(NOW + (i % 7) * 60_000),
      }),
    );
    expect(must(decodeRiceBody(encodeRiceBody(rows), TO))).toEqual(byKey(rows));
  });

  test('the order of the rows does not matter, a key twice is a bug and thrown', () => {
    const rows = [3, 1, 2].map((n) => entry(spread(n)));
    expect(encodeRiceBody(rows)).toEqual(encodeRiceBody(byKey(rows)));
    expect(() => encodeRiceBody([entry(spread(1)), entry(spread(1))])).toThrow(RangeError);
  });

  test('17,361 changes of a minute take less than 7 bytes each', () => {
    const rows = Array.from({ length: 17_361 }, (_, i) =>
      entry(spread(i), { colour: i % 50 === 0 ? 'yellow' : 'green' }),
    );
    expect(encodeRiceBody(rows).length / rows.length).toBeLessThan(6.7);
  });

  test('the largest segment fits the limit in bytes, even when every row has a fate of its own', () => {
    // Rows, first key; then a fate of 70 bits and one gap of at most 66 for each.
    expect(12 + (segmentEntriesCountMax * (70 + 66)) / 8 + 1024).toBeLessThan(segmentBytesMax);
  });
});

describe('a body that is not one is "segment-malformed"', () => {
  const good = encodeRiceBody([1, 2, 3, 4, 5].map((n) => entry(spread(n))));

  test('every cut, and a byte behind', () => {
    for (let length = 0; length < good.length; length++) {
      expect(refused(decodeRiceBody(good.subarray(0, length), TO))).toBe('segment-malformed');
    }
    expect(refused(decodeRiceBody(concatBytes(good, Uint8Array.of(0)), TO))).toBe(
      'segment-malformed',
    );
  });

  /** Fates as they are on the wire: colours or `same`, seconds, rows, k, and the gaps as text of bits. */
  function body(
    rows: number,
    first: bigint,
    ...fates: [number | 'same', number, number, number, string][]
  ) {
    const out = bitWriter();
    out.put(rows, 32);
    out.put(Number(first >> 32n), 32);
    out.put(Number(first & 0xffff_ffffn), 32);
    for (const [bits, seconds, own, k, gaps] of fates) {
      if (bits === 'same') {
        out.put(0, 1);
        out.putGamma(seconds);
      } else {
        out.put(16 + bits, 5);
        out.put(seconds, 32);
      }
      out.putGamma(own);
      out.put(k, 6);
      for (const bit of gaps) out.put(Number(bit), 1);
    }
    out.align();
    return out.bytes();
  }
  const last = 2n ** 64n - 1n;

  test('the sample itself is well formed', () => {
    const made = body(3, 5n, [1, 60, 2, 0, '010'], ['same', 1, 1, 2, '001']);
    expect(must(decodeRiceBody(made, TO)).map(({ key }) => key)).toEqual([5n, 6n, 7n].map(keyOf));
  });

  test.each<[string, Uint8Array]>([
    ['more rows than a segment may have', body(segmentEntriesCountMax + 1, 0n)],
    ['more rows than its bytes can hold', body(1000, 0n, [1, 0, 1000, 0, '0'])],
    ['fewer rows than it announces', body(2, 0n, [1, 0, 1, 0, '0000000'])],
    ['a fate of more rows than are left', body(1, 0n, [1, 0, 2, 0, '00'])],
    ['colours twice', body(2, 0n, [1, 0, 1, 0, '0'], [1, 9, 1, 0, '10'])],
    ['colours that fall', body(2, 0n, [2, 9, 1, 0, '0'], [1, 8, 1, 0, '10'])],
    ['the colours of no fate before', body(1, 0n, ['same', 9, 1, 0, '0'])],
    ['an end past 2106', body(2, 0n, [1, 0xffff_ffff, 1, 0, '0'], ['same', 1, 1, 0, '10'])],
    ['a key of two fates', body(2, 0n, [1, 0, 1, 0, '0'], [2, 0, 1, 0, '0'])],
    ['a key past the last', body(1, last, [1, 0, 1, 0, '10'])],
    ['a second key past the last', body(2, last, [1, 0, 2, 0, '00'])],
    [
      'padding that is not zero',
      concatBytes(good.subarray(0, -1), Uint8Array.of((good.at(-1) ?? 0) | 1)),
    ],
  ])('%s', (_, bytes) => {
    expect(refused(decodeRiceBody(bytes, TO))).toBe('segment-malformed');
  });

  test('T16 any bytes, and any bit of a good body turned: rows or a refusal, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.tuple(arbitraryEntries, fc.nat()).map(([rows, n]) => {
            const bytes = encodeRiceBody(rows);
            return flipped(bytes, n % (bytes.length * 8));
          }),
        ),
        (bytes) => {
          const rows = decodeRiceBody(bytes, TO);
          if (rows.ok) expect(rows.value).toEqual(byKey(rows.value));
          else expect(rows.refusal.code).toBe('segment-malformed');
        },
      ),
      { numRuns: Number(process.env['FC_RUNS'] ?? 2000) },
    );
  });
});

describe('bits', () => {
  test('any numbers of any width come back', () => {
    const piece = fc.oneof(
      fc
        .tuple(fc.nat({ max: 0xffff_ffff }), fc.integer({ min: 1, max: 32 }))
        .map(([value, width]) => ({ value: value % 2 ** width, width })),
      fc.nat({ max: 200 }).map((ones) => ({ ones })),
      fc.integer({ min: 1, max: 2 ** 31 }).map((gamma) => ({ gamma })),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const out = bitWriter();
        for (const one of pieces) {
          if ('ones' in one) out.putUnary(one.ones);
          else if ('gamma' in one) out.putGamma(one.gamma);
          else out.put(one.value, one.width);
        }
        out.align();
        const bits = bitReader(out.bytes());
        for (const one of pieces) {
          if ('ones' in one) expect(bits.takeUnary(200)).toBe(one.ones);
          else if ('gamma' in one) expect(bits.takeGamma()).toBe(one.gamma);
          else expect(bits.take(one.width)).toBe(one.value);
        }
        bits.align();
        expect([bits.left(), bits.spoilt()]).toEqual([0, false]);
        bits.take(1);
        expect(bits.spoilt()).toBe(true);
      }),
    );
  });
});
