/** `node tools/dist/count-tests.js REPORT`: prints the passed and the failed tests of a vitest JSON report, as `12 0`. */
import { readFileSync } from 'node:fs';
import { testCounts } from './test-counts.ts';

const { passed, failed } = testCounts(reportAt(process.argv[2] ?? ''));
console.log(`${passed} ${failed}`);

function reportAt(path: string): object | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch {
    // A run that died before its report is a failed run, and testCounts says so.
    return undefined;
  }
}
