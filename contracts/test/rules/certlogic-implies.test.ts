import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../src/rules/certlogic.ts';
import { implies } from '../../src/rules/certlogic-implies.ts';
import { parseRule } from '../../src/rules/certlogic-parse.ts';
import { listed } from '../../src/rules/packs/expressions.ts';

const v = (path: string) => ({ var: path });
const or = (a: unknown, b: unknown) => ({ if: [a, true, b] });
const is = (value: unknown) => ({ '===': [v('a'), value] });

function shown(premise: unknown, goal: unknown): boolean {
  const [one, other] = [parseRule(premise).expr, parseRule(goal).expr];
  if (one === null || other === null) throw new Error('malformed');
  return implies(one, other);
}

describe('implies', () => {
  it.each<[string, unknown, unknown]>([
    ['the same', is(1), is(1)],
    ['anything a truth', is(1), true],
    ['a falsehood anything', false, is(1)],
    ['"and" each of its operands', { and: [is(1), v('b')] }, v('b')],
    ['a value both of an "and"', { and: [is(1), v('b'), v('c')] }, { and: [v('b'), is(1)] }],
    ['an operand its "or"', v('b'), or(is(1), v('b'))],
    ['"or" what each operand implies', or(is(1), is(2)), { in: [v('a'), [2, 3, 1]] }],
    ['the turned, turned round', { '!': [or(v('b'), v('c'))] }, { '!': [v('b')] }],
    ['a smaller set a larger', { in: [v('a'), ['x']] }, { in: [v('a'), ['y', 'x']] }],
    ['a literal on the left', { '===': [1, v('a')] }, is(1)],
    ['a narrower range a wider', { '>=': [v('a'), 38] }, { '>': [v('a'), 36] }],
    ['a range turned round', { '<': [5, v('a')] }, { '>=': [v('a'), 6] }],
    ['some item of fewer kinds', listed('confirmed'), listed('suspected', 'confirmed')],
  ])('shows: %s', (_name, premise, goal) => {
    expect(shown(premise, goal)).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ['the converse', or(is(1), is(2)), is(1)],
    ['a larger set', { in: [v('a'), ['y', 'x']] }, { in: [v('a'), ['x']] }],
    ['a wider range', { '>': [v('a'), 36] }, { '>=': [v('a'), 38] }],
    ['another path', { '>=': [v('b'), 38] }, { '>': [v('a'), 36] }],
    ['some item of more kinds', listed('suspected', 'confirmed'), listed('confirmed')],
    ['"no item" from "some item"', { '!': [listed('confirmed')] }, { '!': [listed('suspected')] }],
  ])('does not show: %s', (_name, premise, goal) => {
    expect(shown(premise, goal)).toBe(false);
  });

  it('gives up on a proof that grows without end, and says nothing', () => {
    const tangle = (depth: number): unknown =>
      depth === 0 ? v('x') : or({ and: [tangle(depth - 1), v(`y${depth}`)] }, tangle(depth - 1));
    expect(shown(tangle(9), { and: [v('p'), tangle(9)] })).toBe(false);
  });

  const number = fc.integer({ min: 0, max: 3 });
  const some = (condition: unknown) => ({
    reduce: [v('list'), { if: [condition, true, v('accumulator')] }, false],
  });
  const atom = (path: fc.Arbitrary<string>) =>
    fc.oneof(
      fc.tuple(path, number).map(([name, value]) => ({ '===': [v(name), value] })),
      fc
        .tuple(path, fc.array(number, { maxLength: 3 }))
        .map(([name, list]) => ({ in: [v(name), list] })),
      fc
        .tuple(fc.constantFrom('<', '>', '<=', '>='), path, number, fc.boolean())
        .map(([operator, name, value, turned]) => ({
          [operator]: turned ? [value, v(name)] : [v(name), value],
        })),
    );
  const joined = (base: fc.Arbitrary<unknown>) =>
    fc.letrec<{ condition: unknown }>((tie) => ({
      condition: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        base,
        fc.tuple(tie('condition'), tie('condition')).map((both) => ({ and: both })),
        fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => or(one, other)),
        tie('condition').map((one) => ({ '!': [one] })),
      ),
    })).condition;
  const inner = joined(atom(fc.constant('current')));
  const condition = joined(
    fc.oneof(atom(fc.constantFrom('a', 'b')), inner.map(some), fc.boolean()),
  );
  const facts = fc.record({ a: number, b: number, list: fc.array(number, { maxLength: 3 }) });

  it('is never wrong about data', () => {
    let proven = 0;
    let met = 0;
    fc.assert(
      fc.property(condition, condition, fc.array(facts, { minLength: 5 }), (premise, goal, all) => {
        if (!shown(premise, goal)) return;
        proven += 1;
        const [one, other] = [compileRule(premise), compileRule(goal)];
        const meeting = all.filter((data) => one(data) === true);
        met += meeting.length;
        for (const data of meeting) expect(other(data)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(proven).toBeGreaterThan(200);
    expect(met).toBeGreaterThan(200);
  });
});
