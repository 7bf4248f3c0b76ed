import { describe, expect, it } from 'vitest';
import { lintPack } from '../../src/rules/certlogic.ts';
import { lintProblemsCountMax } from '../../src/rules/limits.ts';
import { LINT_CODES } from '../../src/rules/lint-problem.ts';
import { nationalPack } from '../../src/rules/packs/national.ts';
import { shandongPack } from '../../src/rules/packs/shandong.ts';
import { starterPack } from '../../src/rules/packs/starter.ts';
import { zhejiangPack } from '../../src/rules/packs/zhejiang.ts';
import { clearTest, faultless, fever, lapseTest, rule, test, v } from './lint-pack.ts';

const found = (pack: unknown) => lintPack(pack).map(({ code, path }) => `${code} ${path}`);
const at = (path: string) => ({ plusTime: [v(path), 0, 'day'] });

describe('the shipped packs lint clean', () => {
  it.each(
    [zhejiangPack, shandongPack, nationalPack, starterPack].map((pack) => [pack.id, pack] as const),
  )('%s', (_id, pack) => {
    expect(lintPack(JSON.parse(JSON.stringify(pack)))).toEqual([]);
  });
});

it('the pack that faults are planted into has none', () => {
  expect(found(faultless())).toEqual([]);
});

/** A pack with the rule `fever`, whose condition and inputs are changed. */
const withWhen = (when: unknown, inputs: readonly unknown[] = []) =>
  faultless({
    rules: [rule('fever', { when })],
    inputs: [{ path: 'declaration.symptoms.fever', type: 'boolean' }, ...inputs],
  });
const inFever = (condition: unknown) => ({ if: [fever, condition, false] });
const date = { path: 'declaration.at', type: 'date' };
const level = { path: 'area.level', type: 'text', values: ['low', 'medium', 'high'] };
const warm = { path: 'declaration.temperatureCentiC', type: 'integer', nullable: true };
const elsewhere = [
  { path: 'elsewhere', type: 'list', nullable: true },
  { path: 'elsewhere.*.colour', type: 'colour' },
];
const feverTest = test('fever', { symptoms: { fever: true } }, 'yellow');

describe('a planted fault is found, and nothing else', () => {
  it.each<[string, unknown, string]>([
    ['an unknown field', { ...faultless(), severity: 3 }, 'pack-malformed '],
    ['a text for a number', { ...faultless(), version: '1' }, 'pack-malformed /version'],
    ['no pack at all', null, 'pack-malformed '],
    [
      'two rules of one id',
      faultless({ rules: [rule('fever', { when: fever }), rule('fever', { when: fever })] }),
      'pack-malformed /rules',
    ],
    [
      'two tests of one name',
      faultless({ tests: [clearTest, clearTest, lapseTest, feverTest] }),
      'pack-malformed /tests',
    ],
    [
      'a hard line in the best colour',
      faultless({ rules: [rule('fever', { when: fever, outcome: 'green', hardLine: true })] }),
      'pack-malformed /rules/0/hardLine',
    ],
    [
      'a malformed expression',
      withWhen({ or: [true, false] }),
      'expression-malformed /rules/0/when',
    ],
    [
      'a malformed hold date',
      faultless({
        rules: [rule('fever', { when: fever, holdDays: 1, next: 'green', holdFrom: 0.5 })],
      }),
      'expression-malformed /rules/0/holdFrom',
    ],
    [
      'a validity that is no date',
      faultless({ validFrom: '2020-02-30' }),
      'date-unparseable /validFrom',
    ],
    [
      'a date literal in no format',
      withWhen(inFever({ after: [at('declaration.at'), { plusTime: ['1 March', 0, 'day'] }] }), [
        date,
      ]),
      'date-unparseable /rules/0/when/if/1/after/1/plusTime/0',
    ],
    [
      'a date compared with a text',
      withWhen(inFever({ '!': [{ '===': [v('declaration.at'), 'soon'] }] }), [date]),
      'date-unparseable /rules/0/when/if/1/!/0/===/1',
    ],
    [
      'a colour the pack has not',
      faultless({ rules: [rule('fever', { when: fever, outcome: 'purple' })] }),
      'colour-unknown /rules/0/outcome',
    ],
    [
      'a next colour the pack has not',
      faultless({ rules: [rule('fever', { when: fever, holdDays: 1, next: 'purple' })] }),
      'colour-unknown /rules/0/next',
    ],
    [
      'an expected colour the pack has not',
      faultless({
        tests: [clearTest, lapseTest, test('fever', { symptoms: { fever: true } }, 'purple')],
      }),
      'colour-unknown /tests/2/expect/colour',
    ],
    [
      'a window that never opens',
      faultless({ validUntil: '2020-01-01' }),
      'window-never-opens /validUntil',
    ],
    [
      'an integer for an answer',
      withWhen({ if: [fever, 1, 0] }),
      'result-not-boolean /rules/0/when',
    ],
    [
      'a value that may be missing for an answer',
      withWhen({ and: [fever, v('declaration.temperatureCentiC')] }, [warm]),
      'result-not-boolean /rules/0/when',
    ],
    [
      'a hold that counts from a number',
      faultless({
        rules: [
          rule('fever', { when: fever, holdDays: 1, next: 'green', holdFrom: v('thresholds.day') }),
        ],
        thresholds: { day: 1 },
        tests: [clearTest, lapseTest],
      }),
      'result-not-date /rules/0/holdFrom',
    ],
    [
      'a field declared and not read',
      faultless({ inputs: [...faultless().inputs, level] }),
      'input-unread /inputs/1',
    ],
    [
      'a threshold declared and not read',
      faultless({ thresholds: { feverCentiC: 3730 } }),
      'input-unread /thresholds/feverCentiC',
    ],
    [
      'a field read and not declared',
      withWhen({ and: [fever, { '===': [v('area.level'), 'low'] }] }),
      'input-undeclared /rules/0/when/and/1/===/0',
    ],
    [
      'a threshold read and not declared',
      withWhen({ and: [fever, { '!': [v('thresholds.never')] }] }),
      'input-undeclared /rules/0/when/and/1/!/0',
    ],
    [
      'an item field read and not declared',
      withWhen(
        {
          if: [
            fever,
            true,
            {
              reduce: [
                v('lists'),
                { if: [{ in: [v('current.kind'), ['released']] }, true, v('accumulator')] },
                false,
              ],
            },
          ],
        },
        [{ path: 'lists', type: 'list' }],
      ),
      'input-undeclared /rules/0/when/if/2/reduce/1/if/0/in/0',
    ],
    [
      'a field whose tests say otherwise',
      withWhen({ and: [fever, { '>=': [v('declaration.temperatureCentiC'), 3000] }] }, [
        { path: 'declaration.temperatureCentiC', type: 'integer' },
      ]),
      'input-mistyped /inputs/1',
    ],
    [
      'a date compared with a number',
      withWhen(inFever({ '!': [{ '===': [v('declaration.at'), 14] }] }), [date]),
      'type-impossible /rules/0/when/if/1/!/0/===/1',
    ],
    [
      'a number among texts',
      withWhen(inFever({ in: [v('area.level'), ['low', 3]] }), [level]),
      'type-impossible /rules/0/when/if/1/in/1/1',
    ],
    [
      'a text in a sum',
      withWhen(inFever({ '<': [{ '+': ['1', 1] }, 3] })),
      'type-impossible /rules/0/when/if/1/</0/+/0',
    ],
    [
      'dates compared without plusTime',
      withWhen(inFever({ after: [at('declaration.at'), '2020-01-01'] }), [date]),
      'type-impossible /rules/0/when/if/1/after/1',
    ],
    [
      'an unknown colour',
      withWhen(
        {
          if: [
            fever,
            true,
            {
              reduce: [
                v('elsewhere'),
                { if: [{ '===': [v('current.colour'), 'purple'] }, true, v('accumulator')] },
                false,
              ],
            },
          ],
        },
        elsewhere,
      ),
      'value-impossible /rules/0/when/if/2/reduce/1/if/0/===/1',
    ],
    [
      'an unknown level',
      withWhen(inFever({ in: [v('area.level'), ['low', 'lowest']] }), [level]),
      'value-impossible /rules/0/when/if/1/in/1/1',
    ],
    [
      'an expectation that is not met',
      faultless({
        tests: [clearTest, lapseTest, feverTest, test('well', { residenceDays: 3 }, 'red')],
      }),
      'test-failed /tests/3',
    ],
    [
      'a rule that no test meets',
      faultless({ tests: [clearTest, lapseTest] }),
      'rule-untested /rules/0/when',
    ],
    [
      'a branch that no test takes',
      withWhen({ if: [fever, true, { if: [v('declaration.contactOfCase'), true, false] }] }, [
        { path: 'declaration.contactOfCase', type: 'boolean' },
      ]),
      'branch-untested /rules/0/when/if/2/if/1',
    ],
    [
      'a rule that decides no test',
      faultless({
        rules: [
          rule('fever', { when: fever, outcome: 'red' }),
          rule('cold', { when: { '<': [v('declaration.residenceDays'), 9] } }),
        ],
        inputs: [...faultless().inputs, { path: 'declaration.residenceDays', type: 'integer' }],
        tests: [
          clearTest,
          lapseTest,
          test('fever', { symptoms: { fever: true }, residenceDays: 3 }, 'red'),
        ],
      }),
      'rule-undecided /rules/1',
    ],
    [
      'a code that never lapses in the tests',
      faultless({ tests: [clearTest, feverTest] }),
      'rule-undecided /defaults/lapse',
    ],
    [
      'a rule shadowed by a more severe one',
      faultless({
        rules: [
          rule('fever', { when: fever, outcome: 'red' }),
          rule('both', { when: { and: [fever, v('declaration.contactOfCase')] } }),
        ],
        inputs: [...faultless().inputs, { path: 'declaration.contactOfCase', type: 'boolean' }],
        tests: [
          clearTest,
          lapseTest,
          test('fever', { symptoms: { fever: true } }, 'red'),
          test('both', { symptoms: { fever: true }, contactOfCase: true }, 'red'),
        ],
      }),
      'rule-shadowed /rules/1',
    ],
    [
      'the later of two equal rules',
      faultless({ rules: [rule('fever', { when: fever }), rule('again', { when: fever })] }),
      'rule-shadowed /rules/1',
    ],
  ])('%s', (_name, pack, expected) => {
    expect(found(pack)).toEqual([expected]);
  });

  it('a rule that every test meets', () => {
    const always = { '>': [v('declaration.residenceDays'), 1] };
    const pack = faultless({
      rules: [rule('here', { when: always, outcome: 'pending' })],
      inputs: [{ path: 'declaration.residenceDays', type: 'integer' }],
      tests: [test('here', {}, 'pending'), lapseTest, test('gone', {}, 'pending')],
    });
    expect(found(pack)).toEqual(['rule-untested /rules/0/when', 'rule-undecided /defaults/clear']);
  });

  it('a colour that the wire would better', () => {
    const [green, pending, yellow, red] = faultless().colours;
    const pack = faultless({
      colours: [green, pending, yellow, { ...red, id: 'orange', wire: 'yellow' }, red],
    });
    expect(found(pack)).toEqual(['colour-bettered /colours/3/wire']);
  });

  it('a test whose rule fails on its facts', () => {
    const when = inFever({ '>=': [v('declaration.temperatureCentiC'), 3000] });
    const tests = [
      clearTest,
      lapseTest,
      test('hot', { symptoms: { fever: true }, temperatureCentiC: 3800 }, 'yellow'),
      test('unread', { symptoms: { fever: true }, temperatureCentiC: null }, 'yellow'),
    ];
    expect(found({ ...withWhen(when, [warm]), tests })).toEqual(['test-failed /tests/3']);
  });
});

describe('problems', () => {
  it('say what to do, in both languages, naming what they are about', () => {
    const [problem] = lintPack(
      faultless({ rules: [rule('fever', { when: fever }), rule('again', { when: fever })] }),
    );
    expect(problem?.en).toBe(
      'Rule again never decides: whenever it matches, so does fever, which is no less severe. Remove or change one.',
    );
    expect(problem?.zh).toContain('again');
  });

  it('are counted, not listed, past the limit', () => {
    const inputs = Array.from({ length: 200 }, (_, i) => ({ path: `x${i}`, type: 'date' }));
    const rules = Array.from({ length: 500 }, (_, i) =>
      rule(`rule-${i}`, { when: { '===': [v('nowhere'), v(`y${i}`)] } }),
    );
    const problems = lintPack(faultless({ inputs, rules }));
    expect(problems).toHaveLength(lintProblemsCountMax + 1);
    expect(problems.at(-1)?.code).toBe('too-many-problems');
  });

  it('come in time for rules whose proofs would grow without end', () => {
    let tangle: unknown = v('declaration.contactOfCase');
    for (let depth = 0; depth < 9; depth++)
      tangle = { if: [{ and: [tangle, fever] }, true, tangle] };
    const rules = Array.from({ length: 30 }, (_, i) =>
      rule(`rule-${i}`, {
        when: { and: [tangle, { '===': [v('declaration.residenceDays'), i] }] },
      }),
    );
    const start = performance.now();
    expect(lintPack(faultless({ rules })).length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('of every code are planted above', async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(import.meta.filename, 'utf8');
    expect(LINT_CODES.filter((code) => !text.includes(code))).toEqual([]);
  });

  it.each([
    undefined,
    1,
    'x',
    [],
    {},
    { rules: [null] },
    { ...faultless(), rules: { length: 1e9 } },
  ])('come for %j, which is no pack', (pack) => {
    expect(lintPack(pack).length).toBeGreaterThan(0);
  });
});
