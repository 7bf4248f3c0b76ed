import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SESSION_COOKIE } from '../../src/accounts-port.ts';
import { codeOf, runCloud } from '../running-cloud.ts';

const ROUTES = [
  '/api/auth/sign-in/username',
  '/api/auth/sign-in/social',
  '/api/auth/two-factor/verify-totp',
  '/api/auth/two-factor/verify-backup-code',
  '/v1/staff/activate',
] as const;

const hostile = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '{"__proto__":{"username":"x","password":"y"}}',
    '{"username":["x"],"password":{"$ne":""}}',
    '{"username":"x","password":"y","callbackURL":"https://evil.example"}',
    '{"code":"123456","trustDevice":true}',
    '{"provider":"../../x"}',
    '['.repeat(50_000),
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

test('no body makes signing in fail, or be taken for what it is not', {
  timeout: 60_000,
}, async () => {
  const running = await runCloud();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), hostile, async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(running.url + path, { method: 'POST', headers, body });
      expect([response.status, await codeOf(response)]).toEqual([400, 'request-invalid']);
    }),
    { numRuns: 120 },
  );
  expect(running.log.join('')).not.toContain('fail');
});

test('no cookie and no answer of a provider makes a sign-in, or fails', {
  timeout: 60_000,
}, async () => {
  const running = await runCloud();
  const text = fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,200}$/);
  await fc.assert(
    fc.asyncProperty(text, text, text, async (session, state, code) => {
      const cookie = `${SESSION_COOKIE}=${session}; ${SESSION_COOKIE}-state=${state}`;
      const me = await fetch(`${running.url}/v1/me`, { headers: { cookie } });
      expect([401, 429]).toContain(me.status);
      const query = new URLSearchParams({ state, code });
      const address = `${running.url}/api/auth/callback/national?${query}`;
      const back = await fetch(address, { headers: { cookie }, redirect: 'manual' });
      expect([302, 429]).toContain(back.status);
      expect(back.headers.getSetCookie()).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(running.log.join('')).not.toContain('a request failed');
});
