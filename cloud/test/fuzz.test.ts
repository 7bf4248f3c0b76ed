import { EPOCH_MS_MAX, epochMs } from '@greengate/contracts/time';
import { REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPresent, readSignature } from '../src/access/signature.ts';
import { incomingEvents, storedEvent } from '../src/passages/batch.ts';
import { readRange } from '../src/replicate/range.ts';
import { event } from './events.ts';
import { HEALTHY, type RunningCloud, runCloud, START, sha256 } from './running-cloud.ts';

const NOW = epochMs(START);

const hostile = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"name":"\' OR 1=1 --","idNumber":"1","phone":"1"}',
    `${'['.repeat(50_000)}`,
    '\ud800',
    'null',
    '{"entries":[{"idNumber":"33010019700101001X","since":"2022-02-30"}]}',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

async function target(running: RunningCloud) {
  const holder = await running.newHolder();
  const { operator, registrar } = running.tokens;
  return [
    ['POST', '/v1/holders', registrar],
    ['POST', '/v1/declarations', holder],
    ['POST', '/v1/codes', holder],
    ['POST', '/v1/applications', holder],
    ['POST', '/v1/applications/x/answer', holder],
    ['POST', '/v1/appeals', holder],
    ['POST', '/v1/lists/confirmed', operator],
    ['POST', '/v1/areas', operator],
    ['POST', '/v1/journeys', operator],
    ['POST', '/v1/elsewhere', operator],
    ['POST', '/v1/reports', holder],
    ['POST', '/v1/gateways', operator],
    ['PUT', '/v1/policy', operator],
  ] as const;
}

test('no body makes a route fail, or be taken for what it is not', {
  timeout: 60_000,
}, async () => {
  const running = await runCloud();
  const routes = await target(running);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), hostile, async ([method, path, token], body) => {
      const response = await fetch(running.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({ code: 'request-invalid' }),
      ]);
    }),
    { numRuns: 150 },
  );
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  expect(running.log.join('')).not.toContain('a request failed');
});

test('no signed batch makes the cloud fail', { timeout: 60_000 }, async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const frame = fc
    .record({ epoch: fc.integer(), from: fc.integer(), events: fc.array(fc.jsonValue()) })
    .map((batch) => JSON.stringify(batch));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(frame, hostile),
      fc.constantFrom('identity', 'gzip', 'deflate'),
      async (body, coding) => {
        const bytes = new TextEncoder().encode(body);
        const headers = { 'content-encoding': coding };
        const response = await running.signed(key, 'POST', '/v1/passages', bytes, headers);
        expect([200, 400, 409]).toContain(response.status);
      },
    ),
    { numRuns: 150 },
  );
  expect(running.log.join('')).not.toContain('a request failed');
});

test('a good body with one field too many is refused on each route', async () => {
  const { call, newHolder } = await runCloud();
  const holder = await newHolder();
  for (const extra of [
    { colour: 'green' },
    { ['__proto__']: 1, x: 1 },
    { symptoms: { ...HEALTHY.symptoms, x: 1 } },
  ]) {
    const response = await call(holder, 'POST', '/v1/declarations', { ...HEALTHY, ...extra });
    expect(response.status).toBe(400);
  }
});

test('no header makes access fail: the answer is 401', { timeout: 60_000 }, async () => {
  const { url, log } = await runCloud();
  const value = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('authorization', 'signature-input', 'signature'),
      fc.oneof(
        value,
        value.map((text) => `Bearer ${text}`),
        value.map((text) => `greengate=("@method" "@target-uri" "content-digest")${text}`),
      ),
      value,
      async (name, first, digest) => {
        const headers = { [name]: first, 'content-digest': digest };
        const response = await fetch(`${url}/v1/replica/manifest/red`, { headers });
        expect(response.status).toBe(401);
      },
    ),
    { numRuns: 150 },
  );
  expect(log.join('')).not.toContain('a request failed');
});

test('a signature of the right form is read or refused, whatever its numbers and names are', () => {
  const digits = fc.stringMatching(/^[0-9]{1,10}$/);
  const nonce = fc.stringMatching(/^[A-Za-z0-9_-]{16,64}$/);
  const keyId = fc.stringMatching(/^[0-9a-f]{16}$/);
  const components = REQUEST_SIGNATURE.components.map((name) => `"${name}"`).join(' ');
  const signature = `${REQUEST_SIGNATURE.label}=:${'A'.repeat(86)}==:`;
  fc.assert(
    fc.property(digits, digits, nonce, keyId, (created, expires, once, key) => {
      const input =
        `${REQUEST_SIGNATURE.label}=(${components});created=${created};expires=${expires}` +
        `;nonce="${once}";keyid="${key}";tag="${REQUEST_SIGNATURE.tag}"`;
      const read = readSignature(input, signature);
      if (!read.ok) {
        expect(read.refusal.code).toBe('request-signature-invalid');
        expect(Math.max(Number(created), Number(expires))).toBeGreaterThan(EPOCH_MS_MAX / 1000);
        return;
      }
      expect(read.value).toEqual({
        ...{ keyId: key, nonce: once },
        ...{ createdAt: Number(created) * 1000, expiresAt: Number(expires) * 1000 },
      });
      const isOfNow = Math.abs(NOW - Number(created) * 1000) <= 60_000;
      if (isPresent(read.value, NOW)) expect([isOfNow, created < expires]).toEqual([true, true]);
    }),
    { numRuns: 2000 },
  );
});

test('whatever an event is, it is stored as itself or is poison', () => {
  const good = fc.nat({ max: 1000 }).map((n) => event(n + 1));
  fc.assert(
    fc.property(fc.array(fc.oneof(good, fc.jsonValue()), { minLength: 1 }), (events) => {
      const incoming = incomingEvents({ epoch: 1, from: 1, events }, sha256, NOW);
      expect(incoming.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      incoming.forEach(({ poison, payload, seq }, i) => {
        expect(payload.length).toBeLessThanOrEqual(4096);
        if (poison) return;
        expect(storedEvent(payload)).toEqual(events[i]);
        expect(storedEvent(payload).seq).toBe(seq);
      });
    }),
  );
});

test('a byte range lies within the body, or there is none', () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(200), fc.nat(200)).map(([a, b]) => `bytes=${a}-${b}`),
    fc.nat(200).map((n) => `bytes=${n}-`),
    fc.nat(200).map((n) => `bytes=-${n}`),
  );
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 150 }), (text, length) => {
      const range = readRange(text, length);
      if (!range) return;
      expect(range.first).toBeGreaterThanOrEqual(0);
      expect(range.first).toBeLessThanOrEqual(range.last);
      expect(range.last).toBeLessThan(length);
    }),
  );
});
