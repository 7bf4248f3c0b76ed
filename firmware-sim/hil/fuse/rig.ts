import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HardwareModule } from '@greengate/tools/hardware-modules';
import type { GpioBank } from '../../dist/devices/gpio-bank.js';
import type { I2cTarget } from '../../dist/ports.js';
import { type I2cFaults, i2cDevice } from './i2c-dev.ts';
import { NAMESPACE_SCRIPT } from './namespace.ts';
import { serveFuse } from './server.ts';
import { sysfsGpio } from './sysfs-gpio.ts';
import { folderOf } from './tree.ts';

export interface RigPlan {
  readonly bank: GpioBank;
  readonly i2c: { readonly target: I2cTarget; readonly faults: I2cFaults };
  /** Compiled packages that the program finds in the place of those that `npm ci` left uncompiled. */
  readonly modules: readonly HardwareModule[];
  /** Runs inside; it sees our /sys/class/gpio and /dev/i2c-1. Descriptor 4 is Node's channel to us. */
  readonly command: readonly [string, ...string[]];
  /** Its environment; ours where none is given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called before each request of the program is served, with the process number of who makes it. */
  readonly onRequest?: (pid: number) => void;
  /** Where its standard streams go. */
  readonly stdio?: 'inherit' | 'pipe';
  /** It is killed after this long, whatever it does, milliseconds. */
  readonly limitMs: number;
}

export interface Rig {
  readonly child: ChildProcess;
  /** Resolves when the program has ended and its mounts are gone. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Kills the program and waits for `ended`. */
  stop(): Promise<void>;
}

/** Starts a program with our GPIO chip and I2C bus under their real names. Nothing of it is seen outside. */
export function startRig(plan: RigPlan): Rig {
  const fuse = openSync('/dev/fuse', 'r+');
  const stage = mkdtempSync(join(tmpdir(), 'greengate-rig-'));
  const streams = plan.stdio ?? 'pipe';
  const root = folderOf({
    gpio: sysfsGpio(plan.bank),
    'i2c-1': i2cDevice(plan.i2c.target, plan.i2c.faults),
  });
  const pairs = plan.modules.flatMap(({ compiled, installed }) => [compiled, installed]);
  const inside = [stage, String(plan.modules.length), ...pairs, ...plan.command];
  const child = spawn(
    'unshare',
    ['-m', '--propagation', 'private', 'sh', '-c', NAMESPACE_SCRIPT, 'rig', ...inside],
    {
      stdio: [streams === 'pipe' ? 'ignore' : streams, streams, streams, fuse, 'ipc'],
      ...(plan.env === undefined ? {} : { env: plan.env }),
    },
  );
  const kill = () => void child.kill('SIGKILL');
  // A thread of ours waits in a read of /dev/fuse: it comes back when the program and so the mount are gone.
  process.once('exit', kill);
  const limit = setTimeout(kill, plan.limitMs);
  const over = new AbortController();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => done({ code, signal }));
    },
  ).finally(() => {
    clearTimeout(limit);
    process.off('exit', kill);
    over.abort();
  });
  const served = serveFuse(fuse, root, over.signal, plan.onRequest).catch((error: unknown) => {
    kill();
    throw error;
  });
  const ended = Promise.all([exited, served])
    .then(([end]) => end)
    .finally(() => {
      closeSync(fuse);
      rmdirSync(stage);
    });
  // Whoever does not wait for the end is told by what fails before it.
  ended.catch(() => {});
  return {
    child,
    ended,
    stop: async () => {
      kill();
      await ended;
    },
  };
}
