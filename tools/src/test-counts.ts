export type Counts = { readonly passed: number; readonly failed: number };

type Report = {
  readonly success?: boolean;
  readonly testResults?: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/**
 * Counts a report of vitest's JSON reporter for CI, where nothing may be skipped: whatever did not pass has failed.
 * No report, a file that did not load, and an error outside every test count as one failure each.
 */
export function testCounts(report: Report | undefined): Counts {
  if (report?.testResults === undefined) return { passed: 0, failed: 1 };

  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status !== 'passed' && assertionResults.every((t) => t.status === 'passed'),
  ).length;
  const failed = tests.length - passed + broken;
  const unexplained = failed === 0 && (report.success !== true || tests.length === 0);
  return { passed, failed: unexplained ? 1 : failed };
}
