import { describe, expect, test, vi } from 'vitest';
import {
  connectionsPerAddressCountMax,
  passagesBodyBytesMax,
  requestsPerConnectionCountMax,
} from '../src/limits.ts';
import { CALLER_RATES } from '../src/load/callers.ts';
import {
  gatewayAtOnceCountMax,
  holderAtOnceCountMax,
  inProgressCountMax,
  personAtOnceCountMax,
  retryAfterSecondsMax,
  retryAfterSecondsMin,
  strangerAtOnceCountMax,
  strangersAtOnceCountMax,
  vitalReserveCount,
} from '../src/load/limits.ts';
import { addRoute } from '../src/route.ts';
import { PASSWORD, staffMember } from './accounts/browser.ts';
import { signedHeaders } from './gateway-client.ts';
import { connectRaw, headOf, type RawConnection } from './raw-http.ts';
import { codeOf, HEALTHY, type RunningCloud, runCloud, START } from './running-cloud.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const json = { 'content-type': 'application/json' };

/** Takes every place there is with declarations whose last byte is missing. */
async function fillUp(running: RunningCloud) {
  const body = JSON.stringify(HEALTHY);
  const held: RawConnection[] = [];
  const people = Math.ceil(inProgressCountMax / holderAtOnceCountMax);
  const tokens: string[] = [];
  for (let at = 0; at < people; at++) tokens.push(await running.newHolder());
  for (let at = 0; at < inProgressCountMax; at++) {
    const connection = await connectRaw(running.url);
    const length = String(body.length);
    const head = { ...json, 'content-length': length, ...bearer(tokens[at % people] ?? '') };
    connection.write(headOf('POST', '/v1/declarations', head) + body.slice(0, -1));
    held.push(connection);
  }
  return { held, finish: () => held.map((one) => one.write(body.slice(-1))) };
}

test('P38 a full cloud sheds holders with 429 and Retry-After, and serves gateways', {
  timeout: 60_000,
}, async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const holder = await running.newHolder();
  expect((await running.call(holder, 'POST', '/v1/declarations', HEALTHY)).status).toBe(200);
  const { held, finish } = await fillUp(running);

  const refused = await until(
    () => running.call(holder, 'GET', '/v1/status'),
    ({ status }) => status === 429,
  );
  expect(await codeOf(refused)).toBe('too-busy');
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(retryAfterSecondsMin);
  expect(seconds).toBeLessThanOrEqual(retryAfterSecondsMax);
  expect(refused.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(refused.headers.get('cache-control')).toBe('no-store');

  expect((await running.signed(key, 'GET', '/v1/replica/manifest/red')).status).toBe(200);
  const events = { epoch: 1, from: 1, events: [{ seq: 1 }] };
  const batch = new TextEncoder().encode(JSON.stringify(events));
  expect((await running.signed(key, 'POST', '/v1/passages', batch)).status).toBe(200);
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  const metrics = await (await running.call(running.tokens.metrics, 'GET', '/metrics')).text();
  expect(metrics).toMatch(/greengate_cloud_shed_total\{class="read"\} [1-9]/);
  expect(metrics).not.toContain('greengate_cloud_shed_total{class="vital"}');

  finish();
  const answers = await Promise.all(held.map(async (one) => (await one.answers(1))[0]?.status));
  expect(answers).toEqual(held.map(() => 200));
  expect((await running.call(holder, 'GET', '/v1/status')).status).toBe(200);
});

const SIGN_IN = JSON.stringify({ username: 'somebody', password: 'a password of nobody' });

/** Begins to sign in, and does not come to the end. From an address, as a proxy of ours would say. */
async function slowSignIn({ url }: RunningCloud, address: string): Promise<RawConnection> {
  const connection = await connectRaw(url);
  const length = String(SIGN_IN.length);
  const head = { ...json, 'content-length': length, 'x-forwarded-for': address };
  connection.write(headOf('POST', '/api/auth/sign-in/username', head) + SIGN_IN.slice(0, -1));
  return connection;
}

const refusedOf = (held: readonly RawConnection[]) =>
  held.filter((one) => one.received().startsWith('HTTP/1.1 429')).length;

describe('slow sign-ins', () => {
  test('P58 of one address take few places; holders and staff are served beside them', async () => {
    const running = await runCloud();
    const holder = await running.newHolder();
    const held: RawConnection[] = [];
    for (let at = 0; at < inProgressCountMax; at++) {
      held.push(await slowSignIn(running, '203.0.113.9'));
    }
    const excess = inProgressCountMax - strangerAtOnceCountMax;
    await vi.waitFor(() => expect(refusedOf(held)).toBe(excess));
    const refused = held.filter((one) => one.received() !== '');
    for (const one of refused) expect(await one.closed).toMatch(/"rate-limited"/);

    const { call, tokens } = running;
    const declared = await call(holder, 'POST', '/v1/declarations', HEALTHY);
    expect(declared.status).toBe(200);
    expect((await call(holder, 'GET', '/v1/status')).status).toBe(200);
    expect((await call(tokens.auditor, 'GET', '/v1/packs')).status).toBe(200);
    const neighbour = await slowSignIn(running, '203.0.113.10');
    neighbour.write(SIGN_IN.slice(-1));
    const [answer] = await neighbour.answers(1);
    expect([answer?.status, neighbour.received()]).toEqual([
      401,
      expect.stringContaining('"credentials-refused"'),
    ]);

    // Those that were let in had places, and give them back.
    const waiting = held.filter((one) => one.received() === '');
    for (const one of waiting) one.close();
    await vi.waitFor(async () => {
      const again = await slowSignIn(running, '203.0.113.9');
      again.write(SIGN_IN.slice(-1));
      expect((await again.answers(1))[0]?.status).toBe(401);
    });
  });

  test('of many addresses leave places for those who are signed in', async () => {
    const running = await runCloud();
    const holder = await running.newHolder();
    const held: RawConnection[] = [];
    for (let at = 0; at < 2 * inProgressCountMax; at++) {
      held.push(await slowSignIn(running, `198.51.100.${at % 200}`));
    }
    const excess = held.length - strangersAtOnceCountMax;
    await vi.waitFor(() => expect(refusedOf(held)).toBe(excess));
    const declared = await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
    expect(declared.status).toBe(200);
    expect((await running.call(running.tokens.operator, 'GET', '/v1/packs')).status).toBe(200);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });
});

test('answers that nobody reads keep the places of who asked for them', async () => {
  const running = await runCloud();
  addRoute(running.cloud.app, {
    method: 'get',
    path: '/v1/planted-long',
    summary: 'More than a connection takes in.',
    callers: ['holder'],
    answer: 'text/plain',
    handler: (c) => c.text('x'.repeat(16 * 1024 * 1024)),
  });
  const holder = await running.newHolder();
  const deaf = [];
  for (let at = 0; at < holderAtOnceCountMax; at++) {
    const connection = await connectRaw(running.url);
    connection.write(headOf('GET', '/v1/planted-long', bearer(holder)));
    await connection.answers(1);
    connection.pause();
    deaf.push(connection);
  }
  const refused = await running.call(holder, 'GET', '/v1/status');
  expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate-limited']);
  const other = await running.newHolder();
  expect((await running.call(other, 'GET', '/v1/status')).status).toBe(409);
  for (const connection of deaf) connection.close();
  await until(
    () => running.call(holder, 'GET', '/v1/status'),
    ({ status }) => status === 409,
  );
});

test('slow bodies of one member of the staff take few places', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'attendant');
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const body = JSON.stringify({ currentPassword: PASSWORD, newPassword: PASSWORD });
  const held: RawConnection[] = [];
  for (let at = 0; at < inProgressCountMax; at++) {
    const connection = await connectRaw(running.url);
    const head = { ...json, cookie, origin: running.url, 'content-length': String(body.length) };
    const host = new URL(running.url).host;
    const path = '/api/auth/change-password';
    connection.write(headOf('POST', path, { ...head, host }) + body.slice(0, -1));
    held.push(connection);
  }
  const excess = held.length - personAtOnceCountMax;
  await vi.waitFor(() => expect(refusedOf(held)).toBe(excess));
  const holder = await running.newHolder();
  expect((await running.call(holder, 'POST', '/v1/declarations', HEALTHY)).status).toBe(200);
});

test('slow bodies of one gateway do not take the places of all gateways', async () => {
  const running = await runCloud();
  const [slow, other] = [await running.enrol('gate-1'), await running.enrol('gate-2')];
  const { host } = new URL(running.url);
  const text = '{"epoch":1,"from":1,"events":[]}';
  const held: RawConnection[] = [];
  for (let at = 0; at < 2 * vitalReserveCount; at++) {
    const signing = { now: START, method: 'POST', body: new TextEncoder().encode(text) };
    const signed = await signedHeaders(slow, `${running.url}/v1/passages`, signing);
    const connection = await connectRaw(running.url);
    const head = { ...signed, host, 'content-length': String(text.length) };
    connection.write(headOf('POST', '/v1/passages', head) + text.slice(0, -1));
    held.push(connection);
  }
  const excess = held.length - gatewayAtOnceCountMax;
  await vi.waitFor(() => expect(refusedOf(held)).toBe(excess));
  expect((await running.signed(other, 'GET', '/v1/replica/manifest/red')).status).toBe(200);
  expect((await running.call(await running.newHolder(), 'GET', '/v1/status')).status).toBe(409);
});

async function until(ask: () => Promise<Response>, good: (response: Response) => boolean) {
  for (;;) {
    const response = await ask();
    if (good(response)) return response;
    await response.arrayBuffer();
  }
}

describe('a connection', () => {
  test('that sends too many requests ahead is answered 429 for those', async () => {
    const { url, newHolder } = await runCloud();
    const connection = await connectRaw(url);
    const count = requestsPerConnectionCountMax + 10;
    connection.write(headOf('GET', '/v1/status', bearer(await newHolder())).repeat(count));
    const answers = await connection.answers(count);
    const shed = answers.filter(({ status }) => status === 429);
    expect(shed.length).toBeGreaterThanOrEqual(10);
    for (const { head } of shed) expect(head).toMatch(/retry-after: \d+/);
  });

  test.each([
    ['head', 'POST /v1/declarations HTTP/1.1\r\nhost: x\r\nx-'],
    ['body', headOf('POST', '/v1/declarations', { ...json, 'content-length': '300' })],
    ['body on a route without one', headOf('GET', '/healthz', { 'content-length': '300' })],
    ['body on no route', headOf('POST', '/nowhere', { 'transfer-encoding': 'chunked' })],
  ])('with a slow %s is cut', async (what, bytes) => {
    const { url, newHolder, log } = await runCloud({ patience: IMPATIENT });
    const connection = await connectRaw(url);
    const token = await newHolder();
    connection.write(bytes.replace('host: ', `authorization: Bearer ${token}\r\nhost: `));
    const drip = setInterval(() => connection.write('x'), 100);
    const received = await connection.closed;
    clearInterval(drip);
    // Whoever was answered before the body was wanted is not told again.
    if (what === 'head' || what === 'body') {
      expect(received).toMatch(/^HTTP\/1\.1 408 [\s\S]*"request-timeout"/);
    } else expect(received).not.toContain('HTTP/1.1 5');
    expect(log.join('')).not.toContain('a request failed');
  });

  test('that sends no HTTP hears 400 and is closed', async () => {
    const { url } = await runCloud();
    for (const bytes of ['\u0016\u0003\u0001\u0002', 'GET / HTTP/1.1\r\nbad header\r\n\r\n']) {
      const connection = await connectRaw(url);
      connection.write(bytes);
      expect(await connection.closed).toMatch(/^HTTP\/1\.1 400 [\s\S]*"request-invalid"/);
    }
    const long = await connectRaw(url);
    long.write(headOf('GET', '/healthz', { 'x-long': 'x'.repeat(10_000) }));
    expect(await long.closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('that announces a body too long for any route hears 413 before it sends it', async () => {
    const { url, newHolder } = await runCloud();
    const connection = await connectRaw(url);
    const head = { ...bearer(await newHolder()), ...json };
    const length = String(passagesBodyBytesMax + 1);
    connection.write(headOf('POST', '/v1/declarations', { ...head, 'content-length': length }));
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(413);
    expect(answer?.head).toContain('connection: close');
  });
});

const IMPATIENT = { headersTimeout: 400, requestTimeout: 600, connectionsCheckingInterval: 100 };

describe('a caller', () => {
  const few = { burstCount: 3, perSecond: 1 };

  test('who asks too often hears 429 rate-limited and when to come back; others do not', async () => {
    const { call, newHolder, clock } = await runCloud({ rates: { ...CALLER_RATES, holder: few } });
    const [eager, other] = [await newHolder(), await newHolder()];
    const ask = (token: string) => call(token, 'GET', '/v1/status');
    for (let at = 0; at < 3; at++) expect((await ask(eager)).status).toBe(409);
    const refused = await ask(eager);
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate-limited']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await ask(other)).status).toBe(409);
    clock.set(clock.now() + 1000);
    expect((await ask(eager)).status).toBe(409);
  });

  test('without credentials is limited by address; a neighbour with a token is not', async () => {
    const { url, newHolder } = await runCloud({ rates: { ...CALLER_RATES, failure: few } });
    const from = (address: string, token: string) =>
      fetch(`${url}/v1/status`, { headers: { ...bearer(token), 'x-forwarded-for': address } });
    const wrong = 'A'.repeat(43);
    const statuses: number[] = [];
    for (let at = 0; at < 5; at++) statuses.push((await from('203.0.113.9', wrong)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await from('203.0.113.10', wrong)).status).toBe(401);
    expect((await from('203.0.113.9', await newHolder())).status).toBe(409);
  });

  test('cannot have more than a few requests in progress', async () => {
    const { url, newHolder } = await runCloud();
    const head = { ...bearer(await newHolder()), ...json, 'content-length': '300' };
    const slow: RawConnection[] = [];
    for (let at = 0; at <= holderAtOnceCountMax; at++) {
      const connection = await connectRaw(url);
      connection.write(headOf('POST', '/v1/declarations', head));
      slow.push(connection);
    }
    const [answer] = await Promise.race(slow.map((one) => one.answers(1)));
    expect(answer?.status).toBe(429);
    expect(slow.filter((one) => one.received() !== '').length).toBe(1);
    expect(slow.map((one) => one.received()).join('')).toContain('"rate-limited"');
  });
});

test('an address of no proxy of ours may open so many connections and no more', {
  timeout: 60_000,
}, async () => {
  const { url } = await runCloud({ proxies: '' });
  for (let at = 0; at < connectionsPerAddressCountMax; at++) await connectRaw(url);
  const one = await connectRaw(url);
  one.write(headOf('GET', '/healthz', {}));
  expect(await one.closed).toBe('');
});
