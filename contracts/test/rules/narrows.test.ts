import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintPack } from '../../src/rules/certlogic.ts';
import { LIST_KINDS, type ScoringFacts } from '../../src/rules/facts.ts';
import { NARROWING_CODES } from '../../src/rules/lint-problem.ts';
import { narrows } from '../../src/rules/narrows.ts';
import { type ScoringPack, scoringPackSchema } from '../../src/rules/pack.ts';
import { latestSince, listed, same, threshold } from '../../src/rules/packs/expressions.ts';
import { person } from '../../src/rules/packs/person.ts';
import { shandongPack } from '../../src/rules/packs/shandong.ts';
import { compilePack, type Verdict } from '../../src/rules/score.ts';
import { rule, v } from './lint-pack.ts';

const province = shandongPack;
const { defaults } = province;
const lines = province.rules.filter((one) => one.hardLine);

const cityRules = [
  rule('district-closed', { when: same('area.level', 'medium'), outcome: 'red' }),
  rule('older-residents', {
    when: { '<': [v('declaration.residenceDays'), threshold('cityDays')] },
  }),
];

const city = (changes: object = {}): ScoringPack =>
  scoringPackSchema.parse({
    ...province,
    id: 'jinan',
    region: '370100',
    thresholds: { cityDays: 30 },
    rules: cityRules,
    tests: [],
    ...changes,
  });

const problemsOf = (pack: ScoringPack, of = province) =>
  narrows(pack, of).problems.map(({ code, path }) => `${code} ${path}`);

const contactLine = lines.find((line) => line.id === 'excluded-close-contact');

describe('narrows', () => {
  it('joins the hard lines, as they are, to the rules of the city', () => {
    const { pack } = narrows(city(), province);
    expect(pack?.rules).toEqual([...lines, ...cityRules]);
    expect(pack).toMatchObject({ id: 'jinan', region: '370100' });
    expect(pack?.thresholds).toEqual({ cityDays: 30 });
    expect(pack?.inputs.map(({ path }) => path)).not.toContain('declaration.purpose');
  });

  it("keeps a line that the city restates more strictly beside the province's", () => {
    const stricter = {
      ...contactLine,
      holdDays: 21,
      next: 'red',
      when: listed('close-contact', 'returnee'),
    };
    const { pack, problems } = narrows(city({ rules: [...cityRules, stricter] }), province);
    expect(problems).toEqual([]);
    expect(pack?.rules.map(({ id }) => id)).toEqual([
      'excluded-infected',
      'area-high',
      'excluded-close-contact',
      'district-closed',
      'older-residents',
      'excluded-close-contact-city',
    ]);
  });

  it('takes a line that the city copied for the line itself', () => {
    const { pack } = narrows(city({ rules: [...cityRules, ...lines] }), province);
    expect(pack?.rules).toEqual([...lines, ...cityRules]);
  });

  it.each<[string, object, string[]]>([
    ['a milder outcome', { outcome: 'yellow' }, ['narrow-severity /rules/0/outcome']],
    ['a milder colour after the hold', { next: 'green' }, ['narrow-severity /rules/0/next']],
    ['a shorter hold', { holdDays: 7 }, ['narrow-hold /rules/0/holdDays']],
    [
      'a hold from another date',
      { holdFrom: v('declaration.at') },
      ['narrow-hold /rules/0/holdDays'],
    ],
    [
      'a narrower condition',
      { when: { and: [listed('close-contact'), v('declaration.contactOfCase')] } },
      ['narrow-condition /rules/0/when'],
    ],
  ])('refuses %s of a hard line, naming the rule', (_name, change, expected) => {
    const weaker = city({ rules: [{ ...contactLine, ...change }] });
    expect(problemsOf(weaker)).toEqual(expected);
    const { problems } = narrows(weaker, province);
    expect(problems[0]?.en).toContain('excluded-close-contact');
    expect(problems[0]?.zh).toContain('excluded-close-contact');
  });

  it('refuses a hold where the hard line has none', () => {
    const [infected] = lines;
    const held = { ...infected, holdDays: 300, next: 'red' };
    expect(problemsOf(city({ rules: [held] }))).toEqual(['narrow-hold /rules/0/holdDays']);
  });

  it.each<[string, object, string]>([
    [
      'a longer life',
      { defaults: { ...defaults, codeValidDays: 6 } },
      'narrow-validity /defaults/codeValidDays',
    ],
    [
      'a life from another date',
      { defaults: { ...defaults, codeValidFrom: null } },
      'narrow-validity /defaults/codeValidFrom',
    ],
    [
      'a milder lapse',
      { defaults: { ...defaults, lapse: { ...defaults.lapse, outcome: 'pending' } } },
      'narrow-validity /defaults/lapse/outcome',
    ],
    ['another region', { region: '330100' }, 'narrow-region /region'],
    ['an earlier start', { validFrom: '2020-01-01' }, 'narrow-window /validFrom'],
    [
      'a threshold redefined',
      { thresholds: { cityDays: 30, residenceDays: 7 } },
      'narrow-threshold /thresholds/residenceDays',
    ],
    [
      'an input declared otherwise',
      { inputs: [{ path: 'declaration.at', type: 'text' }] },
      'narrow-input /inputs/0',
    ],
    [
      'other colours',
      {
        colours: province.colours.map((one) =>
          one.id === 'yellow' ? { ...one, wire: 'red' } : one,
        ),
      },
      'narrow-colours /colours',
    ],
  ])('refuses %s', (_name, change, expected) => {
    expect(problemsOf(city(change))).toEqual([expected]);
  });

  it('refuses to outlast a province whose pack ends', () => {
    const ending = { ...province, validUntil: '2021-01-01' };
    expect(problemsOf(city(), ending)).toEqual(['narrow-window /validUntil']);
    expect(problemsOf(city({ validUntil: '2021-01-01' }), ending)).toEqual([]);
  });

  it('refuses a milder default, and two packs that are too much together', () => {
    const pending = {
      ...province,
      defaults: { ...defaults, clear: { ...defaults.clear, outcome: 'pending' } },
    };
    expect(problemsOf(city(), pending)).toEqual(['narrow-validity /defaults/clear/outcome']);
    const many = Array.from({ length: 499 }, (_, i) =>
      rule(`rule-${i}`, { when: v('declaration.contactOfCase') }),
    );
    expect(problemsOf(city({ rules: many }))).toEqual(['pack-malformed /rules']);
  });

  it('has every code planted above', async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(import.meta.filename, 'utf8');
    expect(NARROWING_CODES.filter((code) => !text.includes(`${code} `))).toEqual([]);
  });

  it('makes packs whose only faults are tests that nobody wrote', () => {
    const codes = new Set(lintPack(narrows(city(), province).pack).map(({ code }) => code));
    expect(
      [...codes].filter(
        (code) => !['rule-untested', 'rule-undecided', 'branch-untested'].includes(code),
      ),
    ).toEqual([]);
  });
});

const date = fc
  .integer({ min: 1, max: 31 })
  .map((day) => `2020-03-${String(day).padStart(2, '0')}`);
const facts: fc.Arbitrary<ScoringFacts> = fc
  .record({
    declaration: fc.record({
      at: date.map((day) => `${day}T00:00:00Z`),
      residenceDays: fc.integer({ min: 0, max: 40 }),
      contactOfCase: fc.boolean(),
      highRiskTravel: fc.boolean(),
      symptoms: fc.record({ fever: fc.boolean() }),
      temperatureCentiC: fc.option(fc.integer({ min: 3500, max: 4000 })),
    }),
    area: fc.record({ level: fc.constantFrom('low' as const, 'medium' as const, 'high' as const) }),
    lists: fc.array(fc.record({ kind: fc.constantFrom(...LIST_KINDS), since: date }), {
      maxLength: 4,
    }),
    lastReportAt: fc.option(date.map((day) => `${day}T00:00:00Z`)),
  })
  .map((drawn) => person(drawn));

const conditions = fc.oneof(
  fc.constantFrom(...LIST_KINDS).map((kind) => listed(kind)),
  fc.constantFrom('low', 'medium', 'high').map((level) => same('area.level', level)),
  fc.constantFrom<object>(v('declaration.contactOfCase'), v('declaration.symptoms.fever')),
);
const colours = fc.constantFrom('green', 'pending', 'yellow', 'red');
const drawnRule = fc
  .record({
    when: conditions,
    outcome: colours,
    next: fc.option(colours),
    holdDays: fc.integer({ min: 1, max: 30 }),
    fromList: fc.option(fc.constantFrom(...LIST_KINDS)),
    restates: fc.option(fc.constantFrom(...lines.map((line) => line.id)), { freq: 3 }),
  })
  .map(({ next, holdDays, fromList, ...rest }) => ({
    ...rest,
    next,
    holdDays: next === null ? null : holdDays,
    holdFrom: next === null || fromList === null ? null : latestSince(fromList),
  }));

/** The colour that a verdict gives at an instant, to whoever learns nothing new. */
const rankAt = (verdict: Verdict, at: number) =>
  province.colours.findIndex(
    ({ id }) => id === (at < verdict.validUntil ? verdict.shown : verdict.nextShown),
  );

describe('any city', () => {
  const hardLines = compilePack({ ...province, rules: lines });

  it('P35 gives nobody a better colour than the hard lines of its province do, now or later', () => {
    let joined = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(drawnRule, { maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.tuple(facts, fc.integer({ min: 0, max: 60 })), { minLength: 1, maxLength: 8 }),
        (drawn, codeValidDays, people) => {
          const used = new Set<string>();
          const rules = drawn.map(({ restates, ...change }, index) => {
            const id = restates === null || used.has(restates) ? `rule-${index}` : restates;
            used.add(id);
            return rule(id, change);
          });
          const { pack } = narrows(
            city({ rules, defaults: { ...defaults, codeValidDays } }),
            province,
          );
          if (pack === null) {
            refused += 1;
            return;
          }
          joined += 1;
          const scorer = compilePack(pack);
          for (const [one, days] of people) {
            const now = Date.parse('2020-03-01') + days * 86_400_000;
            const [ours, theirs] = [scorer.score(one, now), hardLines.score(one, now)];
            // Past the earlier turn a verdict is scored anew, which is another `now`.
            const turn = Math.min(ours.validUntil, theirs.validUntil);
            for (const at of [now, turn]) {
              expect(rankAt(ours, at)).toBeGreaterThanOrEqual(rankAt(theirs, at));
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(joined).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });
});
