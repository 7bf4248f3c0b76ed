import { readFileSync } from 'node:fs';
import { lintPack } from '@greengate/contracts/rules/certlogic';
import { scoringPackSchema } from '@greengate/contracts/rules/pack';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { describe, expect, test } from 'vitest';
import { greengate, inFolder, jsonOf } from './run-greengate.ts';

const [firstTest] = zhejiangPack.tests;
if (firstTest === undefined) throw new Error('the pack has no tests');

/** The pack with another expectation of its first test. */
const failing = {
  ...zhejiangPack,
  tests: zhejiangPack.tests.map((one, index) =>
    index === 0
      ? { ...one, expect: { colour: one.expect.colour === 'red' ? 'green' : 'red' } }
      : one,
  ),
};

describe('rules lint', () => {
  test.each(['starter', 'zhejiang', 'shandong', 'national'])('finds nothing in %s', (name) => {
    const run = greengate('rules', 'lint', name, '--json');
    expect([run.status, jsonOf(run)]).toEqual([0, { pack: name, problems: [] }]);
  });

  test('finds what lintPack finds, in either language, and ends with 1', () => {
    const { write } = inFolder();
    const faulty = { ...failing, validUntil: '2020-01-01T00:00:00+08:00' };
    const file = write('faulty.json', JSON.stringify(faulty));
    const run = greengate('rules', 'lint', file, '--json');
    const problems = lintPack(faulty);
    expect([run.status, jsonOf(run)['problems']]).toEqual([1, problems]);
    expect(problems.map(({ code }) => code)).toEqual(['window-never-opens', 'test-failed']);
    for (const language of ['zh', 'en'] as const) {
      const { stdout } = greengate('rules', 'lint', file, '--language', language);
      expect(stdout).toContain('window-never-opens');
      for (const one of problems) expect(stdout).toContain(one[language]);
    }
  });

  test('what is no pack is a finding; what is no file or no JSON ends with 2', () => {
    const { write, at } = inFolder();
    const empty = greengate('rules', 'lint', write('empty.json', '{}'));
    expect([empty.status, empty.stdout]).toEqual([1, expect.stringContaining('pack-malformed')]);
    for (const file of [write('cut.json', '{"id"'), at('absent.json')]) {
      const run = greengate('rules', 'lint', file);
      expect([run.status, run.stdout, run.stderr]).toEqual([2, '', expect.stringContaining(file)]);
    }
  });
});

describe('rules test', () => {
  test('tells each test of a pack', () => {
    const fine = greengate('rules', 'test', 'zhejiang');
    expect(fine.status).toBe(0);
    for (const { name } of zhejiangPack.tests) expect(fine.stdout).toContain(`ok    ${name}\n`);

    const { write } = inFolder();
    const run = greengate('rules', 'test', write('pack.json', JSON.stringify(failing)), '--json');
    const { passed, failed, tests } = jsonOf(run) as {
      passed: number;
      failed: number;
      tests: { name: string; problem: { code: string } | null }[];
    };
    expect([run.status, passed, failed]).toEqual([1, zhejiangPack.tests.length - 1, 1]);
    expect(tests[0]).toMatchObject({ name: firstTest.name, problem: { code: 'test-failed' } });
  });
});

describe('rules explain', () => {
  const facts = zhejiangPack.tests.find(({ name }) => name === 'a fever at the line')?.facts;
  if (facts === undefined) throw new Error('no such test');

  test('tells the verdict, and the values that decided it', () => {
    const { write } = inFolder();
    const file = write('facts.json', JSON.stringify(facts));
    const told = jsonOf(greengate('rules', 'explain', 'zhejiang', '--facts', file, '--json'));
    expect(told).toMatchObject({
      verdict: { colour: 'yellow', matched: [{ rule: 'symptoms' }] },
      why: [{ rule: 'symptoms', explanation: { result: true } }],
    });
    const text = greengate('rules', 'explain', 'zhejiang', '--facts', file, '--language', 'zh');
    expect(text.stdout).toContain('declaration.temperatureCentiC');
    expect(text.stdout).toMatch(/有效至/);
  });

  test('tells why a rule does not match', () => {
    const { write } = inFolder();
    const of = ['--facts', write('facts.json', JSON.stringify(facts)), '--json'];
    const told = jsonOf(greengate('rules', 'explain', 'zhejiang', ...of, '--rule', 'area-high'));
    expect(told).toMatchObject({ why: [{ rule: 'area-high', explanation: { result: false } }] });
    const unknown = greengate('rules', 'explain', 'zhejiang', ...of, '--rule', 'x');
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('area-high')]);
  });

  test('names the places of facts that do not fit, never what they hold', () => {
    const { write } = inFolder();
    const wrong = { ...facts, lastReportAt: 'CANARY', name: 'CANARY' };
    const file = write('facts.json', JSON.stringify(wrong));
    const run = greengate('rules', 'explain', 'zhejiang', '--facts', file);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('/lastReportAt')]);
    expect(run.stdout + run.stderr).not.toContain('CANARY');
  });
});

test('rules show prints a shipped pack as a file that lints', () => {
  const { write } = inFolder();
  const printed = greengate('rules', 'show', 'zhejiang', '--json').stdout;
  expect(scoringPackSchema.parse(JSON.parse(printed))).toEqual(zhejiangPack);
  expect(greengate('rules', 'lint', write('mine.json', printed)).status).toBe(0);
  expect(greengate('rules', 'show', 'zhejiang', '--language', 'zh').stdout).toContain('绿码');
});

describe('rules narrow', () => {
  const city = { ...zhejiangPack, id: 'hangzhou', region: '330100', rules: [] };

  test('joins a city to its province, and writes the pack', () => {
    const { write, at } = inFolder();
    const file = write('city.json', JSON.stringify(city));
    const out = at('joined.json');
    const run = greengate('rules', 'narrow', file, '--province', 'zhejiang', '--out', out);
    expect([run.status, run.stderr]).toEqual([0, '']);
    const joined = scoringPackSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
    const lines = zhejiangPack.rules.filter(({ hardLine }) => hardLine);
    expect(joined.rules).toEqual(lines);
    expect(lines.length).toBeGreaterThan(0);
  });

  test('says where it is weaker', () => {
    const { write } = inFolder();
    const weaker = { ...city, defaults: { ...city.defaults, codeValidDays: 366 } };
    const file = write('city.json', JSON.stringify(weaker));
    const run = greengate('rules', 'narrow', file, '--province', 'zhejiang', '--json');
    expect([run.status, jsonOf(run)]).toMatchObject([
      1,
      { pack: null, problems: [{ code: 'narrow-validity' }] },
    ]);
  });
});
