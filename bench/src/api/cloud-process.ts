import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuMsOf, residentBytesOf } from '../procfs.ts';

/** The built cloud as a process of its own, on a libSQL file of its own. */
export interface CloudProcess {
  readonly port: number;
  readonly pid: number;
  readonly registrarToken: string;
  readonly operatorToken: string;
  /** Makes one of the first two operators, on the server; answers the secret of the invitation. */
  firstOperator(username: string): string;
  /** Resident memory, MiB. */
  memoryMiB(): number;
  /** CPU that it has used since its start, ms. */
  cpuMs(): number;
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, '../../..');
const cli = join(root, 'cloud/dist/cli.js');
const main = join(root, 'cloud/dist/main.js');

/** Starts it and waits until it listens; `env` is added to what it needs. */
export async function startCloud(
  env: Readonly<Record<string, string>> = {},
): Promise<CloudProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-bench-api-'));
  const keys = join(folder, 'keys.json');
  const tokens = join(folder, 'tokens.json');
  greengate('keys', 'init', '--out', keys, '--region', '330100', '--environment', 'bench');
  const [registrar, operator] = [newToken('registrar'), newToken('operator')];
  writeFileSync(tokens, JSON.stringify([registrar.line, operator.line]));
  const child = spawn(process.execPath, [...profiling(), main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATABASE_URL: `file:${join(folder, 'cloud.db')}`,
      GREENGATE_KEYS: keys,
      GREENGATE_TOKENS: tokens,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const pid = child.pid ?? 0;
  return {
    port: await portOf(child, gone),
    pid,
    registrarToken: registrar.token,
    operatorToken: operator.token,
    firstOperator: (username) => {
      const database = `file:${join(folder, 'cloud-accounts.db')}`;
      const args = ['--database', database, '--username', username, '--name', username, '--json'];
      return (JSON.parse(greengate('staff', 'first', ...args)) as { secret: string }).secret;
    },
    memoryMiB: () => residentBytesOf(pid) / 2 ** 20,
    cpuMs: () => cpuMsOf(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

function newToken(role: string): { readonly token: string; readonly line: object } {
  return JSON.parse(greengate('token', 'new', '--role', role, '--name', role, '--json'));
}

function greengate(...args: string[]): string {
  return execFileSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
}

/** BENCH_CPU_PROF=DIR leaves a CPU profile of the cloud there, for whoever looks where its time goes. */
function profiling(): string[] {
  const folder = process.env['BENCH_CPU_PROF'];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

function portOf(child: ChildProcess, gone: Promise<void>): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error('no pipe');
  return new Promise((done, fail) => {
    createInterface(stdout).on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening' && port !== undefined) done(port);
    });
    gone.then(
      () => fail(new Error('the cloud ended before it listened')),
      () => undefined,
    );
  });
}
