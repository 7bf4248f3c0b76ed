import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../src/cbor.ts';
import { type RecordValue, recordEncoder } from '../src/cbor-record.ts';

const encodeRecord = (record: Record<string, RecordValue>) =>
  recordEncoder(Object.keys(record))(record);
const whole = (record: object) => Uint8Array.from(encodeCbor(new Map(Object.entries(record))));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 250, maxLength: 300 }),
);
const value = fc.oneof(
  fc.constant(null),
  text,
  fc.maxSafeInteger(),
  fc.integer({ min: -70_000, max: 70_000 }),
);

const key = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => one !== '__proto__');

describe('recordEncoder', () => {
  test('makes the bytes of the deterministic encoding, of any flat record', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 40 }), (record) => {
        expect(encodeRecord(record)).toEqual(whole(record));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    Number.MAX_SAFE_INTEGER,
  ])('writes %i in the shortest form, and below zero too', (n) => {
    expect(encodeRecord({ n })).toEqual(whole({ n }));
    const below = Math.max(-1 - n, Number.MIN_SAFE_INTEGER);
    expect(encodeRecord({ n: below })).toEqual(whole({ n: below }));
  });

  test('refuses a record with other fields', () => {
    const encode = recordEncoder(['a', 'b']);
    expect(encode({ b: 1, a: null })).toEqual(whole({ a: null, b: 1 }));
    expect(() => encode({ a: 1 })).toThrow(TypeError);
    expect(() => encode({ a: 1, b: 2, c: 3 })).toThrow(TypeError);
  });

  test('refuses numbers that no integer holds', () => {
    for (const n of [0.5, Number.NaN, Infinity, 2 ** 60]) {
      expect(() => encodeRecord({ n })).toThrow(RangeError);
    }
  });
});
