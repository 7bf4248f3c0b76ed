import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { spawnable, spawnCloud } from '../spawned-cloud.ts';
import { newBrowser, PASSWORD, SIGN_IN } from './browser.ts';

const bin = resolve(import.meta.dirname, '../../bin/greengate.js');

function greengate(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((done) =>
    child.once('close', (status) => done({ status, stdout, stderr })),
  );
}

test('T32 the first operators are made on the server, by a secret that is printed once; the third is not', {
  timeout: 60_000,
}, async () => {
  const { env, folder } = spawnable();
  const database = `file:${join(folder, 'cloud-accounts.db')}`;
  const first = (username: string) =>
    greengate(
      'staff',
      'first',
      '--database',
      database,
      '--username',
      username,
      '--name',
      'A',
      '--json',
    );
  const made = JSON.parse((await first('alice')).stdout) as { secret: string };
  expect(made.secret).toMatch(/^[A-Za-z0-9_-]{27}$/);
  expect((await first('alice')).stderr).toContain('already-exists');
  expect((await first('bob')).status).toBe(0);
  const third = await first('carol');
  expect([third.status, third.stderr.trim()]).toEqual([
    1,
    'greengate: forbidden: Two operators make all others.',
  ]);

  const cloud = await spawnCloud(env);
  const browser = newBrowser(cloud);
  const body = { username: 'alice', secret: made.secret, password: PASSWORD };
  expect((await browser.send('POST', '/v1/staff/activate', body)).status).toBe(200);
  const credentials = { username: 'alice', password: PASSWORD };
  const signedIn = await browser.send('POST', SIGN_IN, credentials);
  expect(await signedIn.json()).toEqual({ next: 'enrol' });
  expect(
    (await newBrowser(cloud).send('POST', SIGN_IN, { ...credentials, username: 'bob' })).status,
  ).toBe(401);
});
