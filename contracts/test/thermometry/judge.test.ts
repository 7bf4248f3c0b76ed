import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replicaKeySchema } from '../../src/ids.ts';
import { ok, type Result, refuse } from '../../src/result.ts';
import { type AdmissionFacts, admit } from '../../src/rules/admit.ts';
import { DEFAULT_POLICY } from '../../src/rules/policy.ts';
import {
  JUDGE_AT_START,
  type JudgeSettings,
  judgeSample,
  type Measured,
  type Sample,
} from '../../src/thermometry/judge.ts';
import {
  offsetAt,
  type SiteProfile,
  siteProfileSchema,
} from '../../src/thermometry/site-profile.ts';
import { epochMs, monoMs } from '../../src/time.ts';
import { NOW, phoneClaims } from '../sample-codes.ts';

const profile = siteProfileSchema.parse({
  calibration: { certificate: 'C-1', from: '2026-01-01', until: '2026-12-31' },
});
const NOON = epochMs(Date.UTC(2026, 5, 1, 12));
const WARM = 1_800_000;

const seen = (object: number, ambient: number | undefined = 2400): Result<Measured> =>
  ok({ objectCentiC: object, ambientCentiC: ambient });

interface Course {
  readonly profile?: SiteProfile;
  readonly watches?: JudgeSettings['watches'];
  readonly onForMs?: number;
  readonly now?: typeof NOON;
  readonly everyMs?: number;
}

/** What is told of each sample in turn. */
function course(samples: readonly Result<Measured>[], options: Course = {}) {
  const { onForMs = WARM, now = NOON, everyMs = 250, watches = 'always' } = options;
  let state = JUDGE_AT_START;
  return samples.map((measured, i) => {
    const sample: Sample = { at: monoMs(i * everyMs), onForMs, measured };
    const settings = { profile: options.profile ?? profile, watches };
    const judged = judgeSample(state, sample, settings, now);
    state = judged.state;
    return judged.told;
  });
}

const told = (judged: ReturnType<typeof course>) =>
  judged.map((one) => (one === undefined ? null : one.ok ? one.value : one.refusal.code));

describe('a reading is', () => {
  test('the middle of three steady samples, with the offset of the air', () => {
    expect(told(course([seen(3600), seen(3610), seen(3606), seen(3608)]))).toEqual([
      ...[null, null],
      ...[3606 + 65, 3608 + 65],
    ]);
    expect(told(course(Array(3).fill(seen(3600, 1600)))).at(-1)).toBe(3600 + 105);
    expect(told(course(Array(3).fill(seen(3600, 3000)))).at(-1)).toBe(3600 + 35);
  });

  test('a fever at Lai’s cut-off of the forehead, and none just below it', () => {
    expect(told(course(Array(3).fill(seen(3665)))).at(-1)).toBe(3730);
    expect(told(course(Array(3).fill(seen(3664)))).at(-1)).toBe(3729);
  });

  test('of one person: after a gap the gate begins anew', () => {
    expect(told(course([seen(3600), seen(3600), seen(3600)], { everyMs: 2500 }))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('nothing while nobody is there, and whoever steps up is no jump', () => {
    const samples = [seen(2400), seen(2410), seen(3600), seen(3603), seen(3604), seen(2500)];
    expect(told(course(samples))).toEqual([null, null, null, null, 3668, null]);
  });
});

describe('a doubtful reading is told as', () => {
  const steady = Array(6).fill(seen(3600));
  const varied = (count: number) => Array.from({ length: count }, (_, i) => seen(3600 + (i % 2)));

  test.each<[code: string, samples: Result<Measured>[], options: Course]>([
    ['thermometer-uncalibrated', steady, { now: epochMs(Date.UTC(2027, 0, 1)) }],
    ['thermometer-uncalibrated', steady, { now: epochMs(Date.UTC(2025, 11, 31, 23)) }],
    ['ambient-unknown', [ok({ objectCentiC: 3600, ambientCentiC: undefined })], {}],
    ['ambient-out-of-range', [seen(3600, 1599)], {}],
    ['ambient-out-of-range', [seen(3600, 3201)], {}],
    ['thermometer-warming-up', steady, { onForMs: WARM - 1 }],
    ['thermometer-stuck', Array(240).fill(seen(3600)), {}],
    ['temperature-jump', [seen(3600), seen(4200)], {}],
    ['temperature-jump', [seen(3600, 2400), seen(3600, 2450)], {}],
    ['temperature-out-of-range', [seen(4301)], {}],
    ['temperature-out-of-range', [seen(3349)], { watches: 'people' }],
    ['temperature-too-low', Array(3).fill(seen(3484)), {}],
    ['temperature-invalid', [seen(Number.NaN)], {}],
    ['temperature-unsteady', Array.from({ length: 13 }, (_, i) => seen(3600 + (i % 2) * 50)), {}],
    ['thermometer-pec-wrong', Array(3).fill(refuse('thermometer-pec-wrong')), {}],
    ['thermometer-pec-wrong', [refuse('thermometer-pec-wrong')], { watches: 'people' }],
  ])('%s', (code, samples, options) => {
    expect(told(course(samples, options)).at(-1)).toBe(code);
  });

  test('the last day of a certificate is one of its days', () => {
    const now = epochMs(Date.UTC(2026, 11, 31, 23, 59));
    expect(told(course(varied(3), { now })).at(-1)).toBe(3665);
  });

  test('two failed samples only begin the gate anew', () => {
    const failed = refuse('thermometer-pec-wrong');
    const samples = [seen(3600), failed, failed, seen(3601), seen(3602), seen(3603)];
    expect(told(course(samples))).toEqual([null, null, null, null, null, 3667]);
  });
});

describe('P67 whatever is doubtful lets nobody in', () => {
  const welcome: AdmissionFacts = {
    code: ok({ claims: phoneClaims, key: replicaKeySchema.parse('a0a1a2a3a4a5a6a7'), step: 1 }),
    ...{ alreadyUsed: false, red: undefined, staleness: 'fresh', clock: 'trusted', now: NOW },
    cached: { ver: 1, colour: 'green', nextColour: 'yellow', validUntil: epochMs(NOW + 1000) },
    temperature: { kind: 'measured', centiC: 3650 },
  };

  test('an admitting reading has all its samples steady, in range, warm and calibrated', () => {
    const centi = fc.oneof(
      fc.integer({ min: -5000, max: 9000 }),
      fc.integer({ min: 3300, max: 3700 }),
    );
    const sample = fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(centi, fc.integer({ min: 1400, max: 3400 }))
          .map(([o, a]) => seen(o, a)),
      },
      { weight: 6, arbitrary: fc.integer({ min: 3590, max: 3600 }).map((o) => seen(o)) },
      fc.constant(refuse('thermometer-pec-wrong')),
      fc.constant(ok({ objectCentiC: Number.NaN, ambientCentiC: 2400 })),
    );
    let admitted = 0;
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), fc.boolean(), (samples, warm) => {
        const judged = course(samples, { onForMs: warm ? WARM : 1000 });
        judged.forEach((one, i) => {
          if (!one?.ok) return;
          admitted += 1;
          expect(warm).toBe(true);
          const three = samples.slice(i - 2, i + 1);
          expect(three).toHaveLength(3);
          const values = three.map((each) => (each.ok ? each.value.objectCentiC : Number.NaN));
          for (const value of values) {
            expect(value).toBeGreaterThanOrEqual(3350);
            expect(value).toBeLessThanOrEqual(4300);
          }
          expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(20);
        });
      }),
      { numRuns: 500 },
    );
    expect(admitted).toBeGreaterThan(0);
  });

  test.each([
    'thermometer-stuck',
    'temperature-jump',
    'temperature-unsteady',
    'temperature-too-low',
    'ambient-out-of-range',
    'ambient-unknown',
    'thermometer-uncalibrated',
    'thermometer-warming-up',
    'thermometer-settling',
    'thermometer-absent',
    'thermometer-bus-dead',
    'thermometer-bus-stuck',
    'thermometer-pec-wrong',
    'thermometer-sensor-error',
    'thermometer-busy',
    'thermometer-no-data',
    'thermometer-unsuitable',
  ] as const)('%s refers to the attendant', (reason) => {
    expect(admit(welcome, DEFAULT_POLICY).verdict).toBe('admit');
    const doubtful: AdmissionFacts = { ...welcome, temperature: { kind: 'fault', reason } };
    expect(admit(doubtful, DEFAULT_POLICY)).toEqual({
      verdict: 'refer',
      reason,
      rung: 'thermometer',
    });
  });
});

describe('the offset', () => {
  test('lies on the line between its points, and is the nearest one outside them', () => {
    expect([1000, 1600, 2000, 2400, 2800, 3200, 4000].map((at) => offsetAt(profile, at))).toEqual([
      105, 105, 85, 65, 45, 25, 25,
    ]);
  });

  test('points that do not rise are refused', () => {
    const offsets = [
      { ambientCentiC: 2000, addCentiC: 50 },
      { ambientCentiC: 2000, addCentiC: 60 },
    ];
    expect(siteProfileSchema.safeParse({ ...profile, offsets }).success).toBe(false);
  });
});
