import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { decodeCbor, encodeCbor } from '../src/cbor.ts';
import { cborDepthMax } from '../src/limits.ts';
import { must, refused } from './refused.ts';

const decode = (hex: string) => decodeCbor(fromHex(hex));

describe('decodeCbor is strict (T16)', () => {
  test.each([
    ['nothing', ''],
    ['a number without its bytes', '19'],
    ['a number with half of its bytes', '1901'],
    ['a byte string that ends early', '4401'],
    ['a text that ends early', '6261'],
    ['an array without its second item', '8201'],
    ['a map without its value', 'a101'],
    ['a map without its second key', 'a20102'],
    ['an array that promises 2^32 items', '9b0000000100000000'],
    ['a byte string that promises 4 GiB', '5b0000000100000000'],
  ])('T16 %s is "cbor-truncated"', (_, hex) => {
    expect(refused(decode(hex))).toBe('cbor-truncated');
  });

  test.each([
    ['a number in more bytes than it needs', '1801'],
    ['a number in 8 bytes that fits 4', '1b00000000ffffffff'],
    ['a length in more bytes than it needs', '580101'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite map', 'bf0102ff'],
    ['indefinite bytes', '5f4101ff'],
    ['indefinite text', '7f6161ff'],
    ['a lone break', 'ff'],
    ['a trailing byte', '0000'],
    ['a key twice', 'a201010102'],
    ['a byte string as key, which would hide a duplicate', 'a2410101410102'],
    ['an array as key, which would read like a text', 'a1816565706f636801'],
    ['a tag', 'c001'],
    ['undefined', 'f7'],
    ['an unassigned simple value', 'f820'],
    ['NaN', 'f97e00'],
    ['Infinity', 'f97c00'],
    ['a fraction', 'fb3ff199999999999a'],
    ['a half', 'f93800'],
    ['an integer above 2^53', '1b0020000000000000'],
    ['an integer below -2^53', '3bffffffffffffffff'],
    ['a length above 2^53', '9bffffffffffffffff'],
    ['a reserved length', '1c'],
  ])('T16 %s is "cbor-malformed"', (_, hex) => {
    expect(refused(decode(hex))).toBe('cbor-malformed');
  });

  test.each([
    ['keys out of order', 'a202010102'],
    ['text keys out of order', 'a2616201616102'],
    ['an integer as a float', 'f93c00'],
    ['minus zero', 'f98000'],
    ['an overlong UTF-8 form', '62c0af'],
    ['half a surrogate in UTF-8', '63eda080'],
    ['a byte that is not UTF-8', '61ff'],
  ])('T16 %s is "cbor-not-deterministic"', (_, hex) => {
    expect(refused(decode(hex))).toBe('cbor-not-deterministic');
  });

  test('T16 nesting is bounded: the limit is taken, one more is refused', () => {
    expect(decode(`${'81'.repeat(cborDepthMax)}00`).ok).toBe(true);
    expect(refused(decode(`${'81'.repeat(cborDepthMax + 1)}00`))).toBe('cbor-malformed');
    expect(refused(decode(`${'a100'.repeat(cborDepthMax + 1)}00`))).toBe('cbor-malformed');
  });

  test.each([1000, 2000, 5000, 1_000_000])('T16 %i nested arrays are refused, not thrown', (n) => {
    expect(refused(decodeCbor(new Uint8Array(n + 1).fill(0x81)))).toBeDefined();
    const closed = new Uint8Array(n + 1).fill(0x81);
    closed[n] = 0;
    expect(refused(decodeCbor(closed))).toBe('cbor-malformed');
  });
});

describe('encodeCbor', () => {
  test('sorts keys bytewise, whatever order they were put in (RFC 8949 section 4.2)', () => {
    const map = new Map<unknown, unknown>([
      ['aa', 1],
      ['b', 2],
      [100, 3],
      [-1, 4],
      [10, 5],
    ]);
    expect(toHex(encodeCbor(map))).toBe('a50a05186403200461620262616101');
  });

  const leaf = fc.oneof(
    fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 40 }),
  );
  const key = fc.oneof(
    fc.integer().map((n) => n + 0),
    fc.string({ maxLength: 8 }),
  );
  const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 4 });
  const map = (item: fc.Arbitrary<unknown>) =>
    fc.array(fc.tuple(key, item), { maxLength: 4 }).map((entries) => new Map(entries));
  const branch = fc.oneof(leaf, list(leaf), map(leaf));
  const value = fc.oneof(branch, list(branch), map(branch));

  test('T16 a value has one encoding, and comes back from it', () => {
    fc.assert(
      fc.property(value, (item) => {
        const bytes = encodeCbor(item);
        expect(encodeCbor(must(decodeCbor(bytes)))).toEqual(bytes);
      }),
    );
  });

  test('T16 of any bytes: a refusal, or the one encoding of what was read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const item = decodeCbor(bytes);
        if (item.ok) expect(encodeCbor(item.value)).toEqual(bytes);
        else expect(item.refusal.code).toMatch(/^cbor-/);
      }),
      { numRuns: 5000 },
    );
  });

  test('T16 of any change to an encoding: a refusal, or the one encoding of what was read', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), (item, at, byte) => {
        const bytes = encodeCbor(item).slice();
        bytes[at % bytes.length] = byte;
        const read = decodeCbor(bytes);
        if (read.ok) expect(encodeCbor(read.value)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
