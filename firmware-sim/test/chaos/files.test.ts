import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const main = resolve(import.meta.dirname, '../../dist/chaos/main.js');

interface Report {
  readonly files: {
    readonly files: number;
    readonly admitted: number;
    readonly damages: Record<string, number>;
    readonly journal: Record<string, number>;
    readonly replica: Record<string, number>;
    readonly violations: string[];
  };
}

function files(...args: readonly string[]): {
  status: number | null;
  stderr: string;
  report: Report;
} {
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

describe('npm run chaos -- --files', () => {
  test('P65 F2 F13 torn, cut and flipped files: a committed state, or begun anew, and nobody let in wrongly', {
    timeout: 180_000,
  }, () => {
    const { status, stderr, report } = files('--files', '150', '--seed', '20');
    expect(report.files.violations).toEqual([]);
    expect(status, stderr).toBe(0);
    expect(report.files.files).toBe(150);
    expect(stderr).toContain('150 of 150 files');
    // It damaged much, and much was left to decide by: else nothing was tried.
    expect(Object.keys(report.files.damages).length).toBeGreaterThan(25);
    expect(report.files.admitted).toBeGreaterThan(1000);
    for (const said of ['whole', 'begun anew', 'altered, and told', 'cut off, and told'])
      expect(report.files.journal[said], said).toBeGreaterThan(0);
    for (const said of ['whole', 'a committed prefix', 'begun anew'])
      expect(report.files.replica[said], said).toBeGreaterThan(0);
  });

  test('one case alone is the same one', { timeout: 60_000 }, () => {
    const { report } = files('--files', '1', '--seed', '1', '--case', '398');
    expect(report.files).toMatchObject({
      ...{ files: 1, violations: [] },
      damages: { 'journal.db zeroed': 1 },
      journal: { 'altered, and told': 1 },
    });
  });
});
