import { compileRule, validateRule } from '@greengate/contracts/rules/certlogic';
import { nationalPack } from '@greengate/contracts/rules/packs/national';
import { shandongPack } from '@greengate/contracts/rules/packs/shandong';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { evaluate } from 'certlogic-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyExpression } from '../../contracts/test/rules/generated.ts';
import { expressionsOf } from '../src/rules/pack-expressions.ts';
import { people } from '../src/rules/people.ts';

type Theirs = Parameters<typeof evaluate>[0];

/** The answer as JSON, or nothing when the engine refuses. */
function answerOf(engine: () => unknown): string | undefined {
  try {
    return JSON.stringify(engine()) ?? 'undefined';
  } catch {
    return undefined;
  }
}
const ours = (expression: unknown, data: unknown) => answerOf(() => compileRule(expression)(data));
const theirs = (expression: unknown, data: unknown) =>
  answerOf(() => evaluate(expression as Theirs, data));

const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.constantFrom(null, '', 'x', '2020', '2020-02-29', '2020-03-01T08:00:00+08:00'),
);
const data = fc.record({
  a: fc.array(value, { maxLength: 4 }),
  b: fc.oneof(value, fc.array(value)),
});

describe('certlogic-js as an oracle', () => {
  test('any expression that both engines answer, both answer alike', () => {
    let compared = 0;
    fc.assert(
      fc.property(anyExpression, data, (expression, context) => {
        const text = JSON.stringify(expression) ?? '';
        // Differences that are tested below: names that objects inherit, and `data` inside a lambda.
        if (validateRule(expression).length > 0 || /__proto__|"data/.test(text)) return;
        const [our, their] = [ours(expression, context), theirs(expression, context)];
        if (our === undefined || their === undefined) return;
        expect(our).toBe(their);
        compared += 1;
      }),
      { numRuns: 20_000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  test('every expression of the shipped packs, both answer alike', () => {
    for (const pack of [zhejiangPack, shandongPack, nationalPack]) {
      for (const person of people(200, pack.thresholds, 7)) {
        for (const { name, json } of expressionsOf(pack)) {
          const our = ours(json, person);
          expect(our, name).toBeDefined();
          expect(our, name).toBe(theirs(json, person));
        }
      }
    }
  });

  const v = (path: string) => ({ var: path });
  test.each<[string, unknown, unknown, string | undefined, string | undefined]>([
    ['a fraction is no truth', { if: [v('x'), 1, 2] }, { x: 0.5 }, '2', '1'],
    [
      'a guard that is no truth is not true',
      { if: [{ plusTime: ['2020', 0, 'day'] }, 1, 2] },
      {},
      '2',
      undefined,
    ],
    ['two structures are not compared', { '===': [v('x'), v('x')] }, { x: [] }, undefined, 'true'],
    [
      'sums stay safe integers',
      { '+': [Number.MAX_SAFE_INTEGER, 1] },
      {},
      undefined,
      '9007199254740992',
    ],
    ['inherited names are not read', v('x.toString.name'), { x: {} }, 'null', '"toString"'],
    ['a list has no length', v('x.length'), { x: [1] }, 'null', '1'],
    ['a text has no characters', v('x.0'), { x: 'abc' }, 'null', '"a"'],
    ['an index is written plainly', v('x.1b'), { x: [0, 7] }, 'null', '7'],
    [
      'a day that its month has not is refused',
      { plusTime: ['2021-02-30', 0, 'day'] },
      {},
      undefined,
      '"2021-03-02T00:00:00.000Z"',
    ],
    [
      'a month that no year has is refused',
      { plusTime: ['2021-13-01', 0, 'day'] },
      {},
      undefined,
      'null',
    ],
    [
      'a lambda sees the outer context as data',
      { reduce: [v('x'), v('data.y'), 0] },
      { x: [1], y: 5 },
      '5',
      'null',
    ],
    [
      'an object may be called anything',
      { '!': [v('x')] },
      { x: { toString: 1 } },
      'false',
      undefined,
    ],
  ])('known difference: %s', (_name, expression, context, our, their) => {
    expect([ours(expression, context), theirs(expression, context)]).toEqual([our, their]);
  });
});

test('the people of the bench differ, and the same seed gives the same', () => {
  const [first, again, other] = [people(50, {}, 3), people(50, {}, 3), people(50, {}, 4)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(new Set(people(500, {}).flatMap(({ lists }) => lists.map(({ kind }) => kind))).size).toBe(
    6,
  );
});

test('the zhejiang pack has rules with and without dates', () => {
  const dates = expressionsOf(zhejiangPack).map((one) => one.dates);
  expect([dates.includes(true), dates.includes(false)]).toEqual([true, true]);
});
