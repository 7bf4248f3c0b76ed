import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fuseMachine } from './fuse-machine.ts';

const main = resolve(import.meta.dirname, '../../dist/hil-fuse/main.js');
const modules = fuseMachine();
const WAIT = { timeout: 15_000, interval: 50 };

/** What a process that hangs would be found by: a mark in its environment. */
function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  });
}

/** A rig run by hand whose program says OPEN when it has our files, and goes on for ever, also in the background. */
async function runForEver(
  ...options: readonly string[]
): Promise<{ host: ChildProcess; mark: string }> {
  const mark = `RIG_MARK=${randomUUID()}`;
  const loop = 'while :; do cat /sys/class/gpio/gpiochip512/label; sleep 0.01; done';
  const script = `(setsid sh -c '${loop}' >/dev/null 2>&1 &) ; echo OPEN; ${loop}`;
  const [name = '', value = ''] = mark.split('=');
  const host = spawn(process.execPath, [main, ...options, '--', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, [name]: value },
  });
  onTestFinished(() => void host.kill('SIGKILL'));
  let said = '';
  host.stdout.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(0, 1000);
  });
  await expect.poll(() => said, WAIT).toMatch(/OPEN\n[\s\S]*pinctrl-bcm2711/);
  // The host, unshare, the program's shell, the one in the background, now and then what they run.
  expect(processesWith(mark).length).toBeGreaterThanOrEqual(4);
  return { host, mark };
}

describe.runIf(modules !== undefined)('the FUSE rig', () => {
  test('its mounts are seen by nobody else', async () => {
    await runForEver();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('greengate-rig');
  });

  test('a server that is killed leaves no process and no mount behind', {
    timeout: 60_000,
  }, async () => {
    const { host, mark } = await runForEver();
    host.kill('SIGKILL');
    await expect.poll(() => processesWith(mark), WAIT).toEqual([]);
  });

  test('a program that does not end is ended, and with it what it started', {
    timeout: 60_000,
  }, async () => {
    const { host, mark } = await runForEver('--limit', '2');
    const code = await new Promise((done) => host.once('close', done));
    expect(code).toBe(124);
    await expect.poll(() => processesWith(mark), WAIT).toEqual([]);
  });

  test('by hand: the trace of a program, its exit code, and what is wrong with a command', () => {
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    const blink =
      'cd /sys/class/gpio; echo 21 > export; echo high > gpio21/direction; echo 0 > gpio21/value; exit 7';
    const { status, stdout } = run('--json', '--base', '4', '--', 'sh', '-c', blink);
    expect(JSON.parse(stdout)).toEqual({ trace: [{ line: 17, level: 0 }] });
    expect(status).toBe(7);
    expect(run('--help').stdout).toContain('--limit');
    expect(run().status).toBe(2);
    expect(run('--base', 'many', '--', 'true').status).toBe(2);
  });
});
