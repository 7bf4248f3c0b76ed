import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conformanceCommand, runConformance, SuiteError } from '../src/conformance.ts';

const vectors = (name: string) =>
  fileURLToPath(new URL(`../../contracts/vectors/rules/${name}`, import.meta.url));

describe('runConformance', () => {
  it('counts passes and skips, and lets an assertion override the expression of its case', () => {
    expect(runConformance(vectors('sample'))).toEqual({
      evaluation: [
        { suite: 'gate.json', passed: 3, skipped: 3, failures: [] },
        { suite: 'whole-file.json', passed: 0, skipped: 1, failures: [] },
      ],
      validation: [{ suite: 'gate.json', passed: 2, skipped: 0, failures: [] }],
    });
  });

  it('sees the planted failures: a wrong value, a refusal, and a missing problem', () => {
    const { evaluation, validation } = runConformance(vectors('planted'));
    expect(evaluation).toMatchObject([
      {
        passed: 1,
        failures: [
          { case: 'planted #2', expected: 3, got: 2 },
          { case: 'planted #3', expected: 2, got: { threw: expect.stringContaining('RuleError') } },
        ],
      },
    ]);
    expect(validation).toMatchObject([
      { passed: 0, failures: [{ case: 'case #1', expected: [] }] },
    ]);
  });

  it('refuses a directory that is not there', () => {
    expect(() => runConformance(vectors('nowhere'))).toThrow(SuiteError);
  });
});

describe('the command', () => {
  let lines: string[] = [];
  let scratch = '';
  const command = (...args: string[]) => conformanceCommand(args, (line) => lines.push(line));

  beforeEach(() => {
    lines = [];
    scratch = mkdtempSync(join(tmpdir(), 'conformance-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('exits 0 and prints each file and the totals', () => {
    expect(command(vectors('sample'))).toBe(0);
    expect(lines).toEqual([
      '  gate.json: 3 of 3 passed, 3 skipped',
      '  whole-file.json: 0 of 0 passed, 1 skipped',
      'certlogic: 3 of 3 assertions passed, 4 skipped',
      '  gate.json: 2 of 2 passed, 0 skipped',
      'validation: 2 of 2 cases passed, 0 skipped',
      'dcc: not yet run (the HC1 reader comes with recognition)',
    ]);
  });

  it('exits 1 on a failure and shows it', () => {
    expect(command(vectors('planted'))).toBe(1);
    expect(lines).toContain('    FAILED planted #2: expected 3, got 2');
    expect(lines).toContain('certlogic: 1 of 3 assertions passed, 0 skipped');
  });

  it('writes the report as JSON', () => {
    const file = join(scratch, 'report.json');
    expect(command(vectors('sample'), '--json', file)).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(runConformance(vectors('sample')));
  });

  it.each([
    [[vectors('nowhere')], 'does not exist'],
    [[], 'usage: '],
    [[vectors('sample'), '--json'], 'usage: '],
    [[vectors('sample'), '--yaml', 'x'], 'usage: '],
  ])('exits 2 when there is nothing to run: %j', (args, message) => {
    expect(command(...args)).toBe(2);
    expect(lines.join('\n')).toContain(message);
  });
});
