import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { compileRule, validateRule } from '@greengate/contracts/rules/certlogic';

/** One assertion or validation case that did not come out as its suite says. */
export interface Failure {
  readonly case: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Counts of one suite file, and each failure in full. */
export interface SuiteReport {
  readonly suite: string;
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

export interface ConformanceReport {
  readonly evaluation: readonly SuiteReport[];
  readonly validation: readonly SuiteReport[];
}

/** The directory or a file in it is not a conformance suite: nothing was proven either way. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError';
}

/**
 * Runs `dir/certlogic/testSuite` and `dir/certlogic/validation-testSuite` on our engine.
 *
 * A `directive` of "skip" on a file, a case or an assertion leaves it out and counts it; an assertion's
 * expression stands in for its case's. Throws `SuiteError` when there is nothing to run.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification#test-suite
 */
export function runConformance(dir: string): ConformanceReport {
  return {
    evaluation: suitesIn(join(dir, 'certlogic', 'testSuite')).map(runEvaluationSuite),
    validation: suitesIn(join(dir, 'certlogic', 'validation-testSuite')).map(runValidationSuite),
  };
}

/** The command: prints to `print`, returns the exit code (0 all passed, 1 a failure, 2 nothing to run). */
export function conformanceCommand(
  args: readonly string[],
  print: (line: string) => void,
): 0 | 1 | 2 {
  const [dir, option, file] = args;
  if (dir === undefined || (option !== undefined && (option !== '--json' || file === undefined))) {
    print('usage: conformance DIR [--json FILE]');
    return 2;
  }
  let report: ConformanceReport;
  try {
    report = runConformance(dir);
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    print(`conformance: ${error.message}`);
    return 2;
  }
  printGroup(print, 'certlogic', 'assertions', report.evaluation);
  printGroup(print, 'validation', 'cases', report.validation);
  print('dcc: not yet run (the HC1 reader comes with recognition)');
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  const suites = [...report.evaluation, ...report.validation];
  if (suites.some((suite) => suite.failures.length > 0)) return 1;
  return suites.some((suite) => suite.passed > 0) ? 0 : 2;
}

type Json = Readonly<Record<string, unknown>>;

interface SuiteFile {
  readonly name: string;
  readonly json: Json;
}

function suitesIn(dir: string): SuiteFile[] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SuiteError(`${dir} does not exist`);
  }
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0) throw new SuiteError(`${dir} holds no suite (*.json)`);
  return names.map((name) => ({ name, json: readSuite(join(dir, name)) }));
}

function readSuite(path: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SuiteError(`${path} is not JSON: ${String(error)}`);
  }
  if (!isJson(json)) throw new SuiteError(`${path} is not a suite`);
  return json;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(suite: string, parent: Json, key: string): readonly Json[] {
  const list = parent[key];
  if (Array.isArray(list) && list.every(isJson)) return list;
  throw new SuiteError(`${suite}: "${key}" is not a list of objects`);
}

function runEvaluationSuite({ name, json }: SuiteFile): SuiteReport {
  let passed = 0;
  let skipped = 0;
  const failures: Failure[] = [];
  for (const one of listOf(name, json, 'cases')) {
    const title = String(one['name']);
    for (const [index, assertion] of listOf(name, one, 'assertions').entries()) {
      if ([json, one, assertion].some((level) => level['directive'] === 'skip')) {
        skipped += 1;
        continue;
      }
      const expected = assertion['expected'];
      const from = Object.hasOwn(assertion, 'certLogicExpression') ? assertion : one;
      const got = evaluate(from['certLogicExpression'], assertion['data']);
      if (isDeepStrictEqual(got, expected)) passed += 1;
      else failures.push({ case: `${title} #${index + 1}`, expected, got });
    }
  }
  return { suite: name, passed, skipped, failures };
}

// A refusal is a result like any other here; no suite expects one, so it always differs.
function evaluate(expression: unknown, data: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(compileRule(expression)(data)));
  } catch (error) {
    return { threw: String(error) };
  }
}

function runValidationSuite({ name, json }: SuiteFile): SuiteReport {
  let passed = 0;
  let skipped = 0;
  const failures: Failure[] = [];
  for (const [index, one] of listOf(name, json, 'cases').entries()) {
    if ([json, one].some((level) => level['directive'] === 'skip')) {
      skipped += 1;
      continue;
    }
    const expected = one['issues'];
    const got = validateRule(one['certLogicExpression']);
    if (isDeepStrictEqual(got, expected)) passed += 1;
    else failures.push({ case: `case #${index + 1}`, expected, got });
  }
  return { suite: name, passed, skipped, failures };
}

function printGroup(
  print: (line: string) => void,
  group: string,
  unit: string,
  suites: readonly SuiteReport[],
): void {
  for (const suite of suites) {
    const ran = suite.passed + suite.failures.length;
    print(`  ${suite.suite}: ${suite.passed} of ${ran} passed, ${suite.skipped} skipped`);
    for (const failure of suite.failures) {
      print(
        `    FAILED ${failure.case}: expected ${shown(failure.expected)}, got ${shown(failure.got)}`,
      );
    }
  }
  const passed = sum(suites, (suite) => suite.passed);
  const ran = sum(suites, (suite) => suite.passed + suite.failures.length);
  const skipped = sum(suites, (suite) => suite.skipped);
  print(`${group}: ${passed} of ${ran} ${unit} passed, ${skipped} skipped`);
}

function sum(suites: readonly SuiteReport[], count: (suite: SuiteReport) => number): number {
  return suites.reduce((total, suite) => total + count(suite), 0);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  process.exitCode = conformanceCommand(process.argv.slice(2), (line) => {
    process.stdout.write(`${line}\n`);
  });
}
