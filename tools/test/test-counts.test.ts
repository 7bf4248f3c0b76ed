import { expect, test } from 'vitest';
import { testCounts } from '../src/test-counts.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((t) => ({ status: t })),
});

test.each([
  ['all passed', { success: true, testResults: [file('passed', 'passed', 'passed')] }, 2, 0],
  ['one failed', { success: false, testResults: [file('failed', 'passed', 'failed')] }, 1, 1],
  ['a skipped test', { success: true, testResults: [file('passed', 'passed', 'skipped')] }, 1, 1],
  ['a test to write', { success: true, testResults: [file('passed', 'todo')] }, 0, 1],
  ['a pending test', { success: true, testResults: [file('passed', 'pending')] }, 0, 1],
  ['a file that did not load', { success: false, testResults: [file('failed')] }, 0, 1],
  [
    'a failed hook after good tests',
    { success: false, testResults: [file('failed', 'passed'), file('passed', 'passed')] },
    2,
    1,
  ],
  [
    'an error outside every test',
    { success: false, testResults: [file('passed', 'passed')] },
    1,
    1,
  ],
  ['no tests at all', { success: true, testResults: [] }, 0, 1],
  ['no report', undefined, 0, 1],
  ['something else', {}, 0, 1],
])('%s', (_name, report, passed, failed) => {
  expect(testCounts(report)).toEqual({ passed, failed });
});
