import { join } from 'node:path';
import { expect, test } from 'vitest';
import { greengateAsync, inFolder, jsonOf } from '../cli/run-greengate.ts';
import { runCloud } from '../running-cloud.ts';
import { spawnable, spawnCloud } from '../spawned-cloud.ts';
import { newBrowser, PASSWORD, SIGN_IN, staffMember } from './browser.ts';

test('T32 the first operators are made on the server, by a secret that is printed once; the third is not', {
  timeout: 120_000,
}, async () => {
  const { env, folder } = spawnable();
  const database = `file:${join(folder, 'cloud-accounts.db')}`;
  const first = (username: string) =>
    greengateAsync(
      ...['staff', 'first', '--database', database, '--username', username],
      ...['--name', 'A', '--json'],
    );
  const made = jsonOf(await first('alice')) as { secret: string };
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
  const bob = { ...credentials, username: 'bob' };
  expect((await newBrowser(cloud).send('POST', SIGN_IN, bob)).status).toBe(401);
});

test('staff add, list and disable speak with the cloud', { timeout: 120_000 }, async () => {
  const running = await runCloud();
  const { at } = inFolder({ token: `${running.tokens.operator}\n` });
  const where = ['--server', running.url, '--token-file', at('token')];
  const staff = (...args: string[]) => greengateAsync('staff', ...args, ...where);
  const person = ['--username', 'li.wei', '--name', 'Li Wei'];
  const added = jsonOf(await staff('add', '--role', 'attendant', ...person, '--json'));
  expect(added).toEqual({ id: expect.any(String), invitation: expect.anything() });
  const listed = await staff('list');
  expect(listed.stdout).toMatch(/li\.wei +attendant +not enrolled$/m);
  const officer = await staffMember(running, 'officer', ['330106', '330108']);
  expect((await staff('list')).stdout).toMatch(/officer-\d+ +officer +active +330106,330108/);
  expect((await staff('disable', officer.id)).stdout).toContain('is disabled');
  expect((await officer.browser.send('GET', '/v1/me')).status).toBe(401);
  for (const role of ['operator', 'auditor', 'officer']) {
    const refused = await staff('add', '--role', role, '--username', 'zhang', '--name', 'Zhang');
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('attendant, technician'),
    ]);
  }
});
