import { describe, expect, it } from 'vitest';
import { compileRule } from '../../src/rules/certlogic.ts';
import { pathsRead } from '../../src/rules/certlogic-reads.ts';
import { CertLogicDateTime } from '../../src/rules/certlogic-values.ts';
import { reduceItemsCountMax } from '../../src/rules/limits.ts';
import { codeOf, nested } from './expressions.ts';

const run = (expression: unknown, data: unknown = null) => compileRule(expression)(data);
const v = (path: string) => ({ var: path });

describe('var', () => {
  it('reaches own properties and array elements', () => {
    expect(run(v('a.1.b'), { a: [0, { b: 7 }] })).toBe(7);
    expect(run(v('0'), { '0': 'key' })).toBe('key');
    expect(run(v(''), 3)).toBe(3);
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'a.constructor.name',
    'list.length',
    'list.-1',
    'list.01',
    'text.0',
  ])('reads %s as null', (path) => {
    expect(run(v(path), { a: {}, list: [1, 2], text: 'abc' })).toBeNull();
  });

  it('reads prototype names as null even where JSON made them own, and bears objects without a prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":{"x":1}}');
    expect([run(v('__proto__.x'), hostile), run(v('constructor.x'), hostile)]).toEqual([
      null,
      null,
    ]);
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(run(v('a'), bare)).toBe(1);
  });

  it('reads a missing data context as null', () => {
    expect(run(v('a'), undefined)).toBeNull();
    expect(run(v(''), undefined)).toBeNull();
  });
});

describe('truth', () => {
  it('of a fraction or a date-time is refused by "and" and "!", and is not truthy for "if"', () => {
    expect(codeOf(() => run({ '!': [v('x')] }, { x: 0.5 }))).toBe('rule-type-mismatch');
    expect(codeOf(() => run({ and: [true, { plusTime: ['2020', 0, 'day'] }] }))).toBe(
      'rule-type-mismatch',
    );
    expect(run({ if: [v('x'), 'T', 'F'] }, { x: 0.5 })).toBe('F');
  });

  it('is found lazily', () => {
    const fails = { '+': ['a', 1] };
    expect(run({ and: [false, fails] })).toBe(false);
    expect(run({ if: [true, 'T', fails] })).toBe('T');
    expect(codeOf(() => run({ and: [true, fails] }))).toBe('rule-type-mismatch');
  });
});

describe('operators', () => {
  it.each([
    ['"===" of two structures', { '===': [v('a'), v('a')] }, { a: [] }],
    ['"in" a non-array', { in: [1, v('a')] }, { a: null }],
    ['"<" of null', { '<': [v('a'), 1] }, { a: null }],
    ['"<" of a fraction', { '<': [v('a'), 1] }, { a: 0.5 }],
    ['"+" of texts', { '+': ['a', 'b'] }, null],
    ['"after" of texts', { after: ['2020-01-01', '2019-01-01'] }, null],
    ['"<" with a wrong third operand', { '<': [2, 1, 'x'] }, null],
    ['"reduce" over an object', { reduce: [v(''), 0, 0] }, {}],
    ['"plusTime" of null', { plusTime: [v('a'), 0, 'day'] }, null],
    ['"extractFromUVCI" of a number', { extractFromUVCI: [v('a'), 0] }, { a: 1 }],
    ['"dccDateOfBirth" of null', { dccDateOfBirth: [v('a')] }, null],
  ])('refuse %s', (_name, expression, data) => {
    expect(codeOf(() => run(expression, data))).toBe('rule-type-mismatch');
  });

  it('tell a structure from a primitive without refusing', () => {
    expect(run({ '===': [v('a'), 'x'] }, { a: [] })).toBe(false);
    expect(run({ in: ['x', [['x'], 'x']] })).toBe(true);
  });

  it('refuse a sum that is no safe integer', () => {
    expect(codeOf(() => run({ '+': [Number.MAX_SAFE_INTEGER, 1] }))).toBe('rule-out-of-range');
  });

  it('compare each neighbouring pair', () => {
    expect(run({ '>': [3, 2, 1] })).toBe(true);
    expect(run({ '>=': [3, 3, 4] })).toBe(false);
  });
});

describe('reduce', () => {
  const count = {
    reduce: [
      v('x'),
      { '+': [v('accumulator'), { if: [{ '===': [v('current'), v('data.z')] }, 1, 0] }] },
      0,
    ],
  };

  it('shows the outer context to its lambda as data', () => {
    expect(run(count, { x: [1, 2, 1, 1], z: 1 })).toBe(3);
    expect(run(count, { x: [null], z: null })).toBe(1);
    expect(run(count, { z: 1 })).toBe(0);
  });

  it('refuses a list past the limit and takes one at it', () => {
    const last = { reduce: [v('x'), v('current'), 0] };
    expect(run(last, { x: Array(reduceItemsCountMax).fill(9) })).toBe(9);
    expect(codeOf(() => run(last, { x: Array(reduceItemsCountMax + 1).fill(9) }))).toBe(
      'rule-limit-exceeded',
    );
  });

  it('refuses work that nesting multiplies', () => {
    const twice = { reduce: [v('x'), { reduce: [v('data.x'), v('current'), 0] }, 0] };
    expect(codeOf(() => run(twice, { x: Array(reduceItemsCountMax).fill(1) }))).toBe(
      'rule-limit-exceeded',
    );
  });

  it('starts each evaluation with a fresh allowance', () => {
    const rule = compileRule({ reduce: [v(''), { '+': [v('accumulator'), v('current')] }, 0] });
    const list = Array(reduceItemsCountMax).fill(1);
    for (let i = 0; i < 100; i++) expect(rule(list)).toBe(reduceItemsCountMax);
  });
});

describe('a compiled rule', () => {
  it('does not follow later changes of the expression', () => {
    const expression = { in: ['b', ['a']] };
    const rule = compileRule(expression);
    expression.in[1] = ['b'];
    expect(rule(null)).toBe(false);
  });

  it('gives a constant array that nobody can change for the next evaluation', () => {
    const rule = compileRule(['a']);
    expect(Object.isFrozen(rule(null))).toBe(true);
    expect(rule(null)).toEqual(['a']);
  });

  it('can end in a date-time, which serialises to ISO 8601', () => {
    const result = run({ plusTime: ['2020-02-29', 1, 'year'] });
    expect(result).toBeInstanceOf(CertLogicDateTime);
    expect(JSON.stringify(result)).toBe('"2021-03-01T00:00:00.000Z"');
  });

  it('runs at the deepest nesting allowed', () => {
    expect(run(nested(63, true))).toBe(false);
  });
});

describe('pathsRead', () => {
  it('lists what the outer context must hold', () => {
    const expression = {
      and: [
        v('b.c'),
        { plusTime: [v('a'), 1, 'day'] },
        {
          reduce: [
            v('list'),
            { if: [v('current.x'), v('data.now'), v('accumulator')] },
            v('start'),
          ],
        },
        v('b.c'),
      ],
    };
    expect(pathsRead(expression)).toEqual(['a', 'b.c', 'list', 'now', 'start']);
  });

  it('follows data through two lambdas, and counts the whole context', () => {
    const inner = { reduce: [v('current'), v('data.data.deep'), v('data.near')] };
    expect(pathsRead({ reduce: [v('list'), inner, 0] })).toEqual(['deep', 'list', 'near']);
    expect(pathsRead({ reduce: [v('list'), v(''), 0] })).toEqual(['', 'list']);
    expect(pathsRead({ nonsense: [] })).toEqual([]);
  });
});
