import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiBytes, concatBytes, equalBytes, fromHex, toHex } from '../src/bytes.ts';
import { deviceIdSchema, keyIdSchema, passageIdSchema, regionIdSchema } from '../src/ids.ts';
import * as limits from '../src/limits.ts';
import { EPOCH_MS_MAX, epochMs, monoMs } from '../src/time.ts';

describe('bytes', () => {
  test('hex comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  test.each(['a', 'AB', 'zz', ' ab', 'ab\n', '0x12'])('%j is no hex', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError);
  });

  test('concatBytes and equalBytes', () => {
    const whole = concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3));
    expect(whole).toEqual(Uint8Array.of(1, 2, 3));
    expect(equalBytes(whole, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(equalBytes(whole, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(equalBytes(whole, Uint8Array.of(1, 2))).toBe(false);
    expect(asciiBytes('AB')).toEqual(Uint8Array.of(65, 66));
  });
});

describe('time', () => {
  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, EPOCH_MS_MAX + 1])(
    '%d is no instant',
    (value) => {
      expect(() => epochMs(value)).toThrow(RangeError);
    },
  );

  test('the first and the last instant', () => {
    expect(epochMs(0)).toBe(0);
    expect(new Date(epochMs(EPOCH_MS_MAX)).toISOString()).toBe('2106-02-07T06:28:15.000Z');
    expect(monoMs(-5)).toBe(-5);
  });
});

describe('ids', () => {
  test.each(['scan-01', 'a', '0', 'a'.repeat(32)])('%s is a label', (text) => {
    expect(deviceIdSchema.parse(text)).toBe(text);
  });

  test.each(['', '-a', 'a-', 'A', 'a b', 'a/b', 'a+', '#', 'a\n', 'а', 'a'.repeat(33)])(
    'T12 %j is no label',
    (text) => {
      expect(deviceIdSchema.safeParse(text).success).toBe(false);
    },
  );

  test('ids of fixed length take no other', () => {
    expect(regionIdSchema.safeParse('33010').success).toBe(false);
    expect(keyIdSchema.safeParse('AB'.repeat(8)).success).toBe(false);
    expect(passageIdSchema.safeParse('ab'.repeat(15)).success).toBe(false);
  });
});

test('limits hold together', () => {
  expect(Object.values(limits).every((limit) => Number.isSafeInteger(limit) && limit > 0)).toBe(
    true,
  );
  expect(limits.stepMs * (2 * limits.stepSkewCount)).toBeLessThanOrEqual(60_000);
  expect(limits.temperatureCentiCMin).toBeLessThan(limits.temperatureCentiCMax);
  expect(limits.manifestSegmentsCountMax * 124 + 1024).toBeLessThanOrEqual(limits.manifestBytesMax);
});
