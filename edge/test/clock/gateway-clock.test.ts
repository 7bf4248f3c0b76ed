import { EPOCH_MS_MAX, epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGatewayClock } from '../../src/clock/gateway-clock.ts';
import { clockAheadMsMax, clockSkewMsMax, clockTrustMsMax } from '../../src/limits.ts';

const BUILT = epochMs(1_580_000_000_000);
const NOW = 1_583_020_800_000;

function clockAt(wall: number, floor = BUILT) {
  const source = { wallMs: wall, monoMs: 5000 };
  const clock = createGatewayClock({ wall: () => source.wallMs, mono: () => source.monoMs }, floor);
  return { source, clock };
}

describe('F5: time is an input with a trust level', () => {
  test('the wall clock is believed above the floor, in whole milliseconds', () => {
    const { clock, source } = clockAt(NOW + 0.75);
    expect(clock.now()).toBe(NOW);
    expect(clock.mono()).toBe(5000);
    source.wallMs += 1;
    expect(clock.now()).toBe(NOW + 1);
  });

  test.for([
    ['no battery: 1970', 0],
    ['before 1970', -1],
    ['a year before the floor', BUILT - 365 * 86_400_000],
  ] as const)('%s: the floor is the time, and it is not trusted', ([, wall]) => {
    const { clock } = clockAt(wall);
    expect(clock.now()).toBe(BUILT);
    expect(clock.trust()).toBe('untrusted');
  });

  test('a little behind the floor is skew, not a fault', () => {
    expect(clockAt(BUILT - clockSkewMsMax).clock.trust()).toBe('holdover');
    expect(clockAt(BUILT - clockSkewMsMax - 1).clock.trust()).toBe('untrusted');
  });

  test('past 2106 nothing throws, and nothing is trusted', () => {
    const { clock } = clockAt(EPOCH_MS_MAX + 86_400_000);
    expect(clock.now()).toBe(BUILT);
    expect(clock.trust()).toBe('untrusted');
  });

  test('holdover until the cloud has signed a time, trusted for a day after it', () => {
    const { clock, source } = clockAt(NOW);
    expect(clock.trust()).toBe('holdover');
    clock.signedTime(epochMs(NOW - 300));
    expect(clock.trust()).toBe('trusted');
    source.monoMs += clockTrustMsMax - 1;
    source.wallMs += clockTrustMsMax - 1;
    expect(clock.trust()).toBe('trusted');
    source.monoMs += 1;
    expect(clock.trust()).toBe('holdover');
  });

  test('T33: an answer of old, replayed, does not keep a clock trusted', () => {
    const { clock, source } = clockAt(NOW);
    clock.signedTime(epochMs(NOW));
    source.monoMs += clockTrustMsMax;
    source.wallMs += clockTrustMsMax;
    clock.signedTime(epochMs(NOW));
    clock.signedTime(epochMs(NOW - 5000));
    expect(clock.trust()).toBe('holdover');
    clock.signedTime(epochMs(source.wallMs));
    expect(clock.trust()).toBe('trusted');
  });

  test('a signed time ahead of the wall clock is the time, and is carried on from there', () => {
    const { clock, source } = clockAt(NOW);
    clock.signedTime(epochMs(NOW + 30_000));
    expect(clock.now()).toBe(NOW + 30_000);
    expect(clock.trust()).toBe('trusted');
    source.monoMs += 10_000;
    source.wallMs += 10_000;
    expect(clock.now()).toBe(NOW + 40_000);
    clock.signedTime(epochMs(NOW + 3_600_000));
    expect(clock.trust()).toBe('holdover');
    source.monoMs += 60_000;
    expect(clock.now()).toBe(NOW + 3_660_000);
  });

  test.for([
    ['back', -86_400_000],
    ['ahead', 7 * 86_400_000],
    ['to 2050', 2_524_608_000_000 - NOW],
  ] as const)(
    'T33: a wall clock set %s is left aside: time goes on from what was signed',
    ([, by]) => {
      const { clock, source } = clockAt(NOW);
      clock.signedTime(epochMs(NOW));
      source.wallMs = NOW + by;
      source.monoMs += 45_000;
      expect(clock.now()).toBe(NOW + 45_000);
      expect(clock.trust()).toBe('holdover');
      source.wallMs = NOW + 45_000;
      expect(clock.trust()).toBe('trusted');
      source.wallMs = NOW + by;
      source.monoMs += clockTrustMsMax;
      expect(clock.trust()).toBe('untrusted');
    },
  );

  test.for([
    ['behind', -clockSkewMsMax],
    ['ahead', clockAheadMsMax],
  ] as const)(
    'one that wavers at the limit %s is left aside until it is well within it',
    ([, limit]) => {
      const { clock, source } = clockAt(NOW);
      clock.signedTime(epochMs(NOW));
      const trustAt = (by: number) => {
        source.wallMs = NOW + by;
        return clock.trust();
      };
      const a = Math.sign(limit);
      expect(trustAt(limit)).toBe('trusted');
      expect(trustAt(limit + a)).toBe('holdover');
      expect(trustAt(limit - a)).toBe('holdover');
      expect(clock.now()).toBe(NOW);
      expect(trustAt(limit / 2 + a)).toBe('holdover');
      expect(trustAt(limit / 2)).toBe('trusted');
      expect(trustAt(limit)).toBe('trusted');
    },
  );

  test('the skew is that of the wall clock against signed time carried on', () => {
    const { clock, source } = clockAt(NOW);
    expect(clock.skewMs()).toBeUndefined();
    clock.signedTime(epochMs(NOW - 300));
    expect(clock.skewMs()).toBe(300);
    source.wallMs -= 86_400_000;
    source.monoMs += 1000;
    expect(clock.skewMs()).toBe(300 - 86_400_000 - 1000);
  });

  test('an answer that was on its way for minutes does not make a good wall clock stray', () => {
    const { clock } = clockAt(NOW);
    clock.signedTime(epochMs(NOW - clockAheadMsMax));
    expect(clock.now()).toBe(NOW);
    expect(clock.trust()).toBe('trusted');
  });

  test('P26 whatever wall clock and cloud do: never below the floor or a signed time, and never an exception', () => {
    const step = fc.record({
      wall: fc.oneof(
        fc.double({ min: -1e15, max: 1e16, noNaN: true }),
        fc.integer({ min: NOW - 10, max: NOW + 10 }),
      ),
      elapsed: fc.nat({ max: 1e9 }),
      signed: fc.option(fc.integer({ min: 0, max: EPOCH_MS_MAX })),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: EPOCH_MS_MAX }), fc.array(step), (floor, steps) => {
        const { clock, source } = clockAt(NOW, epochMs(floor));
        let known = floor;
        let wasSigned = false;
        for (const { wall, elapsed, signed } of steps) {
          source.wallMs = wall;
          source.monoMs += elapsed;
          if (signed !== null) {
            clock.signedTime(epochMs(signed));
            known = Math.max(known, signed);
            wasSigned ||= signed > 0;
          }
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(known);
          expect(now).toBeLessThanOrEqual(EPOCH_MS_MAX);
          if (wall < known - clockSkewMsMax) expect(clock.trust()).not.toBe('trusted');
          if (!wasSigned) expect(clock.trust()).not.toBe('trusted');
        }
      }),
    );
  });
});
