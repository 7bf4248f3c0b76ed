import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const main = resolve(import.meta.dirname, '../../dist/chaos/main.js');

function chaos(...args: readonly string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

describe('npm run chaos', () => {
  test('--help says how; what makes no sense ends with 2', () => {
    const help = chaos('--help');
    expect(help.status).toBe(0);
    for (const option of ['--kills', '--seed', '--json']) expect(help.stdout).toContain(option);
    expect(chaos('--kills', 'many').status).toBe(2);
    expect(chaos().status).toBe(2);
  });

  test('P12 F1 six kills under load, some of them while it starts, lose and double nothing', {
    timeout: 180_000,
  }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'greengate-chaos-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const json = join(folder, 'report.json');
    // The limit of 5 s is what the command itself holds; here a busy machine may take its time.
    const args = ['--kills', '6', '--seed', '3', '--again', '60000', '--json', json];
    const run = chaos(...args);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/of 6 (?:gateway|cloud) killed.*, deciding again after \d+ ms/);
    const { kills } = JSON.parse(readFileSync(json, 'utf8')) as {
      kills: {
        kills: Record<'gateway' | 'cloud', number>;
        passages: number;
        journalRows: number;
        cloudRows: number;
        violations: string[];
      };
    };
    expect(kills.violations).toEqual([]);
    expect(kills.kills.gateway).toBeGreaterThan(0);
    expect(kills.kills.cloud).toBeGreaterThan(0);
    expect(kills.kills.gateway + kills.kills.cloud).toBeGreaterThanOrEqual(6);
    expect(kills.passages).toBeGreaterThan(10);
    expect(kills.cloudRows).toBe(kills.journalRows);
  });

  test('what is violated ends with 1, tells the seed and keeps the evidence', {
    timeout: 120_000,
  }, () => {
    // Nobody decides again within no time at all.
    const run = chaos('--kills', '1', '--seed', '3', '--again', '0', '--lanes', '1');
    expect(run.status, run.stderr).toBe(1);
    const { kills } = JSON.parse(run.stdout) as {
      kills: { seed: number; violations: string[]; folder: string };
    };
    expect(kills.seed).toBe(3);
    expect(kills.violations[0]).toMatch(/deciding again after \d+ ms, which is more than 0 /);
    for (const file of ['gateway/journal.db', 'cloud.db', 'gateway.log', 'cloud.log'])
      expect(existsSync(join(kills.folder, file)), file).toBe(true);
    rmSync(kills.folder, { recursive: true });
  });
});
