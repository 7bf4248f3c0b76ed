import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule, validateRule } from '../../src/rules/certlogic.ts';
import { pathsRead } from '../../src/rules/certlogic-reads.ts';
import { expressionDepthLevelsMax, expressionNodesCountMax } from '../../src/rules/limits.ts';
import { codeOf, nested } from './expressions.ts';
import { anyData as data, anyExpression as expression } from './generated.ts';

const messagesOf = (expression: unknown) => validateRule(expression).map((one) => one.message);

describe('validateRule', () => {
  it.each([
    [{ if: [true, 1] }, 'an "if"-operation must have exactly 3 values/operands, but it has 2'],
    [{ and: [true] }, 'an "and" operation must have at least 2 operands, but it has 1'],
    [{ '<': [1] }, 'an operation with operator "<" must have 2 or 3 operands, but it has 1'],
    [
      { after: [1, 2, 3, 4] },
      'an operation with operator "after" must have 2 or 3 operands, but it has 4',
    ],
    [{ '===': [1, 2, 3] }, 'an operation with operator "===" must have 2 operands, but it has 3'],
    [{ '!': [] }, 'a !-operation (logical not/negation) must have exactly 1 operand, but it has 0'],
    [{ reduce: [1, 2] }, 'a "reduce"-operation must have exactly 3 values/operands, but it has 2'],
    [
      { plusTime: ['x'] },
      'a "plusTime"-operation must have exactly 3 values/operands, but it has 1',
    ],
    [
      { plusTime: ['x', '1', 'day'] },
      '"amount" argument (#2) of "plusTime" must be an integer, but it is: 1',
    ],
    [
      { plusTime: ['x', 1, 'week'] },
      '"unit" argument (#3) of "plusTime" must be one of year, month, day, hour, but it is: week',
    ],
    [
      { extractFromUVCI: ['x'] },
      'an "extractFromUVCI"-operation must have exactly 2 values/operands, but it has 1',
    ],
    [
      { extractFromUVCI: ['x', Object.create(null)] },
      '"index" argument (#2) of "extractFromUVCI" must be an integer, but it is: an object',
    ],
    [
      { dccDateOfBirth: ['x', 'y'] },
      'a "dccDateOfBirth"-operation must have exactly 1 value/operand, but it has 2',
    ],
    [{ var: '.x' }, "data access path doesn't have a valid format: .x"],
    [JSON.parse('{"__proto__":[1]}'), 'unrecognised operator: "__proto__"'],
    [undefined, 'invalid CertLogic expression'],
    [() => 1, 'invalid CertLogic expression'],
  ])('%j', (expression, message) => {
    expect(messagesOf(expression)).toEqual([message]);
  });

  it('reports every problem, each with its own part of the expression', () => {
    const wrong = { var: 1 };
    expect(validateRule({ and: [wrong, { if: [true, 0.5, null] }] })).toEqual([
      { expr: wrong, message: 'not of the form { "var": "<path>" }' },
      { expr: 0.5, message: '0.5 is a non-integer number' },
      { expr: null, message: 'invalid CertLogic expression' },
    ]);
  });

  it('sees the holes of a sparse array', () => {
    const sparse: unknown[] = [1];
    sparse[2] = 1;
    expect(messagesOf(sparse)).toEqual(['invalid CertLogic expression']);
  });

  it('allows the deepest level and refuses the next, with one problem', () => {
    expect(validateRule(nested(expressionDepthLevelsMax - 1, true))).toEqual([]);
    expect(messagesOf(nested(expressionDepthLevelsMax, true))).toEqual([
      `expression is nested deeper than ${expressionDepthLevelsMax} levels`,
    ]);
  });

  it('ends on a cycle and on a million levels', () => {
    const cycle: { '!': unknown[] } = { '!': [] };
    cycle['!'].push(cycle);
    expect(validateRule(cycle)).toHaveLength(1);
    expect(validateRule(nested(1_000_000, true))).toHaveLength(1);
  });

  it('allows the most nodes and refuses one more, in arrays and in operands', () => {
    const full = Array(expressionNodesCountMax - 1).fill(1);
    const tooMany = [`expression has more than ${expressionNodesCountMax} nodes`];
    expect(validateRule(full)).toEqual([]);
    expect(messagesOf([...full, 1])).toEqual(tooMany);
    expect(messagesOf({ and: [...full, 1] })).toEqual(tooMany);
    expect(messagesOf(Array(10_000_000).fill(1))).toEqual(tooMany);
  });
});

describe('compileRule', () => {
  it('throws the problems that validateRule tells', () => {
    const expression = { and: [0.5] };
    try {
      compileRule(expression);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        name: 'RuleError',
        code: 'rule-malformed',
        problems: validateRule(expression),
      });
    }
  });
});

describe('any expression', () => {
  it('compiles exactly when it validates', () => {
    fc.assert(
      fc.property(fc.oneof(expression, fc.jsonValue(), fc.anything()), (drawn) => {
        const refused = codeOf(() => compileRule(drawn));
        expect(refused).toBe(validateRule(drawn).length > 0 ? 'rule-malformed' : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('evaluates to the same value each time, or throws a RuleError and nothing else', () => {
    let evaluated = 0;
    fc.assert(
      fc.property(expression, data, (drawn, context) => {
        if (validateRule(drawn).length > 0) return;
        const rule = compileRule(drawn);
        const before = JSON.stringify(context);
        const code = codeOf(() => rule(context));
        if (code === undefined) {
          evaluated += 1;
          expect(JSON.stringify(rule(context))).toBe(JSON.stringify(rule(context)));
        }
        expect(JSON.stringify(context)).toBe(before);
      }),
      { numRuns: 1000 },
    );
    expect(evaluated).toBeGreaterThan(50);
  });

  it('depends on nothing but the paths it says it reads', () => {
    fc.assert(
      fc.property(expression, fc.array(fc.integer()), fc.jsonValue(), (drawn, a, b) => {
        if (validateRule(drawn).length > 0) return;
        const reads = pathsRead(drawn);
        if (reads.includes('') || reads.includes('b')) return;
        const rule = compileRule(drawn);
        const outcome = (context: unknown) => {
          let value: unknown;
          const code = codeOf(() => {
            value = rule(context);
          });
          return code ?? JSON.stringify(value);
        };
        expect(outcome({ a, b })).toBe(outcome({ a }));
      }),
      { numRuns: 500 },
    );
  });
});
