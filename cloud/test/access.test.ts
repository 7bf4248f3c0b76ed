import { randomBytes } from 'node:crypto';
import { keyIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import { pingAgeMsMax } from '../src/limits.ts';
import { CALLER_RATES } from '../src/load/callers.ts';
import { newGatewayKey, type Signing, signedHeaders } from './gateway-client.ts';
import { connectRaw, headOf } from './raw-http.ts';
import { codeOf, HEALTHY, type RunningCloud, runCloud, START } from './running-cloud.ts';

const PATH = '/v1/replica/manifest/control';

async function send(
  running: RunningCloud,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array,
): Promise<Response> {
  return fetch(running.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
}

async function refusalOf(response: Response): Promise<[number, string]> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return [response.status, await codeOf(response)];
}

describe('a signed request', () => {
  test('P29 is taken once and refused when it is replayed', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, { now: START });
    expect((await send(running, PATH, headers)).status).toBe(200);
    expect(await refusalOf(await send(running, PATH, headers))).toEqual([401, 'request-replayed']);
  });

  test('is refused on another path than the one that was signed', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, { now: START });
    const moved = await send(running, '/v1/replica/manifest/red', headers);
    expect(await refusalOf(moved)).toEqual([401, 'request-signature-invalid']);
  });

  test('is refused with another body than the one that was signed', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const path = '/v1/passages';
    const body = new TextEncoder().encode('{"epoch":1,"from":1,"events":[{}]}');
    const signing: Signing = { now: START, method: 'POST', body };
    const headers = await signedHeaders(key, running.url + path, signing);
    const other = new TextEncoder().encode('{"epoch":2,"from":1,"events":[{}]}');
    expect(await refusalOf(await send(running, path, headers, other))).toEqual([
      401,
      'digest-mismatch',
    ]);
    expect((await send(running, path, headers, body)).status).toBe(200);
  });

  test.each([
    ['without @target-uri', { components: ['@method', 'content-digest'] }],
    ['without content-digest', { components: ['@method', '@target-uri'] }],
    ['in another order', { components: ['@target-uri', '@method', 'content-digest'] }],
    ['without a nonce', { parameters: ['created', 'expires', 'keyid', 'tag'] }],
    ['without expiry', { parameters: ['created', 'nonce', 'keyid', 'tag'] }],
    ['of another tag', { tag: 'greengate-gateway-2' }],
    ['with a short nonce', { nonce: 'abc' }],
  ])('is refused %s', async (_what, wrong) => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, { now: START, ...wrong });
    const response = await send(running, PATH, headers);
    expect(await refusalOf(response)).toEqual([401, 'request-signature-invalid']);
  });

  test.each([
    ['61 s behind', { now: START - 61_000, lifeSeconds: 60 }],
    ['61 s ahead', { now: START + 61_000, lifeSeconds: 60 }],
    ['past its expiry', { now: START - 31_000, lifeSeconds: 30 }],
    ['with a life of 61 s', { now: START, lifeSeconds: 61 }],
    ['with no life', { now: START, lifeSeconds: 0 }],
  ])('is refused %s', async (_what, signing) => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, signing);
    expect(await refusalOf(await send(running, PATH, headers))).toEqual([401, 'request-expired']);
  });

  test('is taken with a clock that is 60 s off either way', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    for (const now of [START - 60_000, START + 60_000]) {
      const headers = await signedHeaders(key, running.url + PATH, { now, lifeSeconds: 60 });
      expect((await send(running, PATH, headers)).status).toBe(200);
    }
  });

  test('is refused with a second signature', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, { now: START });
    const two = {
      ...headers,
      'signature-input': `${headers['signature-input']}, ${headers['signature-input']?.replace('greengate=', 'other=')}`,
      signature: `${headers['signature']}, ${headers['signature']?.replace('greengate=', 'other=')}`,
    };
    const expected = [401, 'request-signature-invalid'];
    expect(await refusalOf(await send(running, PATH, two))).toEqual(expected);
  });

  test('is refused from a key that nobody registered', async () => {
    const running = await runCloud();
    const headers = await signedHeaders(newGatewayKey(), running.url + PATH, { now: START });
    const expected = [401, 'request-signature-invalid'];
    expect(await refusalOf(await send(running, PATH, headers))).toEqual(expected);
  });

  test('is refused together with a bearer token', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const headers = await signedHeaders(key, running.url + PATH, { now: START });
    const both = { ...headers, authorization: `Bearer ${running.tokens.operator}` };
    expect(await refusalOf(await send(running, PATH, both))).toEqual([401, 'unauthenticated']);
  });

  test('of a revoked gateway is refused, and names it', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    expect((await running.signed(key, 'GET', PATH)).status).toBe(200);
    await running.call(running.tokens.operator, 'DELETE', '/v1/gateways/gate-1');
    expect(await refusalOf(await running.signed(key, 'GET', PATH))).toEqual([
      403,
      'gateway-revoked',
    ]);
  });

  test('of a revoked gateway leaves nothing in the nonce store, whatever its body is', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    await running.call(running.tokens.operator, 'DELETE', '/v1/gateways/gate-1');
    const nonces = ['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBB'];
    const [first = '', second = ''] = nonces;
    const headers = await signedHeaders(key, running.url + PATH, { now: START, nonce: first });
    expect(await refusalOf(await send(running, PATH, headers))).toEqual([403, 'gateway-revoked']);
    const unknown = await signedHeaders(newGatewayKey(), running.url + PATH, {
      ...{ now: START, nonce: second },
    });
    const refused = [401, 'request-signature-invalid'];
    expect(await refusalOf(await send(running, PATH, unknown))).toEqual(refused);
    const path = '/v1/passages';
    const body = new TextEncoder().encode('{}');
    const signing = { now: START, method: 'POST', body, nonce: second };
    const other = await signedHeaders(key, running.url + path, signing);
    const wrong = new TextEncoder().encode('[]');
    const answer = await send(running, path, other, wrong);
    expect(await refusalOf(answer)).toEqual([403, 'gateway-revoked']);
    const keyId = keyIdSchema.parse(key.keyId);
    for (const nonce of nonces) {
      const isNew = await running.store.useNonce(keyId, nonce, epochMs(START), epochMs(START));
      expect(isNew).toBe(true);
    }
  });

  test('whose body comes after its own expiry is refused: its nonce is forgotten by then', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const path = '/v1/passages';
    const text = '{"epoch":1,"from":1,"events":[]}';
    const body = new TextEncoder().encode(text);
    const headers = await signedHeaders(key, running.url + path, {
      ...{ now: START, method: 'POST', body, lifeSeconds: 5 },
    });
    const connection = await connectRaw(running.url);
    const host = new URL(running.url).host;
    const all = { ...headers, host, 'content-length': String(body.length) };
    connection.write(headOf('POST', path, all) + text.slice(0, -1));
    // Somebody who signed with the same key is served, so the head of the first has been looked at.
    expect((await running.signed(key, 'GET', PATH)).status).toBe(200);
    running.clock.set(START + 5001);
    connection.write(text.slice(-1));
    const [answer] = await connection.answers(1);
    expect([answer?.status, connection.received()]).toEqual([
      401,
      expect.stringContaining('request-expired'),
    ]);
  });

  test.each([
    ['of now', 0],
    ['long past', -86_400_000],
    ['far ahead', 86_400_000],
    ['past all instants', 9_999_999_000_000 - START],
    ['of 1970', -START],
  ])('with dates %s and a signature of nobody takes its address the priority', async (_w, off) => {
    const few = { burstCount: 3, perSecond: 1 };
    const running = await runCloud({ rates: { ...CALLER_RATES, failure: few } });
    const key = await running.enrol();
    const from = { 'x-forwarded-for': '203.0.113.9' };
    const codes: string[] = [];
    for (let at = 0; at < 4; at++) {
      const headers = await signedHeaders(key, running.url + PATH, { now: START + off });
      const signature = `greengate=:${randomBytes(64).toString('base64')}:`;
      codes.push(await codeOf(await send(running, PATH, { ...headers, signature, ...from })));
    }
    const invalid = 'request-signature-invalid';
    expect(codes).toEqual([invalid, invalid, invalid, 'rate-limited']);
    expect(running.cloud.isSuspect('203.0.113.9')).toBe(true);
    expect(running.cloud.isSuspect('203.0.113.10')).toBe(false);
    const headers = await signedHeaders(key, running.url + PATH, { now: START });
    expect((await send(running, PATH, { ...headers, ...from })).status).toBe(200);
  });

  test('works for a stream with a slash, percent-encoded', async () => {
    const running = await runCloud();
    const key = await running.enrol();
    const path = '/v1/replica/manifest/region%2F330100';
    expect((await running.signed(key, 'GET', path)).status).toBe(200);
  });
});

describe('behind a proxy', () => {
  const origin = 'https://gate.example';

  test('a request is signed for the public origin, and for no other', async () => {
    const running = await runCloud({ origin });
    const key = await running.enrol();
    const path = '/v1/replica/manifest/region%2F330100?x=/y';
    const right = await signedHeaders(key, origin + path, { now: START });
    expect((await send(running, path, right)).status).toBe(200);
    const wrong = await signedHeaders(key, running.url + path, { now: START });
    expect((await send(running, path, wrong)).status).toBe(401);
  });

  test('the public origin alone is our own', async () => {
    const { url, tokens } = await runCloud({ origin });
    const statusFrom = async (from: string) => {
      const headers = {
        origin: from,
        authorization: `Bearer ${tokens.operator}`,
        'content-type': 'application/json',
      };
      return (await fetch(`${url}/v1/areas`, { method: 'POST', headers, body: '{}' })).status;
    };
    expect([await statusFrom(origin), await statusFrom(url)]).toEqual([400, 403]);
  });
});

describe('deny by default', () => {
  test('P28 no route but GET /healthz and signing in answers without credentials', async () => {
    const running = await runCloud();
    const routes = running.cloud.app.routes.filter((route) => route.method !== 'ALL');
    expect(routes.length).toBeGreaterThan(15);
    // Whoever signs in has nothing yet to show: these look at their body, and tell nobody who exists.
    const open: Record<string, number> = {
      'GET /healthz': 200,
      'POST /api/auth/sign-in/username': 400,
      'POST /api/auth/sign-in/social': 400,
      'POST /api/auth/two-factor/verify-totp': 400,
      'POST /api/auth/two-factor/verify-backup-code': 400,
      'POST /v1/staff/activate': 400,
      'GET /api/auth/callback/:provider': 302,
    };
    for (const { method, path } of routes) {
      const response = await fetch(running.url + path.replaceAll(/:\w+/g, 'x'), {
        method,
        redirect: 'manual',
      });
      const expected = open[`${method} ${path}`] ?? 401;
      expect([method, path, response.status]).toEqual([method, path, expected]);
      if (expected === 401) expect(await codeOf(response)).toBe('unauthenticated');
    }
    expect((await fetch(`${running.url}/nothing`)).status).toBe(401);
    expect((await fetch(`${running.url}/healthz`, { method: 'POST' })).status).toBe(401);
  });

  test.each([
    'Bearer wrong-token-wrong-token-wrong',
    'Bearer ',
    'Basic b3A6b3A=',
    `Bearer ${'a'.repeat(5000)}`,
  ])('a bad token is refused: %#', async (authorization) => {
    const { url } = await runCloud();
    const response = await fetch(`${url}/v1/status`, { headers: { authorization } });
    expect(await refusalOf(response)).toEqual([401, 'unauthenticated']);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('a role reaches its own routes only', async () => {
    const { tokens, call, newHolder } = await runCloud();
    const holder = await newHolder();
    const forbidden: [string, string, string][] = [
      [tokens.registrar, 'POST', '/v1/gateways'],
      [tokens.auditor, 'POST', '/v1/lists/confirmed'],
      [tokens.auditor, 'PUT', '/v1/policy'],
      [tokens.metrics, 'GET', '/v1/passages'],
      [tokens.operator, 'GET', '/v1/status'],
      [tokens.operator, 'POST', '/v1/declarations'],
      [tokens.operator, 'GET', '/v1/replica/manifest/red'],
      [holder, 'GET', '/metrics'],
      [holder, 'GET', '/openapi.json'],
      [holder, 'POST', '/v1/holders'],
    ];
    for (const [token, method, path] of forbidden) {
      const response = await call(token, method, path, method === 'GET' ? undefined : {});
      expect([path, ...(await refusalOf(response))]).toEqual([path, 403, 'forbidden']);
    }
    expect((await call(tokens.metrics, 'GET', '/metrics')).status).toBe(200);
    const nowhere = await call(tokens.operator, 'GET', '/v1/nowhere');
    expect(await refusalOf(nowhere)).toEqual([404, 'not-found']);
  });
});

describe('a browser on another site', () => {
  test.each([
    ['a form', 'POST', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
    [
      'JSON by POST',
      'POST',
      { origin: 'https://evil.example', 'content-type': 'application/json' },
    ],
    ['JSON by PUT', 'PUT', { origin: 'https://evil.example', 'content-type': 'application/json' }],
    ['DELETE', 'DELETE', { origin: 'https://evil.example' }],
    ['an opaque origin', 'POST', { origin: 'null', 'content-type': 'application/json' }],
    ['no origin, but cross-site', 'POST', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', 'POST', { 'sec-fetch-site': 'same-site' }],
  ])('is refused: %s', async (_what, method, headers) => {
    const { url, tokens } = await runCloud();
    const path = method === 'PUT' ? '/v1/policy' : '/v1/areas';
    const authorization = `Bearer ${tokens.operator}`;
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, authorization } as Record<string, string>,
      ...(method === 'DELETE' ? {} : { body: '{}' }),
    });
    expect(await refusalOf(response)).toEqual([403, 'origin-refused']);
  });

  test('our own page is not refused', async () => {
    const running = await runCloud();
    const response = await fetch(`${running.url}/v1/declarations`, {
      method: 'POST',
      headers: {
        origin: running.url,
        'content-type': 'application/json',
        authorization: `Bearer ${await running.newHolder()}`,
      },
      body: JSON.stringify(HEALTHY),
    });
    expect(response.status).toBe(200);
  });
});

test('every answer carries the security headers, refusals too', async () => {
  const { url, tokens, call } = await runCloud();
  for (const response of [
    await fetch(`${url}/healthz`),
    await fetch(`${url}/v1/status`),
    await call(tokens.operator, 'GET', '/openapi.json'),
  ]) {
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test('healthz is honest about a database that does not answer', async () => {
  const { url, store, clock } = await runCloud();
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  Object.assign(store, { ping: () => Promise.reject(new Error('gone')) });
  clock.set(START + pingAgeMsMax);
  const response = await fetch(`${url}/healthz`);
  expect(await refusalOf(response)).toEqual([503, 'overloaded']);
  expect(response.headers.get('retry-after')).not.toBeNull();
});
