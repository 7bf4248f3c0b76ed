import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SESSION_COOKIE } from '../../src/accounts-port.ts';
import { codeOf, type RunningCloud, runCloud } from '../running-cloud.ts';
import {
  ENABLE,
  newBrowser,
  newcomer,
  nextCode,
  PASSWORD,
  SIGN_IN,
  SIGN_OUT,
  staffMember,
  VERIFY,
} from './browser.ts';

const BACKUP = '/api/auth/two-factor/verify-backup-code';

async function seen(response: Response): Promise<[number, string, string[]]> {
  const headers = [...response.headers].filter(([name]) => name !== 'date');
  return [response.status, await response.text(), headers.map((pair) => pair.join(': '))];
}

test('a colleague is invited, chooses a password, enrols, and is who they are', async () => {
  const running = await runCloud();
  const areas = ['330100', '330206001'];
  const { browser, username, totp } = await staffMember(running, 'officer', areas);
  const me = await browser.send('GET', '/v1/me');
  expect([me.status, await me.json()]).toEqual([
    200,
    { kind: 'staff', id: expect.any(String), name: 'The officer', role: 'officer', areas },
  ]);
  const other = newBrowser(running);
  const first = await other.send('POST', SIGN_IN, { username, password: PASSWORD });
  expect([first.status, await first.json()]).toEqual([200, { next: 'second-factor' }]);
  expect((await other.send('GET', '/v1/me')).status).toBe(401);
  const second = await other.send('POST', VERIFY, { code: nextCode(totp) });
  expect([second.status, await second.json()]).toEqual([200, { next: 'done' }]);
  expect((await other.send('GET', '/v1/me')).status).toBe(200);
  expect((await other.send('POST', SIGN_OUT, {})).status).toBe(200);
  expect((await other.send('GET', '/v1/me')).status).toBe(401);
  expect((await browser.send('GET', '/v1/me')).status).toBe(200);
});

test('P42 a code of an authenticator opens one session, also when it comes twice at once', async () => {
  const running = await runCloud();
  const { username, totp } = await staffMember(running, 'technician');
  const watchers = [newBrowser(running), newBrowser(running), newBrowser(running)];
  for (const one of watchers) await one.send('POST', SIGN_IN, { username, password: PASSWORD });
  const code = nextCode(totp);
  const answers = await Promise.all(watchers.map((one) => one.send('POST', VERIFY, { code })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  const late = newBrowser(running);
  await late.send('POST', SIGN_IN, { username, password: PASSWORD });
  const replayed = await late.send('POST', VERIFY, { code });
  expect([replayed.status, await codeOf(replayed)]).toEqual([401, 'credentials-refused']);
  expect(late.cookies.has(SESSION_COOKIE)).toBe(false);
  expect((await late.send('GET', '/v1/me')).status).toBe(401);
});

test('a recovery code works once in the place of the authenticator', async () => {
  const running = await runCloud();
  const { username, backupCodes } = await staffMember(running, 'attendant');
  const [code = ''] = backupCodes;
  const first = newBrowser(running);
  await first.send('POST', SIGN_IN, { username, password: PASSWORD });
  expect((await first.send('POST', BACKUP, { code })).status).toBe(200);
  expect((await first.send('GET', '/v1/me')).status).toBe(200);
  const again = newBrowser(running);
  await again.send('POST', SIGN_IN, { username, password: PASSWORD });
  const refused = await again.send('POST', BACKUP, { code });
  expect([refused.status, await codeOf(refused)]).toEqual([401, 'credentials-refused']);
});

test('P43 nothing that opens a session stands in the database, the log or an answer', async () => {
  const running = await runCloud();
  const { browser, username, totp, backupCodes } = await staffMember(running, 'officer');
  const other = newBrowser(running);
  const body = { username, password: PASSWORD };
  const step = await other.send('POST', SIGN_IN, body);
  const challenge = tokenOf(other.cookies.get(`${SESSION_COOKIE}-challenge`));
  const answers = [await step.text()];
  answers.push(await (await other.send('POST', VERIFY, { code: nextCode(totp) })).text());
  const tokens = [browser, other].map(({ cookies }) => tokenOf(cookies.get(SESSION_COOKIE)));
  for (const token of [challenge, ...tokens]) expect(token.length).toBeGreaterThanOrEqual(20);
  const folder = dirname(running.file);
  const read = ['accounts.db', 'accounts.db-wal'].map((name) => readFileSync(join(folder, name)));
  expect(read.some((bytes) => bytes.includes(username))).toBe(true);
  const secrets = [challenge, ...tokens, PASSWORD, totp, ...backupCodes];
  for (const bytes of [...read, Buffer.from(running.log.join('') + answers.join(''))]) {
    for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
  }
});

/** The token in a signed cookie. */
function tokenOf(cookie: string | undefined): string {
  return decodeURIComponent(cookie ?? '').split('.')[0] ?? '';
}

test('the cookie is a __Host- cookie that no script, no other site and no plain page gets', async () => {
  const running = await runCloud();
  const { username, totp } = await staffMember(running, 'officer');
  const browser = newBrowser(running);
  const first = await browser.send('POST', SIGN_IN, { username, password: PASSWORD });
  const second = await browser.send('POST', VERIFY, { code: nextCode(totp) });
  const lines = [...first.headers.getSetCookie(), ...second.headers.getSetCookie()];
  expect(lines.some((line) => line.startsWith(`${SESSION_COOKIE}=`))).toBe(true);
  for (const line of lines) {
    expect(line).toMatch(/^__Host-greengate/);
    for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']) {
      expect(line).toContain(attribute);
    }
    expect(line).not.toMatch(/domain/i);
  }
});

async function refusalsOf(running: RunningCloud, bodies: object[], path = SIGN_IN) {
  const answers = [];
  for (const body of bodies)
    answers.push(await seen(await newBrowser(running).send('POST', path, body)));
  return answers;
}

test('P44 nobody learns who has an account: the refusals are equal byte for byte', async () => {
  const running = await runCloud();
  const enrolled = await staffMember(running, 'officer');
  const fresh = await newcomer(running, 'attendant');
  const gone = await staffMember(running, 'technician');
  await running.accounts.staff.disable(gone.id, undefined);
  const person = { username: 'invited-1', name: 'Invited', role: 'attendant' as const, areas: [] };
  await running.accounts.staff.create(person, undefined);
  const wrong = 'not the password at all';
  const answers = await refusalsOf(running, [
    { username: 'nobody-at-all', password: wrong },
    { username: enrolled.username, password: wrong },
    { username: fresh.username, password: wrong },
    { username: gone.username, password: wrong },
    { username: gone.username, password: PASSWORD },
    { username: 'invited-1', password: wrong },
    { username: '***', password: wrong },
    { username: '__proto__', password: wrong },
  ]);
  const [first] = answers;
  expect(first?.[0]).toBe(401);
  expect(first?.[1]).toContain('"credentials-refused"');
  for (const answer of answers) expect(answer).toEqual(first);
  const activations = await refusalsOf(
    running,
    ['nobody-at-all', enrolled.username, 'invited-1', gone.username].map((username) => ({
      username,
      secret: 'x'.repeat(27),
      password: PASSWORD,
    })),
    '/v1/staff/activate',
  );
  expect(activations[0]?.[0]).toBe(401);
  for (const answer of activations) expect(answer).toEqual(activations[0]);
});

test('an invitation works once, for its own name, while it lasts', async () => {
  const running = await runCloud();
  const { staff } = running.accounts;
  const of = (username: string) => ({ username, name: 'N', role: 'attendant' as const, areas: [] });
  const made = await staff.create(of('first-one'), undefined);
  const secret = made.kind === 'done' ? (made.invitation?.secret ?? '') : '';
  await staff.create(of('other-one'), undefined);
  const activate = async (username: string, with_ = secret) => {
    const body = { username, secret: with_, password: PASSWORD };
    return (await newBrowser(running).send('POST', '/v1/staff/activate', body)).status;
  };
  expect(await activate('other-one')).toBe(401);
  running.accountsClock.ahead(72 * 3_600_000);
  expect(await activate('first-one')).toBe(401);
  running.accountsClock.ahead(0);
  expect(await activate('first-one')).toBe(200);
  expect(await activate('first-one')).toBe(401);
});

test('a password that is too short or too long, and a field too many, are refused before the library', async () => {
  const running = await runCloud();
  const { browser } = await newcomer(running, 'officer');
  for (const [path, body] of [
    [SIGN_IN, { username: 'x', password: 'a'.repeat(129) }],
    [SIGN_IN, { username: 'x', password: 'y', rememberMe: 'true' }],
    [SIGN_IN, { username: 'x', password: 'y', callbackURL: 'https://evil.example' }],
    [VERIFY, { code: '123456', trustDevice: true }],
    [VERIFY, { code: 123_456 }],
    [ENABLE, { password: PASSWORD, method: 'otp' }],
    ['/v1/staff/activate', { username: 'x', secret: 'y', password: 'short' }],
  ] as const) {
    const response = await browser.send('POST', path, body);
    expect([path, response.status]).toEqual([path, 400]);
    expect(await codeOf(response)).toBe('request-invalid');
  }
});

test('a new password ends all other sessions, and the old one opens nothing', async () => {
  const running = await runCloud();
  const { browser, username, totp } = await staffMember(running, 'operator');
  const other = newBrowser(running);
  await other.send('POST', SIGN_IN, { username, password: PASSWORD });
  await other.send('POST', VERIFY, { code: nextCode(totp) });
  const path = '/api/auth/change-password';
  const wrong = { currentPassword: 'not this one at all', newPassword: `${PASSWORD} 2` };
  expect((await other.send('POST', path, wrong)).status).toBe(401);
  const body = { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2` };
  expect((await other.send('POST', path, body)).status).toBe(200);
  expect((await other.send('GET', '/v1/me')).status).toBe(200);
  expect((await browser.send('GET', '/v1/me')).status).toBe(401);
  const old = await newBrowser(running).send('POST', SIGN_IN, { username, password: PASSWORD });
  expect(old.status).toBe(401);
});

test('of the library only the named paths exist', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  for (const [method, path] of [
    ['POST', '/sign-up/email'],
    ['POST', '/sign-in/email'],
    ['POST', '/two-factor/disable'],
    ['POST', '/two-factor/get-totp-uri'],
    ['POST', '/two-factor/send-otp'],
    ['POST', '/is-username-available'],
    ['POST', '/update-user'],
    ['POST', '/delete-user'],
    ['GET', '/get-session'],
    ['GET', '/list-sessions'],
    ['GET', '/ok'],
    ['GET', '/error'],
  ] as const) {
    const response = await browser.send(
      method,
      `/api/auth${path}`,
      method === 'GET' ? undefined : {},
    );
    expect([path, response.status]).toEqual([path, 404]);
    const nobody = await fetch(`${running.url}/api/auth${path}`, { method });
    expect([path, nobody.status]).toEqual([path, 401]);
  }
});
