import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COLOURS, type Colour } from '../../src/code/colour.ts';
import type { VerifiedCode } from '../../src/code/verify-code.ts';
import { replicaKeySchema } from '../../src/ids.ts';
import { isReasonCode, REASON_CODES, type ReasonCode } from '../../src/refusals.ts';
import { colourAt } from '../../src/replica/status-entry.ts';
import { ok, refuse } from '../../src/result.ts';
import {
  type AdmissionFacts,
  admit,
  type CachedStatus,
  type Decision,
  RUNGS,
  STALENESSES,
  stalenessOf,
  type TemperatureFact,
  VERDICTS,
} from '../../src/rules/admit.ts';
import { type AdmissionPolicy, DEFAULT_POLICY } from '../../src/rules/policy.ts';
import { CLOCK_TRUSTS, epochMs } from '../../src/time.ts';
import { NOW, paperClaims, phoneClaims } from '../sample-codes.ts';

const key = replicaKeySchema.parse('a0a1a2a3a4a5a6a7');
const phone: VerifiedCode = { claims: phoneClaims, key, step: 52_767_360 };
const paper: VerifiedCode = { claims: paperClaims, key };
const coloured = (colour: Colour, ageMs = 60_000) =>
  ok({ ...phone, claims: { ...phoneClaims, colour, issuedAt: epochMs(NOW - ageMs) } });
const status = (colour: Colour, nextColour: Colour = 'yellow', leftMs = 1000): CachedStatus => ({
  ver: 1,
  colour,
  nextColour,
  validUntil: epochMs(NOW + leftMs),
});

/** A welcome person: everything is well. */
const facts: AdmissionFacts = {
  code: ok(phone),
  alreadyUsed: false,
  red: undefined,
  cached: status('green'),
  temperature: { kind: 'measured', centiC: 3650 },
  staleness: 'fresh',
  clock: 'trusted',
  now: NOW,
};
const decide = (changes: Partial<AdmissionFacts>, policy: Partial<AdmissionPolicy> = {}) => {
  const { verdict, reason, rung } = admit(
    { ...facts, ...changes },
    { ...DEFAULT_POLICY, ...policy },
  );
  return `${verdict} ${reason} ${rung}`;
};

describe('admit, rung by rung', () => {
  test.each<[string, string, Partial<AdmissionFacts>, Partial<AdmissionPolicy>?]>([
    ['all well', 'admit status-green replica', {}],
    // policy
    [
      'a site that does not check lets a forged code of a feverish red person pass',
      'admit not-checked policy',
      {
        code: refuse('code-signature-invalid'),
        red: status('red'),
        temperature: { kind: 'measured', centiC: 4000 },
        staleness: 'blind',
        clock: 'untrusted',
      },
      { mode: 'do-not-check' },
    ],
    // code
    ['a refused code', 'refuse code-expired code', { code: refuse('code-expired') }],
    ['T4 a code used in its step', 'refuse code-already-used code', { alreadyUsed: true }],
    // red
    ['a red in the priority stream', 'refuse status-red red', { red: status('red') }],
    [
      'a red there, green in the replica',
      'refuse status-red red',
      { red: status('red'), cached: status('green') },
    ],
    [
      'a lapsed red there, green in the replica',
      'admit status-green replica',
      { red: status('red', 'yellow', 0) },
    ],
    [
      'a lapsed red there, nothing else',
      'refuse status-lapsed red',
      { red: status('red', 'yellow', 0), cached: undefined },
    ],
    [
      'a released red there, nothing else',
      'admit status-green code-colour',
      { red: status('green'), cached: undefined },
    ],
    [
      'a released red there, an old code',
      'refer status-unknown attendant',
      { red: status('green'), cached: undefined, code: coloured('green', 86_400_001) },
    ],
    [
      'a pending there, nothing else',
      'refer status-pending red',
      { red: status('pending'), cached: undefined },
    ],
    // replica
    ['yellow', 'refuse status-yellow replica', { cached: status('yellow') }],
    [
      'yellow, where the policy sends it on',
      'refer status-yellow replica',
      { cached: status('yellow') },
      { yellow: 'refer' },
    ],
    ['red', 'refuse status-red replica', { cached: status('red') }],
    ['pending', 'refer status-pending replica', { cached: status('pending') }],
    ['green that lapsed', 'refuse status-lapsed replica', { cached: status('green', 'yellow', 0) }],
    [
      'green that lapsed, sent on',
      'refer status-lapsed replica',
      { cached: status('green', 'yellow', 0) },
      { yellow: 'refer' },
    ],
    ['red that became green', 'admit status-green replica', { cached: status('red', 'green', 0) }],
    ['green that became red', 'refuse status-red replica', { cached: status('green', 'red', 0) }],
    ['yellow for ever', 'refuse status-yellow replica', { cached: status('yellow', 'yellow', 0) }],
    [
      'red in the replica, green in the code',
      'refuse status-red replica',
      { cached: status('red'), code: coloured('green') },
    ],
    // code-colour
    [
      'unknown here, green in a young code',
      'admit status-green code-colour',
      { cached: undefined },
    ],
    [
      'unknown here, red in the code',
      'refuse status-red code-colour',
      { cached: undefined, code: coloured('red') },
    ],
    [
      'unknown here, yellow in the code',
      'refuse status-yellow code-colour',
      { cached: undefined, code: coloured('yellow') },
    ],
    [
      'unknown here, pending in the code',
      'refer status-pending code-colour',
      { cached: undefined, code: coloured('pending') },
    ],
    [
      'unknown here, a code just young enough',
      'admit status-green code-colour',
      { cached: undefined, code: coloured('green', 86_400_000) },
    ],
    // attendant
    [
      'unknown here, a code too old',
      'refer status-unknown attendant',
      { cached: undefined, code: coloured('green', 86_400_001) },
    ],
    [
      'unknown here, colours in codes never believed',
      'refer status-unknown attendant',
      { cached: undefined, code: coloured('green', 0) },
      { codeColourSecondsMax: 0 },
    ],
    [
      'the same for a code of the next seconds',
      'refer status-unknown attendant',
      { cached: undefined, code: coloured('green', -20_000) },
      { codeColourSecondsMax: 0 },
    ],
    // policy: doubt
    ['a clock that nobody trusts', 'refer clock-untrusted policy', { clock: 'untrusted' }],
    [
      'the same, as usual',
      'admit status-green replica',
      { clock: 'untrusted' },
      { whenClockUntrusted: 'as-usual' },
    ],
    ['a clock in holdover', 'admit status-green replica', { clock: 'holdover' }],
    ['a blind replica', 'refer replica-blind policy', { staleness: 'blind' }],
    [
      'the same, as usual',
      'admit status-green replica',
      { staleness: 'blind' },
      { whenBlind: 'as-usual' },
    ],
    ['an old replica', 'admit status-green replica', { staleness: 'restricted' }],
    [
      'the same, sent on',
      'refer replica-restricted policy',
      { staleness: 'restricted' },
      { whenRestricted: 'refer' },
    ],
    [
      'an aged replica',
      'admit status-green replica',
      { staleness: 'aged' },
      { whenRestricted: 'refer' },
    ],
    [
      'a red person at a blind gate',
      'refuse status-red replica',
      { staleness: 'blind', cached: status('red') },
    ],
    ['T5 paper', 'refer identity-check-needed policy', { code: ok(paper) }],
    [
      'T5 paper, refused here',
      'refuse identity-check-needed policy',
      { code: ok(paper) },
      { unproven: 'refuse' },
    ],
    [
      'T5 paper of a red person',
      'refuse status-red replica',
      { code: ok(paper), cached: status('red') },
    ],
    // thermometer
    [
      'fever at the line',
      'refuse temperature-fever thermometer',
      { temperature: { kind: 'measured', centiC: 3730 } },
    ],
    [
      'just below the line',
      'admit status-green replica',
      { temperature: { kind: 'measured', centiC: 3729 } },
    ],
    [
      'no reading came',
      'refer temperature-missing thermometer',
      { temperature: { kind: 'missing' } },
    ],
    ['no thermometer here', 'admit status-green replica', { temperature: { kind: 'not-fitted' } }],
    [
      'no thermometer where one is required',
      'refer temperature-missing thermometer',
      { temperature: { kind: 'not-fitted' } },
      { temperature: 'required' },
    ],
    [
      'fever, and nobody asks',
      'admit status-green replica',
      { temperature: { kind: 'measured', centiC: 4000 } },
      { temperature: 'off' },
    ],
    [
      'T18 no number',
      'refer temperature-invalid thermometer',
      { temperature: { kind: 'fault', reason: 'temperature-invalid' } },
    ],
    [
      'T18 an impossible number',
      'refer temperature-out-of-range thermometer',
      { temperature: { kind: 'fault', reason: 'temperature-out-of-range' } },
    ],
    [
      'T18 NaN that slipped through',
      'refer temperature-out-of-range thermometer',
      { temperature: { kind: 'measured', centiC: Number.NaN } },
    ],
    [
      'T18 0 degrees that slipped through',
      'refer temperature-out-of-range thermometer',
      { temperature: { kind: 'measured', centiC: 0 } },
    ],
    [
      'T18 85.0 that slipped through',
      'refer temperature-out-of-range thermometer',
      { temperature: { kind: 'measured', centiC: 8500 } },
    ],
    [
      'a feverish red person is told of the colour',
      'refuse status-red replica',
      { cached: status('red'), temperature: { kind: 'measured', centiC: 4000 } },
    ],
  ])('%s: %s', (_, expected, changes, policy) => {
    expect(decide(changes, policy)).toBe(expected);
  });
});

const anyStatus = fc.record({
  ver: fc.integer({ min: 1, max: 1000 }),
  colour: fc.constantFrom(...COLOURS),
  nextColour: fc.constantFrom(...COLOURS),
  validUntil: fc.integer({ min: -5, max: 5 }).map((s) => epochMs(NOW + s * 1000)),
});
const anyTemperature: fc.Arbitrary<TemperatureFact> = fc.oneof(
  fc.constantFrom<TemperatureFact>(
    { kind: 'not-fitted' },
    { kind: 'missing' },
    { kind: 'fault', reason: 'temperature-invalid' },
    { kind: 'fault', reason: 'temperature-out-of-range' },
  ),
  fc
    .oneof(fc.integer({ min: 2900, max: 4600 }), fc.double())
    .map((centiC) => ({ kind: 'measured', centiC }) as const),
);
const anyCode = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom(phone, paper),
        fc.constantFrom(...COLOURS),
        fc.integer({ min: -30, max: 100_000 }),
      )
      .map(([code, colour, age]) =>
        ok({ ...code, claims: { ...code.claims, colour, issuedAt: epochMs(NOW - age * 1000) } }),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...REASON_CODES).map((code) => refuse(code)) },
);
const anyFacts: fc.Arbitrary<AdmissionFacts> = fc.record({
  code: anyCode,
  alreadyUsed: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  red: fc.option(anyStatus, { nil: undefined }),
  cached: fc.option(anyStatus, { nil: undefined }),
  temperature: anyTemperature,
  staleness: fc.constantFrom(...STALENESSES),
  clock: fc.constantFrom(...CLOCK_TRUSTS),
  now: fc.constant(NOW),
});
const fallback = fc.constantFrom('as-usual', 'refer');
const anyPolicy: fc.Arbitrary<AdmissionPolicy> = fc.record({
  version: fc.constant(1),
  mode: fc.constant('everyone'),
  yellow: fc.constantFrom('refer', 'refuse'),
  feverCentiC: fc.integer({ min: 3500, max: 4200 }),
  temperature: fc.constantFrom('required', 'where-fitted', 'off'),
  readingSecondsMax: fc.constant(5),
  measureSecondsMax: fc.constant(5),
  unproven: fc.constantFrom('refer', 'refuse'),
  codeColourSecondsMax: fc.constantFrom(0, 60, 86_400),
  staleness: fc.constant(DEFAULT_POLICY.staleness),
  whenRestricted: fallback,
  whenBlind: fallback,
  whenClockUntrusted: fallback,
  whenJournalFails: fallback,
});

/** Checks what must follow from any facts and policy of a site that checks. */
function always(
  follows: (decision: Decision, facts: AdmissionFacts, policy: AdmissionPolicy) => void,
) {
  fc.assert(
    fc.property(anyFacts, anyPolicy, (all, policy) => {
      follows(admit(all, policy), all, policy);
    }),
    { numRuns: 3000 },
  );
}

const rank = { admit: 0, refer: 1, refuse: 2 } as const;

describe('admit, whatever the facts and the policy', () => {
  test('every reason, verdict and rung is of its registry', () => {
    always(({ verdict, reason, rung }) => {
      expect(isReasonCode(reason)).toBe(true);
      expect(VERDICTS).toContain(verdict);
      expect(RUNGS).toContain(rung);
    });
  });

  test('P2 never admits whom the priority stream calls red', () => {
    always((decision, { red, now, code }) => {
      if (!red || colourAt(red, now) !== 'red') return;
      expect(decision.verdict).not.toBe('admit');
      if (code.ok) expect(decision.verdict).toBe('refuse');
    });
  });

  test('F5 a gate that cannot trust its clock sends to the attendant whom its clock would refuse', () => {
    fc.assert(
      fc.property(anyFacts, anyPolicy, fc.constantFrom(...REASON_CODES), (all, policy, reason) => {
        fc.pre(policy.mode === 'everyone');
        const facts = { ...all, code: refuse(reason), clock: 'untrusted' } as const;
        const byTheClock =
          /^code-(?:step-stale|step-ahead|expired|not-yet-valid|key-expired)$/.test(reason);
        expect(admit(facts, policy)).toEqual(
          byTheClock && policy.whenClockUntrusted === 'refer'
            ? { verdict: 'refer', reason: 'clock-untrusted', rung: 'policy' }
            : { verdict: 'refuse', reason, rung: 'code' },
        );
        expect(admit({ ...facts, clock: 'holdover' }, policy).reason).toBe(reason);
      }),
    );
  });

  test('never admits without a verified, proven and unused code (T1, T4, T5)', () => {
    always((decision, { code, alreadyUsed }) => {
      if (decision.verdict !== 'admit') return;
      expect(alreadyUsed).toBe(false);
      expect(code.ok && code.value.step !== undefined).toBe(true);
    });
  });

  test('admits only on green, and says so', () => {
    always((decision, { cached, code, now }) => {
      if (decision.verdict !== 'admit') return;
      expect(decision.reason).toBe('status-green');
      const minted = code.ok ? code.value.claims.colour : undefined;
      expect(cached ? colourAt(cached, now) : minted).toBe('green');
    });
  });

  test('P3 a code never upgrades the cache: with a cached status its colour changes nothing', () => {
    fc.assert(
      fc.property(
        anyFacts,
        anyPolicy,
        anyStatus,
        fc.constantFrom(...COLOURS),
        (all, policy, cached, colour) => {
          if (!all.code.ok) return;
          const claims = { ...all.code.value.claims, colour };
          const repainted = { ...all, cached, code: ok({ ...all.code.value, claims }) };
          expect(admit(repainted, policy)).toEqual(admit({ ...all, cached }, policy));
        },
      ),
    );
  });

  test('the priority stream only holds back: taking its entry away never makes a verdict worse', () => {
    always((decision, all, policy) => {
      const without = admit({ ...all, red: undefined }, policy);
      if (all.cached !== undefined) {
        expect(rank[decision.verdict]).toBeGreaterThanOrEqual(rank[without.verdict]);
      }
      if (decision.verdict === 'admit') expect(without.verdict).toBe('admit');
    });
  });

  test('P4 T18 a doubtful reading never admits where readings are asked for', () => {
    always((decision, { temperature }, policy) => {
      if (policy.temperature === 'off') return;
      const doubtful =
        temperature.kind === 'missing' ||
        temperature.kind === 'fault' ||
        (temperature.kind === 'measured' &&
          !(temperature.centiC >= 3000 && temperature.centiC < policy.feverCentiC)) ||
        (temperature.kind === 'not-fitted' && policy.temperature === 'required');
      if (doubtful) expect(decision.verdict).not.toBe('admit');
    });
  });

  test('P5 lapses by time alone: the same entry, later, is judged by its next colour', () => {
    fc.assert(
      fc.property(anyFacts, anyPolicy, anyStatus, (all, policy, cached) => {
        if (!all.code.ok) return;
        const later = { ...all, red: undefined, cached, now: cached.validUntil };
        const became = { ...cached, colour: cached.nextColour };
        const { verdict, rung } = admit(later, policy);
        expect({ verdict, rung }).toEqual({
          verdict: admit({ ...later, cached: became }, policy).verdict,
          rung: admit({ ...later, cached: became }, policy).rung,
        });
      }),
    );
  });

  test('doubt in clock or replica never admits whom certainty would not', () => {
    always((decision, all, policy) => {
      const sure = admit({ ...all, clock: 'trusted', staleness: 'fresh' }, policy);
      if (decision.verdict === 'admit') expect(sure.verdict).toBe('admit');
    });
  });

  test('is the same for the same facts', () => {
    always((decision, all, policy) => expect(admit(all, policy)).toEqual(decision));
  });

  test('"do-not-check" admits everyone', () => {
    fc.assert(
      fc.property(anyFacts, anyPolicy, (all, policy) => {
        const decision = admit(all, { ...policy, mode: 'do-not-check' });
        expect(decision).toEqual({ verdict: 'admit', reason: 'not-checked', rung: 'policy' });
      }),
    );
  });
});

describe('stalenessOf', () => {
  test.each([
    [undefined, 'blind'],
    [-1, 'fresh'],
    [0, 'fresh'],
    [899_999, 'fresh'],
    [900_000, 'aged'],
    [86_399_999, 'aged'],
    [86_400_000, 'restricted'],
    [259_199_999, 'restricted'],
    [259_200_000, 'blind'],
    [Number.POSITIVE_INFINITY, 'blind'],
    [Number.NaN, 'blind'],
  ])('a replica of %s ms is %s', (age, expected) => {
    expect(stalenessOf(age, DEFAULT_POLICY)).toBe(expected);
  });

  test('never gets fresher with age', () => {
    const age = fc.integer({ min: 0, max: 400_000_000 });
    fc.assert(
      fc.property(age, age, (a, b) => {
        const at = (ms: number) => STALENESSES.indexOf(stalenessOf(ms, DEFAULT_POLICY));
        expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)));
      }),
    );
  });
});

test('the reasons that admit gives, each quoted', () => {
  const given: ReasonCode[] = [
    'status-green',
    'not-checked',
    'status-yellow',
    'status-lapsed',
    'status-red',
    'status-pending',
    'status-unknown',
    'identity-check-needed',
    'code-already-used',
    'temperature-fever',
    'temperature-missing',
    'clock-untrusted',
    'replica-restricted',
    'replica-blind',
  ];
  const seen = new Set<ReasonCode>();
  for (const [all, policy] of fc.sample(fc.tuple(anyFacts, anyPolicy), 5000)) {
    seen.add(admit(all, policy).reason);
    seen.add(admit(all, { ...policy, mode: 'do-not-check' }).reason);
  }
  expect(given.filter((reason) => !seen.has(reason))).toEqual([]);
});
