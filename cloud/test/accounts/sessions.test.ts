import { expect, test } from 'vitest';
import { SESSION_COOKIE } from '../../src/accounts-port.ts';
import { codeOf, runCloud } from '../running-cloud.ts';
import {
  ENABLE,
  enrolmentCode,
  founders,
  newBrowser,
  newcomer,
  nextCode,
  PASSWORD,
  secretOf,
  staffMember,
  VERIFY,
} from './browser.ts';

const MINUTE = 60_000;

test('P45 whoever is disabled is refused at the very next request, and signs in no more', async () => {
  const running = await runCloud();
  const operator = await staffMember(running, 'operator');
  const officer = await staffMember(running, 'officer');
  expect((await officer.browser.send('GET', '/v1/me')).status).toBe(200);
  const disable = await operator.browser.send('POST', `/v1/staff/${officer.id}/disable`);
  expect(disable.status).toBe(200);
  const next = await officer.browser.send('GET', '/v1/me');
  expect([next.status, await codeOf(next)]).toEqual([401, 'unauthenticated']);
  // Enabled again, the old session is still over.
  const [one, two] = await founders(running);
  const asked = await running.accounts.staff.enable(officer.id, one);
  if (asked.kind === 'waiting') await running.accounts.staff.approve(asked.request, two);
  expect((await officer.browser.send('GET', '/v1/me')).status).toBe(401);
  const body = { username: officer.username, password: PASSWORD };
  expect((await officer.browser.send('POST', '/api/auth/sign-in/username', body)).status).toBe(200);
});

test('a challenge that was open when somebody was disabled ends nowhere', async () => {
  const running = await runCloud();
  const { id, username, totp, browser } = await staffMember(running, 'officer');
  browser.cookies.clear();
  await browser.send('POST', '/api/auth/sign-in/username', { username, password: PASSWORD });
  await running.accounts.staff.disable(id, undefined);
  const response = await browser.send('POST', VERIFY, { code: nextCode(totp) });
  expect(response.status).toBe(401);
  expect(browser.cookies.has(SESSION_COOKIE)).toBe(false);
});

test('P46 without a second factor a session reaches its enrolment and nothing else', async () => {
  const running = await runCloud();
  const { browser } = await newcomer(running, 'operator');
  const open = new Set([
    'POST /api/auth/sign-in/username',
    'POST /api/auth/sign-in/social',
    'POST /api/auth/two-factor/verify-totp',
    'POST /api/auth/two-factor/verify-backup-code',
    'POST /v1/staff/activate',
    'GET /api/auth/callback/:provider',
    'GET /healthz',
    'POST /api/auth/two-factor/enable',
    'POST /api/auth/sign-out',
  ]);
  const routes = running.cloud.app.routes.filter(
    ({ method, path }) => method !== 'ALL' && !open.has(`${method} ${path}`),
  );
  expect(routes.length).toBeGreaterThan(20);
  for (const { method, path } of routes) {
    const response = await browser.send(method, path.replaceAll(/:\w+/g, 'x'));
    expect([method, path, response.status]).toEqual([method, path, 403]);
    expect(await codeOf(response)).toBe('second-factor-required');
  }
  expect((await browser.send('POST', ENABLE, { password: PASSWORD })).status).toBe(200);
});

test('a session that was begun before enrolment elsewhere is over after it', async () => {
  const running = await runCloud();
  const { browser, username } = await newcomer(running, 'officer');
  const other = await secondBrowser(running, username);
  const enrolment = (await (await browser.send('POST', ENABLE, { password: PASSWORD })).json()) as {
    totpUri: string;
  };
  const code = enrolmentCode(secretOf(enrolment.totpUri));
  expect((await browser.send('POST', VERIFY, { code })).status).toBe(200);
  expect((await browser.send('GET', '/v1/me')).status).toBe(200);
  expect((await other.send('GET', '/v1/me')).status).toBe(401);
  // Enrolled is enrolled: a thief of the password cannot put their own authenticator in its place.
  expect((await browser.send('POST', ENABLE, { password: PASSWORD })).status).toBe(403);
});

async function secondBrowser(running: Parameters<typeof newcomer>[0], username: string) {
  const browser = newBrowser(running);
  await browser.send('POST', '/api/auth/sign-in/username', { username, password: PASSWORD });
  expect((await browser.send('GET', '/v1/me')).status).toBe(403);
  return browser;
}

test('a session of staff ends after 15 idle minutes', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'auditor');
  const statusAt = async (minutes: number) => {
    running.accountsClock.ahead(minutes * MINUTE);
    return (await browser.send('GET', '/v1/me')).status;
  };
  expect([await statusAt(14), await statusAt(28), await statusAt(42)]).toEqual([200, 200, 200]);
  expect([await statusAt(57), await statusAt(43)]).toEqual([401, 401]);
});

test('a session of staff ends after 8 hours, however busy', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'auditor');
  for (let minutes = 10; minutes < 8 * 60; minutes += 10) {
    running.accountsClock.ahead(minutes * MINUTE);
    expect([minutes, (await browser.send('GET', '/v1/me')).status]).toEqual([minutes, 200]);
  }
  running.accountsClock.ahead(8 * 60 * MINUTE);
  expect((await browser.send('GET', '/v1/me')).status).toBe(401);
});

test.each([
  ['a form', 'POST', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
  ['JSON by POST', 'POST', { origin: 'https://evil.example' }],
  ['JSON by PUT', 'PUT', { origin: 'https://evil.example' }],
  ['DELETE', 'DELETE', { origin: 'https://evil.example' }],
  ['an opaque origin', 'POST', { origin: 'null' }],
  ['a sister site', 'POST', { 'sec-fetch-site': 'same-site' }],
])('T22 a signed-in browser on another site is refused: %s', async (_what, method, headers) => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  const path =
    { POST: '/v1/areas', PUT: '/v1/policy', DELETE: '/v1/gateways/gate-1' }[method] ?? '';
  const body = method === 'DELETE' ? undefined : {};
  const response = await browser.send(method, path, body, headers as Record<string, string>);
  expect([response.status, await codeOf(response)]).toEqual([403, 'origin-refused']);
});

test('a cookie without a word of where it comes from changes nothing, and still reads', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const url = `${running.url}/v1/areas`;
  const headers = { cookie, 'content-type': 'application/json' };
  const silent = await fetch(url, { method: 'POST', headers, body: '{}' });
  expect([silent.status, await codeOf(silent)]).toEqual([403, 'origin-refused']);
  const site = { ...headers, 'sec-fetch-site': 'same-origin' };
  expect((await fetch(url, { method: 'POST', headers: site, body: '{}' })).status).toBe(400);
  expect((await fetch(`${running.url}/v1/me`, { headers: { cookie } })).status).toBe(200);
});

test('a cookie together with a token is no credential at all', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  const authorization = `Bearer ${running.tokens.operator}`;
  const both = await browser.send('GET', '/v1/me', undefined, { authorization });
  expect([both.status, await codeOf(both)]).toEqual([401, 'unauthenticated']);
});

test.each(['', 'x', 'x.y', `${'a'.repeat(32)}.${'b'.repeat(43)}%3D`, 'a'.repeat(6000)])(
  'a cookie of nobody is refused: %#',
  async (value) => {
    const { url } = await runCloud();
    const response = await fetch(`${url}/v1/me`, {
      headers: { cookie: `${SESSION_COOKIE}=${value}` },
    });
    expect([response.status, await codeOf(response)]).toEqual([401, 'unauthenticated']);
  },
);

test('a token alone, without the signature, opens nothing', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'operator');
  const token = decodeURIComponent(browser.cookies.get(SESSION_COOKIE) ?? '').split('.')[0];
  const headers = { cookie: `${SESSION_COOKIE}=${token}` };
  expect((await fetch(`${running.url}/v1/me`, { headers })).status).toBe(401);
});
