import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Colour } from '../../src/code/colour.ts';
import { parseDateTime } from '../../src/rules/certlogic-date-time.ts';
import { LIST_KINDS, type ScoringFacts, scoringFactsSchema } from '../../src/rules/facts.ts';
import { type ScoringPack, scoringPackSchema } from '../../src/rules/pack.ts';
import { moreSevere, severityOf } from '../../src/rules/pack-colours.ts';
import { starterPack } from '../../src/rules/packs/starter.ts';
import { RuleError } from '../../src/rules/rule-error.ts';
import { compilePack, type Verdict } from '../../src/rules/score.ts';
import { scoreCases } from './vectors.ts';

const starter = compilePack(starterPack);
const dayMs = 86_400_000;

function instantOf(facts: ScoringFacts): number {
  return parseDateTime(facts.now) ?? Number.NaN;
}

function clean(): ScoringFacts {
  const [first] = scoreCases();
  if (first === undefined) throw new Error('no golden cases');
  return first.facts;
}

describe('golden scores of the starter pack', () => {
  it.each(scoreCases().map((one) => [one.name, one] as const))(
    '%s',
    (_name, { facts, expected }) => {
      const verdict = starter.score(scoringFactsSchema.parse(facts), instantOf(facts));
      expect({
        colour: verdict.colour,
        nextColour: verdict.nextColour,
        validUntil: verdict.validUntil,
        rules: verdict.matched.map((match) => match.rule),
      }).toEqual(expected);
    },
  );

  it('use every rule of the pack', () => {
    const seen = new Set(scoreCases().flatMap((one) => one.expected.rules));
    const { clear, lapse } = starterPack.defaults;
    const all = [...starterPack.rules, clear, lapse].map((rule) => rule.id);
    expect(all.filter((id) => !seen.has(id))).toEqual([]);
  });
});

describe('a verdict', () => {
  it('names the rule, the pack version, the texts and the values read', () => {
    const facts = { ...clean(), area: { level: 'high' as const } };
    expect(starter.score(facts, instantOf(facts)).matched).toEqual([
      {
        rule: 'area-high',
        version: 1,
        colour: 'red',
        shown: 'red',
        reason: 'area-high',
        zh: expect.stringContaining('高风险'),
        en: expect.stringContaining('high risk'),
        values: { 'area.level': 'high' },
      },
    ]);
  });

  it('takes the instant from its argument, not from the facts', () => {
    const pack = packOf([{ when: { '===': [{ var: 'now' }, '2020-03-11T00:00:00.000Z'] } }]);
    const facts = clean();
    expect(compilePack(pack).score(facts, instantOf(facts) + dayMs).colour).toBe('yellow');
    expect(compilePack(pack).score(facts, instantOf(facts)).colour).toBe('green');
  });

  it('survives the pack as JSON, unchanged', () => {
    const copy = scoringPackSchema.parse(JSON.parse(JSON.stringify(starterPack)));
    expect(copy).toEqual(starterPack);
  });
});

describe('holds', () => {
  it('count from now when the pack names no date', () => {
    const pack = packOf([{ outcome: 'red', holdDays: 2, next: 'green' }]);
    const verdict = scoreClean(pack);
    expect(verdict.validUntil).toBe(instantOf(clean()) + 2 * dayMs);
    expect([verdict.colour, verdict.nextColour]).toEqual(['red', 'green']);
  });

  it('give way to the colour that another rule still asks for', () => {
    const pack = packOf([
      { outcome: 'red', holdDays: 2, next: 'green' },
      { outcome: 'yellow', holdDays: 4, next: 'green' },
    ]);
    const verdict = scoreClean(pack);
    expect([verdict.colour, verdict.nextColour]).toEqual(['red', 'yellow']);
  });

  it('of the same colour last as long as the longest', () => {
    const pack = packOf([
      { outcome: 'red', holdDays: 2, next: 'green' },
      { outcome: 'red', holdDays: 4, next: 'green' },
    ]);
    const verdict = scoreClean(pack);
    expect(verdict.validUntil).toBe(instantOf(clean()) + 4 * dayMs);
    expect(verdict.matched[0]?.rule).toBe('rule-1');
  });

  it('refuse to count from something that is not a date', () => {
    const pack = packOf([{ outcome: 'red', holdDays: 2, holdFrom: 'soon', next: 'green' }]);
    expect(() => scoreClean(pack)).toThrow(RuleError);
  });
});

describe('pending', () => {
  it('is worse than green and better than yellow', () => {
    const pack = packOf([{ outcome: 'pending' }]);
    expect([scoreClean(pack).colour, scoreClean(pack).nextColour]).toEqual(['pending', 'yellow']);
    expect(moreSevere('pending', 'green')).toBe('pending');
    expect(moreSevere('pending', 'yellow')).toBe('yellow');
  });
});

describe('any facts', () => {
  const facts = fc.record({
    lists: fc.array(
      fc.record({
        kind: fc.constantFrom(...LIST_KINDS),
        since: fc
          .integer({ min: 1, max: 31 })
          .map((day) => `2020-03-${String(day).padStart(2, '0')}`),
      }),
      { maxLength: 4 },
    ),
    level: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
    fever: fc.boolean(),
    contactOfCase: fc.boolean(),
    nowDay: fc.integer({ min: 0, max: 40 }),
  });
  type Drawn = typeof facts extends fc.Arbitrary<infer T> ? T : never;

  const factsOf = (drawn: Drawn): ScoringFacts => {
    const { declaration } = clean();
    const symptoms = { ...declaration.symptoms, fever: drawn.fever };
    return scoringFactsSchema.parse({
      ...clean(),
      declaration: { ...declaration, symptoms, contactOfCase: drawn.contactOfCase },
      lists: drawn.lists,
      area: { level: drawn.level },
    });
  };
  const instant = (drawn: Drawn) => instantOf(clean()) + drawn.nowDay * dayMs;

  it('get the most severe colour matched, a later validUntil, and at least one reason', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const verdict = starter.score(factsOf(drawn), instant(drawn));
        const asked = verdict.matched.map((match) => match.colour);
        expect(verdict.colour).toBe(asked.reduce(moreSevere));
        expect(verdict.colour).toBe(asked[0]);
        expect(verdict.validUntil).toBeGreaterThan(instant(drawn));
      }),
    );
  });

  it('scored again at validUntil are what nextColour said', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const verdict = starter.score(factsOf(drawn), instant(drawn));
        // A future-dated entry counts from each scoring anew, so only past evidence foretells itself.
        fc.pre(drawn.lists.every((entry) => (parseDateTime(entry.since) ?? 0) <= instant(drawn)));
        const after = starter.score(factsOf(drawn), verdict.validUntil);
        expect(after.colour).toBe(verdict.nextColour);
      }),
    );
  });

  it('never get a better colour from one more list entry', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom(...LIST_KINDS), (drawn, kind) => {
        const more = { ...drawn, lists: [...drawn.lists, { kind, since: '2020-03-09' }] };
        const without = starter.score(factsOf(drawn), instant(drawn)).colour;
        const withEntry = starter.score(factsOf(more), instant(drawn)).colour;
        expect(severityOf(withEntry)).toBeGreaterThanOrEqual(severityOf(without));
      }),
    );
  });
});

function scoreClean(pack: ScoringPack): Verdict {
  return compilePack(pack).score(clean(), instantOf(clean()));
}

interface Draft {
  readonly when?: unknown;
  readonly outcome?: Colour;
  readonly holdDays?: number;
  readonly holdFrom?: unknown;
  readonly next?: Colour;
}

function packOf(rules: readonly Draft[]): ScoringPack {
  return scoringPackSchema.parse({
    ...starterPack,
    rules: rules.map((rule, index) => ({
      id: `rule-${index}`,
      when: true,
      outcome: 'yellow',
      holdDays: null,
      holdFrom: null,
      next: null,
      reason: 'test',
      zh: '测试',
      en: 'test',
      hardLine: false,
      ...rule,
    })),
  });
}
