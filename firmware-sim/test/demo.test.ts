import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { processesOf, startDemo } from './demo-process.ts';

describe('npm run demo', () => {
  test('P1 the gates go on while the cloud is dead, and nothing is lost', {
    timeout: 90_000,
  }, async () => {
    const demo = startDemo('--seconds 12 --lanes 4 --rate 60 --kill-cloud 4-8');
    expect(await demo.exit, demo.output()).toBe(0);
    const report = demo.report();
    expect(report).toMatchObject({
      seed: 1,
      disagreements: 0,
      lost: 0,
      duplicated: 0,
      undecided: 0,
    });
    expect(report.passages).toBeGreaterThan(30);
    expect(report.decidedWhileCloudDown).toBeGreaterThan(5);
    expect(report.cloudRows).toBe(report.journalRows);
    // An intent and an outcome each.
    expect(report.journalRows).toBeGreaterThanOrEqual(2 * report.passages);
    expect(report.verdicts['status-green']).toBeGreaterThan(10);
    expect(Object.keys(report.verdicts).length).toBeGreaterThan(8);
    expect(report.latencyMs.p50).toBeGreaterThan(0);
    const folder = demo.folder() ?? '';
    expect(existsSync(folder)).toBe(false);
    expect(processesOf(folder)).toEqual([]);
  });

  test('without --seconds it runs until Ctrl-C and ends with its report', {
    timeout: 60_000,
  }, async () => {
    const demo = startDemo('--lanes 2 --rate 60 --seed 5');
    await expect.poll(demo.output, { timeout: 30_000, interval: 200 }).toMatch(/[1-9]\d* passages/);
    demo.process.kill('SIGINT');
    expect(await demo.exit, demo.output()).toBe(0);
    expect(demo.report()).toMatchObject({ seed: 5, disagreements: 0, lost: 0, duplicated: 0 });
    expect(processesOf(demo.folder() ?? '')).toEqual([]);
  });

  test('even a kill -9 leaves no process and no folder behind', { timeout: 60_000 }, async () => {
    const demo = startDemo('--lanes 1 --rate 60');
    await expect.poll(demo.folder, { timeout: 30_000, interval: 200 }).toBeDefined();
    const folder = demo.folder() ?? '';
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(3);
    demo.process.kill('SIGKILL');
    await demo.exit;
    await expect.poll(() => processesOf(folder), { timeout: 5000 }).toEqual([]);
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  test('options that make no sense end with exit code 2', async () => {
    const demo = startDemo('--lanes 99');
    expect(await demo.exit).toBe(2);
    expect(demo.output()).toContain('Give a whole number from 1 to 16.');
  });
});
