import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { regionIdSchema } from '@greengate/contracts/ids';
import { onTestFinished } from 'vitest';
import { newKeyFile } from '../src/keys.ts';
import { newToken } from '../src/token.ts';
import { random } from './running-cloud.ts';

const main = resolve(import.meta.dirname, '../dist/main.js');

/** A folder with all that the built cloud needs, and its environment. */
export function spawnable() {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-main-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const operator = newToken(random);
  const keys = newKeyFile(regionIdSchema.parse('330100'), 'demo', random);
  const line = {
    name: 'op',
    role: 'operator',
    sha256: Buffer.from(operator.sha256).toString('hex'),
  };
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys), { mode: 0o600 });
  writeFileSync(join(folder, 'tokens.json'), JSON.stringify([line]));
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'cloud.db')}`,
    GREENGATE_KEYS: join(folder, 'keys.json'),
    GREENGATE_TOKENS: join(folder, 'tokens.json'),
    GREENGATE_SEAL_SECONDS: '1',
  };
  return { folder, env, token: operator.token };
}

export interface SpawnedCloud {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: readonly string[];
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export function runMain(env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Starts the built main.js and waits until it listens. */
export function spawnCloud(env: NodeJS.ProcessEnv): Promise<SpawnedCloud> {
  const child = runMain(env);
  const ended = new Promise<number | NodeJS.Signals | null>((done) =>
    child.once('exit', (code, signal) => done(code ?? signal)),
  );
  const lines: string[] = [];
  return new Promise((done, fail) => {
    if (!child.stdout || !child.stderr) throw new Error('no pipes');
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    ended.then(
      (code) => fail(new Error(`ended with ${code}: ${errors}`)),
      () => undefined,
    );
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening') done({ child, url: `http://127.0.0.1:${port}`, lines, ended });
    });
  });
}
