import fc from 'fast-check';
import { expect, test } from 'vitest';
import { againstPeer, againstTarget, percentileOf, spreadOf } from '../src/stats.ts';

test('the spread is taken by nearest rank, in any order', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);

  expect(spreadOf(hundred)).toEqual({ median: 50, p99: 99, max: 100 });
  expect(spreadOf([7])).toEqual({ median: 7, p99: 7, max: 7 });
  expect(() => spreadOf([])).toThrow(RangeError);
});

test('a rank is one of the samples, in any order', () => {
  const thousand = Array.from({ length: 1000 }, (_, n) => 1000 - n);
  expect([50, 99.9, 100].map((rank) => percentileOf(thousand, rank))).toEqual([500, 999, 1000]);
  expect(() => percentileOf([], 50)).toThrow(RangeError);
});

test('the spread is ordered and made of samples', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (samples) => {
      const { median, p99, max } = spreadOf(samples);
      expect(median <= p99 && p99 <= max).toBe(true);
      expect([median, p99, max].every((figure) => samples.includes(figure))).toBe(true);
    }),
  );
});

const latency = { name: 'verify', unit: 'ms', value: 2, better: 'lower' } as const;
const rate = { name: 'verify', unit: '1/s', value: 200, better: 'higher' } as const;

test('a ratio is turned so that bigger is better', () => {
  expect(againstPeer(latency, { name: 'peer', value: 6 })).toEqual({
    name: 'verify',
    unit: 'ms',
    value: 2,
    peer: 'peer',
    ratio: 3,
  });
  expect(againstPeer(rate, { name: 'peer', value: 100 }).ratio).toBe(2);
});

test('a target is met at its very value', () => {
  expect(againstPeer(latency, { name: 'peer', value: 6 }, 3).met).toBe(true);
  expect(againstPeer(latency, { name: 'peer', value: 6 }, 3.1).met).toBe(false);
  expect(againstTarget(latency, 2).met).toBe(true);
  expect(againstTarget(latency, 1.9).met).toBe(false);
  expect(againstTarget(rate, 200).met).toBe(true);
  expect(againstTarget(rate, 201).met).toBe(false);
});
