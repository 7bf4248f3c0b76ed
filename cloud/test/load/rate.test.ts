import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRateLimiter } from '../../src/load/rate.ts';

test('a burst is let through, then as many as the rate allows', () => {
  const limiter = makeRateLimiter({ burstCount: 3, perSecond: 2 }, 10);
  const takes = (now: number) => Array.from({ length: 4 }, () => limiter.take('a', now));
  expect(takes(1000)).toEqual([0, 0, 0, 500]);
  expect(limiter.take('b', 1000)).toBe(0);
  expect(limiter.isSpent('a', 1499)).toBe(true);
  expect(limiter.isSpent('a', 1500)).toBe(false);
  expect(takes(1500)).toEqual([0, 500, 500, 500]);
  expect(takes(60_000)).toEqual([0, 0, 0, 500]);
});

test('nobody gets more than the burst and the rate, and who waited as told is let in', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 100 }),
      (burstCount, perSecond, gaps) => {
        const limiter = makeRateLimiter({ burstCount, perSecond }, 10);
        let now = 0;
        let taken = 0;
        for (const gap of gaps) {
          now += gap;
          const wait = limiter.take('a', now);
          if (wait === 0) taken += 1;
          else expect(limiter.isSpent('a', now + Math.ceil(wait))).toBe(false);
        }
        expect(taken).toBeLessThanOrEqual(burstCount + Math.floor((now * perSecond) / 1000) + 1);
      },
    ),
  );
});

test('a clock that steps back locks nobody out', () => {
  const limiter = makeRateLimiter({ burstCount: 2, perSecond: 1 }, 10);
  expect([1, 2, 3].map(() => limiter.take('a', 10_000_000))).toEqual([0, 0, 1000]);
  expect([1, 2, 3].map(() => limiter.take('a', 0))).toEqual([0, 0, 1000]);
});

test('memory is bounded: the caller not seen for longest is forgotten', () => {
  const limiter = makeRateLimiter({ burstCount: 1, perSecond: 1 }, 100);
  for (let at = 0; at < 5000; at++) limiter.take(`caller ${at}`, at);
  expect(limiter.size).toBe(100);
  expect(limiter.isSpent('caller 4999', 5000)).toBe(true);
  expect(limiter.isSpent('caller 4000', 5000)).toBe(false);
});
