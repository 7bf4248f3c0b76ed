import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateRule } from '../../src/rules/certlogic.ts';
import type { ScoringFacts } from '../../src/rules/facts.ts';
import { type ScoringPack, scoringPackSchema } from '../../src/rules/pack.ts';
import { nationalPack } from '../../src/rules/packs/national.ts';
import { person } from '../../src/rules/packs/person.ts';
import { shandongPack } from '../../src/rules/packs/shandong.ts';
import { starterPack } from '../../src/rules/packs/starter.ts';
import { zhejiangPack } from '../../src/rules/packs/zhejiang.ts';
import { RuleError } from '../../src/rules/rule-error.ts';
import { compilePack, type Scorer } from '../../src/rules/score.ts';
import { anyExpression, anyFacts, anyInputs } from './fact-draws.ts';
import { rule } from './lint-pack.ts';
import { plainScorer } from './plain-scorer.ts';

/** As many as it takes until a pack is compiled for people of that profile, and once more. */
const often = 101;
const start = Date.parse('2020-03-01');
const instants = fc.integer({ min: 0, max: 50 * 24 }).map((hours) => start + hours * 3_600_000);
const thresholds = { line: 3730, days: 7 };

/** The answer, or how it failed: everything of it, so that equal outcomes are equal byte for byte. */
function outcomeOf(work: () => unknown): string {
  try {
    return JSON.stringify(work()) ?? 'undefined';
  } catch (error) {
    if (error instanceof RuleError) return `${error.code}: ${error.message}`;
    if (error instanceof RangeError) return `RangeError: ${error.message}`;
    throw error;
  }
}

/** Fails unless a scorer, new or used, tells everybody what the plain one tells. */
function expectAlike(
  pack: ScoringPack,
  people: readonly ScoringFacts[],
  now: number,
  times = often,
): Set<string> {
  const scorer = compilePack(pack);
  const plain = plainScorer(pack);
  const outcomes = people.map((facts) => outcomeOf(() => plain(facts, now)));
  const expectSame = () => {
    const ours = people.map((facts) => outcomeOf(() => scorer.score(facts, now)));
    expect(ours).toEqual(outcomes);
  };
  expectSame();
  for (const facts of people) for (let time = 1; time < times; time++) attempt(scorer, facts, now);
  expectSame();
  return new Set(outcomes.map((outcome) => outcome.split(':', 1)[0] ?? ''));
}

function attempt(scorer: Scorer, facts: ScoringFacts, now: number): void {
  try {
    scorer.score(facts, now);
  } catch {
    // How it fails is compared above.
  }
}

describe.each(
  [zhejiangPack, shandongPack, nationalPack, starterPack].map((pack) => [pack.id, pack] as const),
)('the %s pack, compiled as a whole', (_id, pack) => {
  it('tells everybody what its rules tell, each by itself', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyFacts, { minLength: 1, maxLength: 4 }), instants, (people, now) => {
        for (const kind of expectAlike(pack, people, now)) seen.add(kind);
      }),
      { numRuns: 100 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['{"colour"', 'rule-type-mismatch']));
  });
});

describe('any pack, compiled as a whole', () => {
  const drawn = fc.record({
    when: anyExpression.filter((expression) => validateRule(expression).length === 0),
    outcome: fc.constantFrom('green', 'pending', 'yellow', 'red'),
    holdDays: fc.option(fc.integer({ min: 1, max: 30 })),
    holdFrom: fc.option(anyExpression.filter((one) => validateRule(one).length === 0)),
  });
  const packs = fc
    .record({
      rules: fc.array(drawn, { minLength: 1, maxLength: 4 }),
      inputs: anyInputs,
      codeValidFrom: fc.option(anyExpression.filter((one) => validateRule(one).length === 0)),
    })
    .map(({ rules, inputs, codeValidFrom }) =>
      scoringPackSchema.parse({
        ...starterPack,
        thresholds,
        inputs,
        rules: [...rules, ...rules].map(({ holdDays, holdFrom, ...rest }, index) =>
          rule(`rule-${index}`, {
            ...rest,
            holdDays,
            holdFrom: holdDays === null ? null : holdFrom,
            next: holdDays === null ? null : 'yellow',
          }),
        ),
        defaults: { ...starterPack.defaults, codeValidFrom },
        tests: [],
      }),
    );

  it('tells everybody what its rules tell, each by itself', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        packs,
        fc.array(anyFacts, { minLength: 1, maxLength: 4 }),
        instants,
        (pack, people, now) => {
          for (const kind of expectAlike(pack, people, now)) seen.add(kind);
        },
      ),
      { numRuns: 150 },
    );
    const codes = ['{"colour"', 'rule-type-mismatch', 'rule-date-malformed'];
    expect([...seen]).toEqual(expect.arrayContaining(codes));
  });
});

describe('rules whose work multiplies', () => {
  const v = (path: string) => ({ var: path });
  const listed = [{ kind: 'returnee' as const, since: '2020-03-01' }];
  const lists = Array.from({ length: 55 }, () => listed).flat();
  const over = (list: string, lambda: unknown) => ({ reduce: [v(list), lambda, 0] });
  /** 55 * 55 * 55 items of four nodes each: two thirds of what one evaluation may visit. */
  const depth = (least: number) => ({
    '<': [
      least,
      over('lists', over('data.lists', over('data.data.lists', { '+': [v('accumulator'), 1] }))),
    ],
  });
  const packOf = (...whens: unknown[]) =>
    scoringPackSchema.parse({
      ...starterPack,
      rules: whens.map((when, index) => rule(`rule-${index}`, { when })),
      tests: [],
    });
  const facts: ScoringFacts = { ...person(), lists };

  it('have the whole allowance each, though they share what they do', () => {
    const seen = expectAlike(packOf(depth(0), depth(1), { '!': [depth(0)] }), [facts], start, 2);
    expect([...seen]).toEqual(['{"colour"']);
  });

  it('have no more than one allowance for what they do twice', () => {
    const seen = expectAlike(packOf({ and: [depth(0), depth(0)] }), [facts], start, 2);
    expect([...seen]).toEqual(['rule-limit-exceeded']);
  });
});
