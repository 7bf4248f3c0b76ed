import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule, validateRule } from '../../src/rules/certlogic.ts';
import { compileExpr, parseOrThrow } from '../../src/rules/certlogic-compile.ts';
import { type Given, type Residual, residualOf } from '../../src/rules/certlogic-given.ts';
import { isBounded } from '../../src/rules/certlogic-reduce.ts';
import { access, truthOf } from '../../src/rules/certlogic-values.ts';
import type { ScoringFacts } from '../../src/rules/facts.ts';
import { reduceItemsCountMax } from '../../src/rules/limits.ts';
import type { PackInput } from '../../src/rules/pack-inputs.ts';
import { profilesOf } from '../../src/rules/score-profile.ts';
import { anyExpression, anyFacts, anyInputs } from './fact-draws.ts';

const thresholds = { line: 3730, days: 7 };

type Outcome = { readonly value: unknown } | { readonly error: string };

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    return { error: String(error) };
  }
}

describe('what is left of an expression', () => {
  it('answers, and fails, as the whole does, for everybody of whom that is known', () => {
    let [answered, failed, shorter, settled] = [0, 0, 0, 0];
    fc.assert(
      fc.property(anyExpression, anyInputs, anyFacts, (json, inputs, facts) => {
        fc.pre(validateRule(json).length === 0);
        const expr = parseOrThrow(json);
        const profiles = profilesOf({ inputs: [...inputs], thresholds }, isBounded(expr));
        const data = { ...facts, thresholds };
        const left = residualOf(expr, profiles.given(profiles.of(data)));
        const whole = outcomeOf(() => compileRule(json)(data));
        const nodes = { reduceNodes: 0 };
        expect(outcomeOf(() => compileExpr(left.expr)(data, nodes))).toEqual(whole);
        expectTold(left, whole);
        answered += 'value' in whole ? 1 : 0;
        failed += 'error' in whole ? 1 : 0;
        shorter += JSON.stringify(left.expr) === JSON.stringify(expr) ? 0 : 1;
        settled += left.known === undefined ? 0 : 1;
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(answered, failed, shorter, settled)).toBeGreaterThan(100);
  });
});

describe('what is left, case by case', () => {
  const v = (path: string) => ({ var: path });
  const contacts = { '===': [v('current.kind'), 'confirmed'] };
  const kinds: PackInput = {
    path: 'lists.*.kind',
    type: 'text',
    values: ['confirmed', 'released'],
  };
  const report = { path: 'lastReportAt', type: 'date', nullable: true } as const;
  const days = { path: 'days', type: 'integer' } as const;
  const area: PackInput = { path: 'area.level', type: 'text', values: ['low', 'high'] };
  const some = (list: string, condition: unknown) => ({
    reduce: [v(list), { if: [condition, true, v('accumulator')] }, false],
  });
  const listed = some('lists', contacts);
  const confirmed = { lists: [{ kind: 'confirmed' }, { kind: 'released' }] };

  it.each<[string, unknown, PackInput, unknown, unknown]>([
    ['an empty list', listed, kinds, { lists: [] }, false],
    ['a missing list', listed, kinds, {}, false],
    ['a list without such an item', listed, kinds, { lists: [{ kind: 'released' }] }, false],
    ['a list with such an item', listed, kinds, confirmed, true],
    ['an operand that never holds', { and: [v('days'), listed] }, kinds, {}, undefined],
    [
      'a number, and what never holds',
      { and: [{ '<': [v('days'), 7] }, listed] },
      days,
      { days: 3 },
      undefined,
    ],
    ['a date that is missing', { if: [v('lastReportAt'), 1, 2] }, report, {}, 2],
    ['a date that is there', { if: [v('lastReportAt'), 1, 2] }, report, { lastReportAt: 'x' }, 1],
    ['an empty date', { if: [v('lastReportAt'), 1, 2] }, report, { lastReportAt: '' }, undefined],
    ['a value', { in: [v('area.level'), ['high', 'x']] }, area, { area: { level: 'high' } }, true],
    [
      'another value',
      { '===': [v('area.level'), 'high'] },
      area,
      { area: { level: 'low' } },
      false,
    ],
    [
      'no such value',
      { '===': [v('area.level'), 'high'] },
      area,
      { area: { level: 'x' } },
      undefined,
    ],
    ['a threshold', { '<': [v('thresholds.days'), 9] }, area, {}, true],
  ])('%s', (_name, json, input, facts, known) => {
    expect(leftOf(json, [input], facts).known).toBe(known);
  });

  it.each<[string, unknown, PackInput, unknown]>([
    [
      'of a negated value that may be neither',
      { and: [{ '!': [v('x')] }, false] },
      days,
      { x: 0.5 },
    ],
    [
      'of an item that is never come to, when another says yes',
      some('lists', { if: [contacts, true, { '<': [v('current.since'), 1] }] }),
      kinds,
      confirmed,
    ],
    ['of a number that is none', { and: [{ '<': [v('days'), 7] }, false] }, days, { days: '3' }],
    [
      'of two structures',
      { and: [{ '===': [v('lists'), v('lists')] }, false] },
      days,
      { lists: [] },
    ],
    [
      'of a lone operand',
      { and: [v('lastReportAt'), v('x')] },
      report,
      { lastReportAt: 'x', x: 0.5 },
    ],
  ])('keeps the failure %s', (_name, json, input, facts) => {
    const left = leftOf(json, [input], facts);
    const data = { ...(facts as object), thresholds };
    expect(outcomeOf(() => compileExpr(left.expr)(data, { reduceNodes: 0 }))).toHaveProperty(
      'error',
    );
    expect(outcomeOf(() => compileRule(json)(data))).toHaveProperty('error');
  });

  it('leaves a list alone that is longer than any may be', () => {
    const lists = Array.from({ length: reduceItemsCountMax + 1 }, () => ({ kind: 'released' }));
    expect(leftOf(listed, [kinds], { lists }).known).toBeUndefined();
  });

  function leftOf(json: unknown, inputs: readonly PackInput[], facts: unknown): Residual {
    const profiles = profilesOf({ inputs: [...inputs], thresholds }, true);
    return residualOf(parseOrThrow(json), profiles.given(profiles.of(facts)));
  }
});

/** What is said of the value is true of it. */
function expectTold({ known, truth, type, total }: Residual, outcome: Outcome): void {
  if (total) expect(outcome).toHaveProperty('value');
  if (!('value' in outcome)) return;
  const { value } = outcome;
  if (known !== undefined) expect(value).toBe(known);
  if (truth !== undefined) expect(truthOf(value)).toBe(truth);
  if (type === 'boolean') expect(typeof value).toBe('boolean');
  if (type === 'integer') expect(Number.isInteger(value)).toBe(true);
}

describe('a profile', () => {
  it('says of nobody what is not so', () => {
    let told = 0;
    fc.assert(
      fc.property(anyInputs, anyFacts, (inputs, facts) => {
        const profiles = profilesOf({ inputs: [...inputs], thresholds }, true);
        const profile = profiles.of(facts);
        expect(Number.isInteger(profile) && profile >= 0 && profile < 2 ** 31).toBe(true);
        const given = profiles.given(profile);
        for (const { path } of inputs) {
          const [list = ''] = path.split('.*');
          const known = given(list.split('.'));
          if (known === null) continue;
          told += 1;
          expect(isSo(known, access(facts, list.split('.')))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
    expect(told).toBeGreaterThan(5000);
  });

  it('tells all inputs of the shipped kinds apart, and nobody in particular by 0', () => {
    const inputs: PackInput[] = [{ path: 'area.level', type: 'text', values: ['low', 'high'] }];
    const profiles = profilesOf({ inputs: [...inputs], thresholds }, true);
    const at = (level: unknown) => profiles.of({ area: { level } } as unknown as ScoringFacts);
    expect([at('low'), at('high'), at('medium'), at(null)]).toEqual([1, 2, 0, 0]);
    expect(profiles.given(0)(['area', 'level'])).toBeNull();
    expect(profiles.given(2)(['area', 'level'])).toEqual({ is: 'literal', value: 'high' });
    expect(profiles.given(0)(['thresholds', 'line'])).toEqual({ is: 'literal', value: 3730 });
  });

  it('leaves inputs aside that would make too many profiles', () => {
    const inputs = Array.from(
      { length: 40 },
      (_, n) => ({ path: `x${n}`, type: 'boolean' }) as const,
    );
    const profiles = profilesOf({ inputs: [...inputs], thresholds }, true);
    const all = Object.fromEntries(inputs.map(({ path }) => [path, true]));
    expect(profiles.of(all)).toBeLessThan(2 ** 31);
    expect(profiles.given(profiles.of(all))(['x0'])).toEqual({ is: 'literal', value: true });
    expect(profiles.given(profiles.of(all))(['x39'])).toBeNull();
  });
});

function isSo(given: Given, value: unknown): boolean {
  switch (given.is) {
    case 'literal':
      return value === given.value;
    case 'null':
      return value === null;
    case 'empty':
      return value === null || (Array.isArray(value) && value.length === 0);
    case 'integer':
      return Number.isInteger(value);
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'items': {
      const texts = (value as object[]).map((item) => access(item, [given.field]));
      return (
        given.texts.every((text) => texts.includes(text)) &&
        texts.every((text) => given.texts.includes(text as string))
      );
    }
  }
}
