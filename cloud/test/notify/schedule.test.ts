import { type EpochMs, epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noticeAttemptsCountMax, noticeRetryMsMax } from '../../src/notify/limits.ts';
import { retryAt } from '../../src/notify/schedule.ts';

const START = epochMs(1_646_092_800_000);
const HOUR = 3_600_000;

/** All instants at which one notice is tried when each attempt fails at once. */
function tries(chance: () => number): number[] {
  const at: number[] = [];
  for (let now: EpochMs | undefined = START; now !== undefined; ) {
    at.push(now - START);
    now = retryAt(at.length, now, chance());
  }
  return at;
}

test('a notice that always fails is tried for about a day, ever more rarely', () => {
  const middle = tries(() => 0.5);
  expect(middle).toHaveLength(noticeAttemptsCountMax);
  expect(middle.slice(0, 4)).toEqual([0, 30_000, 90_000, 210_000]);
  expect(middle.at(-1)).toBeGreaterThan(22 * HOUR);
  expect(middle.at(-1)).toBeLessThan(26 * HOUR);
});

test('whatever chance says, the day is no shorter than 16 hours and no longer than 32, and no wait too long', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (chances) => {
      const at = tries(() => chances.next().value);
      const waits = at.slice(1).map((one, i) => one - (at[i] ?? 0));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.75 * 30_000);
      expect(Math.max(...waits)).toBeLessThanOrEqual(1.25 * noticeRetryMsMax);
      expect(at.at(-1)).toBeGreaterThan(16 * HOUR);
      expect(at.at(-1)).toBeLessThan(32 * HOUR);
    }),
    { numRuns: 200 },
  );
});

test('a receiver that asks for more time gets it, and no more than the longest wait', () => {
  expect(retryAt(1, START, 0.5, 600_000)).toBe(START + 600_000);
  expect(retryAt(1, START, 0.5, 1)).toBe(START + 30_000);
  expect(retryAt(1, START, 0.5, 99 * HOUR)).toBe(START + noticeRetryMsMax);
  expect(retryAt(noticeAttemptsCountMax, START, 0.5, HOUR)).toBeUndefined();
});
