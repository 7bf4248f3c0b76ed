import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { COLOURS } from '../../src/code/colour.ts';
import { type ReplicaKey, replicaKeySchema } from '../../src/ids.ts';
import { digestsBytesMax } from '../../src/limits.ts';
import type { ReasonCode } from '../../src/refusals.ts';
import {
  addToSums,
  DIGEST_BUCKETS_COUNT,
  type Digests,
  decodeDigests,
  digestRow,
  digestsHeaderSchema,
  emptySums,
  encodeDigests,
  sameSum,
} from '../../src/replica/digests.ts';
import type { StatusEntry } from '../../src/replica/status-entry.ts';
import { RED } from '../../src/replica/streams.ts';
import { EPOCH_MS_MAX, epochMs } from '../../src/time.ts';
import { nodeCrypto } from '../node-crypto.ts';
import { must, refused } from '../refused.ts';
import { flipped, NOW, replicaKey } from '../sample-codes.ts';
import { block, check, encoded, STREAM } from '../sample-replica.ts';

const wanted = { stream: STREAM, epoch: 7, ver: 103 };
const digests: Digests = { ...wanted, signedAt: NOW, sums: emptySums().map((_, i) => i * 7919) };
const encode = (changes: Partial<Digests> = {}) =>
  encodeDigests({ ...digests, ...changes }, nodeCrypto.sha256, replicaKey.sign);
const decode = (bytes: Uint8Array, expected = wanted) =>
  decodeDigests(bytes, expected, nodeCrypto.sha256, check);

const key = (high: number, low: number): ReplicaKey =>
  replicaKeySchema.parse(toHex(new Uint8Array(bigEndian(high, low))));

function bigEndian(...words: readonly number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  return view.buffer;
}

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const anyEntry = fc
  .tuple(word, word, word, fc.constantFrom(...COLOURS), fc.constantFrom(...COLOURS), fc.nat())
  .map(
    ([high, low, seconds, colour, nextColour, ver]): StatusEntry => ({
      ...{ ver, key: key(high, low), colour, nextColour },
      validUntil: epochMs(seconds * 1000),
    }),
  );
const sumsOf = (entries: readonly StatusEntry[]) => {
  const sums = emptySums();
  for (const entry of entries) addToSums(sums, digestRow(entry));
  return sums;
};

describe('the sum of a bucket', () => {
  // Made by the mmh3 package of Python 5.x: hash_bytes(struct.pack('<4I', ...), 0, False).
  test.each([
    [0, 0, 0, 0, ['5a4075d6', '6b2d3d27', 'd3926c2f', 'eb228a07']],
    [1, 2, 3, 4, ['37d6ee17', '3d4a429d', '3dbb9c17', '5b64b81d']],
    [
      ...[0xa0a1a2a3, 0xa4a5a6a7, 1_700_000_000, 6],
      ['6d4fb3a7', 'dc70b323', '91053141', '720a3c29'],
    ],
    [...[0xffffffff, 0xffffffff, 0xffffffff, 15], ['de674fb0', 'eeef4d8a', 'a43d6934', '93bcd83a']],
  ] as [number, number, number, number, string[]][])(
    'of one row is MurmurHash3_x86_128 of %s %s %s %s',
    (high, low, seconds, colours, hash) => {
      const sums = emptySums();
      addToSums(sums, { high, low, seconds, colours });
      const at = (high >>> 24) * 4;
      expect([...sums.subarray(at, at + 4)].map((one) => one.toString(16))).toEqual(hash);
      expect(sums.filter((one) => one !== 0)).toHaveLength(4);
    },
  );

  test('does not depend on the order, and what is taken out was never there', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), fc.array(anyEntry), (rows, others) => {
        const there = sumsOf([...rows, ...others]);
        expect(sumsOf([...others, ...rows].toReversed())).toEqual(there);
        for (const row of others) addToSums(there, digestRow(row), -1);
        expect(there).toEqual(sumsOf(rows));
      }),
    );
  });

  test('differs where anything of one row does, but its version, and in no other bucket', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 20 }), anyEntry, anyEntry, (rows, a, b) => {
        const changed: StatusEntry = { ...b, key: a.key };
        const [before, after] = [sumsOf([...rows, a]), sumsOf([...rows, changed])];
        const { ver: _, ...old } = a;
        const { ver: __, ...fresh } = changed;
        const same =
          JSON.stringify(digestRow({ ver: 0, ...old })) ===
          JSON.stringify(digestRow({ ver: 0, ...fresh }));
        for (let bucket = 0; bucket < DIGEST_BUCKETS_COUNT; bucket++) {
          const own = bucket === Number.parseInt(a.key.slice(0, 2), 16);
          expect(sameSum(before, after, bucket)).toBe(!own || same);
        }
      }),
    );
  });
});

describe('checksums on the wire', () => {
  test('what is signed are the fields of the header, and the hash of the sums', () => {
    expect(Object.keys(digestsHeaderSchema.shape)).toEqual([
      ...Object.keys(digests).filter((name) => name !== 'sums'),
      'bodySha256',
    ]);
  });

  test('come back', () => {
    expect(must(decode(encode()))).toEqual(digests);
    expect(
      encode({ ver: Number.MAX_SAFE_INTEGER, signedAt: epochMs(EPOCH_MS_MAX) }).length,
    ).toBeLessThan(digestsBytesMax);
  });

  test('T1 no turned bit is accepted', () => {
    const whole = encode();
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      expect(refused(decode(flipped(whole, bit)))).toMatch(/^(?:block-|digests-malformed)/);
    }
  });

  test.each<[ReasonCode, string, Uint8Array]>([
    ['digests-mismatch', 'another stream', encode({ stream: RED })],
    ['digests-mismatch', 'the epoch before', encode({ epoch: 6 })],
    ['digests-mismatch', 'a version of before', encode({ ver: 102 })],
    ['digests-mismatch', 'a version of later', encode({ ver: 104 })],
    ['digests-malformed', 'a bucket too few', encode({ sums: digests.sums.subarray(4) })],
    ['digests-malformed', 'a byte behind', concatBytes(encode(), Uint8Array.of(0))],
    ['digests-malformed', 'too many bytes', new Uint8Array(digestsBytesMax + 1)],
    ['digests-malformed', 'no fields', block('GGD1', new Map(), new Uint8Array(4096))],
    [
      'digests-malformed',
      'a further field',
      block(
        'GGD1',
        new Map(Object.entries({ ...wanted, signedAt: NOW, bodySha256: 'a'.repeat(64), extra: 1 })),
        new Uint8Array(4096),
      ),
    ],
    ['block-malformed', 'a segment', encoded()],
    ['block-truncated', 'nothing', new Uint8Array(0)],
  ])('%s: %s', (reason, _, bytes) => {
    expect(refused(decode(bytes))).toBe(reason);
  });

  test('any bytes, and any header and body that are truly signed: a refusal or what was meant', () => {
    const header = fc.dictionary(
      fc.constantFrom('stream', 'epoch', 'ver', 'signedAt', 'bodySha256', 'x'),
      fc.oneof(fc.integer(), fc.string(), fc.constant(STREAM), fc.constant('a'.repeat(64))),
    );
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(4095, 4096).map((length) => new Uint8Array(length)),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), header, bodies, (bytes, fields, body) => {
        expect(decode(bytes).ok).toBe(false);
        expect(decode(concatBytes(fromHex('47474431'), bytes)).ok).toBe(false);
        expect(decode(block('GGD1', new Map(Object.entries(fields)), body)).ok).toBe(false);
      }),
    );
  });
});
