import { describe, expect, it } from 'vitest';
import { compileRule } from '../../src/rules/certlogic.ts';
import { operandValue } from '../../src/rules/certlogic-build.ts';
import { parseOrThrow } from '../../src/rules/certlogic-compile.ts';
import { sharedBuild } from '../../src/rules/certlogic-share.ts';
import { CertLogicDateTime } from '../../src/rules/certlogic-values.ts';
import { codeOf } from './expressions.ts';

const v = (path: string) => ({ var: path });

/** Compiles all together; the turn says for whom. */
function together(...all: unknown[]): (data: unknown, turn?: number) => unknown[] {
  const roots = all.map(parseOrThrow);
  const build = sharedBuild(roots, true);
  const operands = roots.map(build.operand);
  const meter = { reduceNodes: 0, turn: 0 };
  return (data, turn = meter.turn + 1) => {
    meter.turn = turn;
    return operands.map((operand) => {
      meter.reduceNodes = 0;
      const value = operandValue(operand, data, meter);
      return value instanceof CertLogicDateTime ? value.epochMs : value;
    });
  };
}

/** Data that counts how often `x` is read. */
function counted(x: unknown): { readonly data: unknown; readonly reads: () => number } {
  let reads = 0;
  const data = {
    get x() {
      reads += 1;
      return x;
    },
  };
  return { data, reads: () => reads };
}

describe('expressions that are compiled together', () => {
  const isOne = { '===': [v('x'), 1] };

  it('evaluate what they share once for a person, and anew for the next', () => {
    const score = together({ '!': [isOne] }, { and: [isOne, true] }, isOne);
    const { data, reads } = counted(1);
    expect(score(data)).toEqual([false, true, true]);
    expect(reads()).toBe(1);
    expect(score(counted(2).data)).toEqual([true, false, false]);
  });

  it('do not evaluate what nobody comes to', () => {
    const score = together({ and: [v('y'), isOne] }, { if: [v('y'), isOne, 7] });
    const { data, reads } = counted(1);
    expect(score(data)).toEqual([null, 7]);
    expect(reads()).toBe(0);
  });

  it.each<[string, unknown, unknown]>([
    ['paths', v('x'), v('y')],
    ['literals', { '===': [v('x'), 1] }, { '===': [v('x'), '1'] }],
    ['amounts of time', { plusTime: [v('d'), 1, 'day'] }, { plusTime: [v('d'), 2, 'day'] }],
    ['units of time', { plusTime: [v('d'), 1, 'day'] }, { plusTime: [v('d'), 1, 'hour'] }],
    ['indices', { extractFromUVCI: [v('u'), 0] }, { extractFromUVCI: [v('u'), 1] }],
    ['lambdas', { reduce: [v('l'), v('current'), 0] }, { reduce: [v('l'), v('accumulator'), 0] }],
    ['lists', { in: [v('x'), [1, 2]] }, { in: [v('x'), [2]] }],
    ['orders', { '<': [v('x'), v('y')] }, { '<': [v('y'), v('x')] }],
    ['relations', { '<': [v('x'), v('y')] }, { '>': [v('x'), v('y')] }],
  ])('tell %s apart', (_name, one, other) => {
    const data = { x: 1, y: 2, d: '2020-03-01', u: 'a/b', l: [5, 6] };
    const alone = [one, other, one, other].map((json) => {
      const value = compileRule(json)(data);
      return value instanceof CertLogicDateTime ? value.epochMs : value;
    });
    expect(alone[0]).not.toEqual(alone[1]);
    expect(together(one, other, one, other)(data)).toEqual(alone);
  });

  it('keep apart what is in a lambda from the same outside', () => {
    const lambda = { '+': [v('accumulator'), { if: [isOne, 1, 0] }] };
    const score = together(isOne, isOne, { reduce: [v('l'), lambda, 0] });
    // Inside, `x` is a name of the item's context, which has none.
    expect(score({ x: 1, l: [1, 2, 3] })).toEqual([true, true, 0]);
  });

  it('fail each by itself, again and again', () => {
    const bad = { '<': [v('x'), 1] };
    const score = together({ '!': [bad] }, { '!': [bad] });
    expect(codeOf(() => score({ x: 'a' }, 1))).toBe('rule-type-mismatch');
    expect(codeOf(() => score({ x: 'a' }, 1))).toBe('rule-type-mismatch');
    expect(score({ x: 0 })).toEqual([false, false]);
  });
});

describe('work that is limited', () => {
  const list = Array.from({ length: 500 }, () => 1);
  /** Visits 500 * 4 + 500 * 500 * 3 nodes, which is three quarters of what is allowed. */
  const sum = {
    reduce: [
      v('l'),
      { reduce: [v('data.l'), { '+': [v('accumulator'), v('current')] }, v('accumulator')] },
      0,
    ],
  };
  const positive = { '<': [0, sum] };

  it('is allowed to each expression anew, though they share it', () => {
    expect(together(positive, positive, { '!': [positive] })({ l: list })).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('counts twice where it is done twice, though it is done once', () => {
    const twice = { and: [positive, positive] };
    expect(codeOf(() => compileRule(twice)({ l: list }))).toBe('rule-limit-exceeded');
    expect(codeOf(() => together(twice)({ l: list }))).toBe('rule-limit-exceeded');
  });

  it('is allowed to each evaluation anew', () => {
    const rule = compileRule(positive);
    for (let time = 0; time < 3; time++) expect(rule({ l: list })).toBe(true);
  });
});
