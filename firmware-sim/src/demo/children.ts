import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { COMMANDS, childEnvironment, ROOT } from './config.ts';

/** A process that the demo started. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The last lines of what it wrote. */
  tail(): string;
}

export interface Children {
  /** Starts a Node program. `talks`: its stdin and stdout are ours; else its stdin is a pipe that closes with us. */
  start(
    name: string,
    file: string,
    args: readonly string[],
    options: { env?: Readonly<Record<string, string>>; talks?: boolean },
  ): Child;
  /** Runs a Node program to its end and answers what it printed. Rejects with what it complained of. */
  run(file: string, args: readonly string[]): Promise<string>;
  /** Forgets the folder: it stays when the demo ends. */
  keepFolder(): void;
  /** Ends everything that still runs. */
  killAll(): Promise<void>;
}

/** Starts processes in groups of their own, so that Ctrl-C reaches the demo alone, and lets none outlive it. */
export function createChildren(folder: string): Children {
  const reaper = fork(COMMANDS.reaper, [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  reaper.on('error', () => undefined);
  reaper.send({ folder });
  const running = new Set<Child>();

  const start: Children['start'] = (name, file, args, { env = {}, talks = false }) => {
    const log = resolve(folder, `${name}.log`);
    const descriptor = openSync(log, 'a');
    const child = spawn(process.execPath, [file, ...args], {
      cwd: ROOT,
      env: childEnvironment(env),
      detached: true,
      stdio: ['pipe', talks ? 'pipe' : descriptor, descriptor],
    });
    closeSync(descriptor);
    const { pid } = child;
    if (pid !== undefined) reaper.send({ add: pid });
    // A process that has just died does not read what it is told.
    child.stdin?.on('error', () => undefined);
    const ended = new Promise<number | NodeJS.Signals>((done) => {
      child.once('error', () => done(127));
      child.once('exit', (code, signal) => done(code ?? signal ?? 0));
    }).finally(() => {
      running.delete(started);
      if (pid !== undefined && reaper.connected) reaper.send({ remove: pid });
    });
    const started: Child = { process: child, ended, tail: () => lastLines(log) };
    running.add(started);
    return started;
  };

  return {
    start,
    run: async (file, args) => {
      const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
        cwd: ROOT,
        env: childEnvironment({}),
        timeout: 20_000,
      });
      return stdout;
    },
    keepFolder: () => void reaper.send({ folder: null }),
    killAll: async () => {
      for (const { process: child } of running) child.kill('SIGKILL');
      await Promise.all([...running].map((child) => child.ended));
      if (reaper.connected) reaper.disconnect();
    },
  };
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
