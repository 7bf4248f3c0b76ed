import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule, explainRule, validateRule } from '../../src/rules/certlogic.ts';
import { shownValue } from '../../src/rules/explain-shown.ts';
import {
  explainDecidersCountMax,
  explainReadsCountMax,
  explainValueCharsMax,
  reduceItemsCountMax,
} from '../../src/rules/limits.ts';
import { zhejiangPack } from '../../src/rules/packs/zhejiang.ts';
import { codeOf } from './expressions.ts';
import { anyData, anyExpression } from './generated.ts';

const v = (path: string) => ({ var: path });
const at = (path: string) => ({ plusTime: [v(path), 0, 'day'] });

/** `place: path = value` of each decider. */
const decided = (expression: unknown, data: unknown) =>
  explainRule(expression, data).deciders.map(
    ({ at: place, reads }) =>
      `${place}: ${reads.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`).join(', ')}`,
  );

const data = {
  a: 1,
  b: 3,
  c: 'x',
  day: '2020-03-01',
  now: '2020-03-10',
  none: null,
  list: ['p', 'q'],
};

describe('explainRule names what decided', () => {
  const isA = { '===': [v('a'), 1] };
  const isNotA = { '===': [v('a'), 2] };
  it.each<[string, unknown, string[]]>([
    ['a lone value', v('c'), [': c = "x"']],
    [
      'a false "and": the first operand that fails',
      { and: [isA, { '>': [v('b'), 5] }, isNotA] },
      ['/and/1/>/0: b = 3'],
    ],
    [
      'a true "and": every operand',
      { and: [isA, { '<': [v('b'), 5] }] },
      ['/and/0/===/0: a = 1', '/and/1/</0: b = 3'],
    ],
    ['"!": what it turns', { '!': [isA] }, ['/!/0/===/0: a = 1']],
    ['"if" with constant branches: the guard', { if: [isA, 'T', 'F'] }, ['/if/0/===/0: a = 1']],
    [
      '"if": the branch taken, where the other would say the same',
      { if: [isA, { '>': [v('b'), 5] }, false] },
      ['/if/1/>/0: b = 3'],
    ],
    [
      '"if": branch and guard, where the other would not',
      { if: [isA, v('c'), 'F'] },
      ['/if/1: c = "x"', '/if/0/===/0: a = 1'],
    ],
    ['a true "or": the operand that holds', { if: [isNotA, true, isA] }, ['/if/2/===/0: a = 1']],
    [
      'a false "or": each operand',
      { if: [isNotA, true, { '>': [v('b'), 5] }] },
      ['/if/2/>/0: b = 3', '/if/0/===/0: a = 1'],
    ],
    ['"===" of two paths: both', { '===': [v('a'), v('b')] }, ['/===/0: a = 1, b = 3']],
    ['"===" with the literal first', { '===': [1, v('a')] }, ['/===/1: a = 1']],
    ['"in" a constant list', { in: [v('c'), ['x', 'y']] }, ['/in/0: c = "x"']],
    ['"in" a list of the data', { in: ['q', v('list')] }, ['/in/1: list = ["p","q"]']],
    ['a chain that fails late: its second pair', { '<': [0, v('a'), 1] }, ['/</1: a = 1']],
    ['a chain that fails early: its first pair', { '<': [5, v('a'), 9] }, ['/</1: a = 1']],
    [
      'a chain that holds: both pairs',
      { '<': [0, v('a'), v('b')] },
      ['/</1: a = 1', '/</1: a = 1, b = 3'],
    ],
    [
      'dates: the first operand that can change',
      { after: [{ plusTime: ['2020-01-01', 1, 'day'] }, at('day')] },
      ['/after/1/plusTime/0: day = "2020-03-01"'.replace('/plusTime/0', '')],
    ],
    [
      'two dates',
      { 'not-before': [{ plusTime: [v('day'), 14, 'day'] }, at('now')] },
      ['/not-before/0: day = "2020-03-01", now = "2020-03-10"'],
    ],
    ['a sum', { '+': [v('a'), v('b')] }, [': a = 1, b = 3']],
    ['a missing path', v('nowhere.at.all'), [': nowhere.at.all = null']],
    ['a constant', true, [': ']],
  ])('%s', (_name, expression, expected) => {
    expect(decided(expression, data)).toEqual(expected);
  });

  it('in a reduction: the last item that changed the answer, by its place in the data', () => {
    const some = {
      reduce: [
        v('x.list'),
        { if: [{ '===': [v('current.k'), v('data.want')] }, true, v('accumulator')] },
        false,
      ],
    };
    const lists = { want: 'b', x: { list: [{ k: 'a' }, { k: 'b' }, { k: 'c' }] } };
    expect(decided(some, lists)).toEqual(['/reduce/1/if/0/===/0: x.list.1.k = "b", want = "b"']);
    expect(decided(some, { ...lists, want: 'z' })).toEqual(['/reduce/0: x.list = "[3]"']);
    expect(decided(some, { want: 'b' })).toEqual(['/reduce/0: x.list = null']);
  });

  it('in a failed evaluation: the innermost part that failed', () => {
    const cases: [unknown, string, string][] = [
      [{ and: [true, { '<': [v('none'), 1] }] }, '/and/1: none = null', 'rule-type-mismatch'],
      [
        { if: [true, { plusTime: [v('c'), 0, 'day'] }, 1] },
        '/if/1: c = "x"',
        'rule-date-malformed',
      ],
      [
        { reduce: [v('list'), { '+': [v('current'), 1] }, 0] },
        '/reduce/1: list.0 = "p"',
        'rule-type-mismatch',
      ],
      [{ reduce: [v('c'), 1, 0] }, ': c = "x"', 'rule-type-mismatch'],
      [{ '!': [{ plusTime: ['2020', 0, 'day'] }] }, ': ', 'rule-type-mismatch'],
    ];
    for (const [expression, place, error] of cases) {
      expect(decided(expression, data)).toEqual([place]);
      expect(explainRule(expression, data)).toMatchObject({ result: null, error });
    }
  });
});

describe('an explanation', () => {
  it('says it in both languages', () => {
    const fever = zhejiangPack.rules.find((rule) => rule.id === 'symptoms');
    const facts = {
      declaration: { symptoms: {}, temperatureCentiC: 3800 },
      thresholds: { feverCentiC: 3730 },
    };
    const [first] = explainRule(fever?.when, facts).deciders;
    expect(first).toMatchObject({
      operator: '>=',
      value: 3800,
      against: [3730],
      answer: true,
      en: '"declaration.temperatureCentiC" is 3800, at least 3730 ("thresholds.feverCentiC").',
      zh: '“declaration.temperatureCentiC”为 3800，大于或等于 3730（“thresholds.feverCentiC”）。',
    });
  });

  it.each([
    [{ '===': [1, v('a')] }, '"a" is 1, the same as 1.'],
    [{ '<': [0, v('a')] }, '"a" is 1, more than 0.'],
    [{ '<': [1, v('a')] }, '"a" is 1, not more than 1.'],
    [{ in: ['z', v('list')] }, '"list" is ["p","q"], not a list that has "z".'],
    [
      { 'not-after': [at('day'), at('now')] },
      '"day" is "2020-03-01T00:00:00.000Z", no later than "2020-03-10T00:00:00.000Z" ("now").',
    ],
    [{ '<': [v('c'), 1] }, '"c" cannot be evaluated: an operand has the wrong type.'],
  ])('%j reads well', (expression, en) => {
    expect(explainRule(expression, data).deciders[0]?.en).toBe(en);
  });

  it('throws for a malformed expression, as compiling does', () => {
    expect(codeOf(() => explainRule({ and: [1] }, {}))).toBe('rule-malformed');
  });

  it('shows structures by their size and cuts long texts at whole characters', () => {
    expect(shownValue({ a: { b: 1 } })).toBe('{1}');
    expect(shownValue([{ secret: 1 }])).toBe('[1]');
    expect(shownValue(Array(1000).fill(1))).toBe('[1000]');
    const cut = shownValue('😀'.repeat(1000));
    expect(String(cut)).toMatch(/^(?:😀)+…$/u);
    expect(String(cut).length).toBeLessThanOrEqual(explainValueCharsMax);
  });

  it('counts what it leaves out', () => {
    const many = { and: Array(20).fill(v('a')) };
    const explanation = explainRule(many, data);
    expect(explanation.deciders).toHaveLength(explainDecidersCountMax);
    expect(explanation.omitted).toBe(20 - explainDecidersCountMax);
    const wide = {
      '===': [
        { '+': [v('a'), v('b')] },
        { reduce: [Array.from({ length: 30 }, (_, i) => v(`x${i}`)), 0, 0] },
      ],
    };
    expect(explainRule(wide, data).deciders[0]?.reads).toHaveLength(explainReadsCountMax);
  });

  it('ends on work that nesting multiplies', () => {
    const list = Array(reduceItemsCountMax).fill(1);
    let nested: unknown = v('current');
    for (let depth = 0; depth < 5; depth++) nested = { reduce: [v('data.x'), nested, 0] };
    const start = performance.now();
    expect(explainRule({ reduce: [v('x'), nested, 0] }, { x: list }).error).toBe(
      'rule-limit-exceeded',
    );
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('any explanation', () => {
  it('has the result of the evaluation, at least one decider, a bounded size, and the same bytes each time', () => {
    let explained = 0;
    fc.assert(
      fc.property(anyExpression, anyData, (expression, context) => {
        if (validateRule(expression).length > 0) return;
        let result: unknown = null;
        const error = codeOf(() => {
          result = shownValue(compileRule(expression)(context));
        });
        const explanation = explainRule(expression, context);
        expect(explanation).toMatchObject({ error: error ?? null });
        expect(JSON.stringify(explanation.result)).toBe(JSON.stringify(result));
        expect(explanation.deciders.length).toBeGreaterThan(0);
        const bytes = JSON.stringify(explanation);
        expect(bytes).toBe(JSON.stringify(explainRule(expression, context)));
        expect(bytes.length).toBeLessThan(64 * 1024);
        explained += 1;
      }),
      { numRuns: 1000 },
    );
    expect(explained).toBeGreaterThan(100);
  });
});
