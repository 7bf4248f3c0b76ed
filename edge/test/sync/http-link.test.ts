import { createHash, createPublicKey, verify } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { epochMs, monoMs } from '@greengate/contracts/time';
import { REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import { httpbis } from 'http-message-signatures';
import { describe, expect, test } from 'vitest';
import { realClock } from '../fakes/real-time.ts';
import {
  BAD_ANSWERS,
  bytes,
  gatewayKey,
  httpCloud,
  json,
  linkTo,
  type Seen,
} from '../fixtures/http-cloud.ts';

const BOUNDS = { bytesMax: 64 * 1024, timeoutMs: 5000 };

const parameterOf = (seen: Seen, name: string): string =>
  new RegExp(`;${name}="?([^;"]+)`).exec(String(seen.headers['signature-input']))?.[1] ?? '';

function verified(seen: Seen, origin: string, change: Partial<Seen> = {}): Promise<boolean | null> {
  const { method, url, headers } = { ...seen, ...change };
  return httpbis.verifyMessage(
    {
      all: true,
      requiredParams: [...REQUEST_SIGNATURE.parameters],
      requiredFields: [...REQUEST_SIGNATURE.components],
      keyLookup: ({ keyid }) =>
        Promise.resolve(
          keyid === gatewayKey.keyId
            ? {
                id: keyid,
                algs: ['ed25519'],
                verify: (data, signature) =>
                  Promise.resolve(
                    verify(null, data, createPublicKey(gatewayKey.privateKey), signature),
                  ),
              }
            : null,
        ),
    },
    { method, url: `${origin}${url}`, headers },
  );
}

describe('T11: every request is signed by RFC 9421', () => {
  test('F5: one that is refused for a clock far ahead is signed by the time of the cloud from then on', async () => {
    const cloud = await httpCloud(json(401, { code: 'request-expired' }));
    const days = 26 * 86_400_000;
    const ahead = { ...realClock, now: () => epochMs(Date.now() + days) };
    const link = linkTo(cloud.origin, ahead);
    for (let n = 0; n < 2; n++) await link.get('/v1/replica/tail/red/1/0', BOUNDS);
    const [first, second] = cloud.seen.map((seen) => Number(parameterOf(seen, 'created')) * 1000);
    expect(first).toBeGreaterThan(Date.now() + days - 60_000);
    expect(Math.abs((second ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('method, whole target and digest of the body; created, expires, nonce, keyid and tag', async () => {
    const cloud = await httpCloud();
    const link = linkTo(cloud.origin);
    await link.get('/v1/replica/tail/region%2F330100/1/0?wait=25', BOUNDS);
    await link.post('/v1/passages', { epoch: 1 }, BOUNDS);
    expect(cloud.seen).toHaveLength(2);
    for (const seen of cloud.seen) {
      expect(await verified(seen, cloud.origin)).toBe(true);
      const digest = createHash('sha256').update(seen.body).digest('base64');
      expect(seen.headers['content-digest']).toBe(`sha-256=:${digest}:`);
      expect(parameterOf(seen, 'keyid')).toBe(gatewayKey.keyId);
      expect(parameterOf(seen, 'tag')).toBe(REQUEST_SIGNATURE.tag);
      expect(parameterOf(seen, 'nonce')).toMatch(/^[0-9a-f]{32}$/);
      const life = Number(parameterOf(seen, 'expires')) - Number(parameterOf(seen, 'created'));
      expect(life).toBe(60);
      expect(String(seen.headers['signature-input'])).toMatch(
        /^greengate=\("@method" "@target-uri" "content-digest"\);/,
      );
    }
    const [get, post] = cloud.seen;
    expect(get && parameterOf(get, 'nonce')).not.toBe(post && parameterOf(post, 'nonce'));
    expect(post?.headers['content-type']).toBe('application/json');
    expect(post?.body.toString()).toBe('{"epoch":1}');
  });

  test('a moved path, another method or another digest does not verify', async () => {
    const cloud = await httpCloud();
    await linkTo(cloud.origin).get('/v1/a', BOUNDS);
    const [seen] = cloud.seen;
    if (!seen) throw new Error('nothing was sent');
    expect(await verified(seen, cloud.origin, { url: '/v1/b' })).toBe(false);
    expect(await verified(seen, cloud.origin, { method: 'POST' })).toBe(false);
    const headers = { ...seen.headers, 'content-digest': 'sha-256=:AAAA:' };
    expect(await verified(seen, cloud.origin, { headers })).toBe(false);
  });

  test('F5: it is dated by the gateway’s clock, not by the machine’s', async () => {
    const cloud = await httpCloud();
    const now = epochMs(1_583_020_800_999);
    const link = linkTo(cloud.origin, {
      now: () => now,
      mono: () => monoMs(0),
      trust: () => 'trusted',
    });
    await link.get('/v1/a', BOUNDS);
    const [seen] = cloud.seen;
    expect(seen && parameterOf(seen, 'created')).toBe('1583020800');
    expect(seen && parameterOf(seen, 'expires')).toBe('1583020860');
  });
});

describe('answers', () => {
  test('a body, its status and its etag', async () => {
    const cloud = await httpCloud((_, response) => {
      response.writeHead(200, { etag: '"abc"' });
      response.end('hello');
    });
    const answer = await linkTo(cloud.origin).get('/x', { ...BOUNDS, etag: '"old"' });
    expect(answer).toMatchObject({ kind: 'answer', status: 200, etag: '"abc"' });
    expect(answer.kind === 'answer' && Buffer.from(answer.body).toString()).toBe('hello');
    expect(cloud.seen[0]?.headers['if-none-match']).toBe('"old"');
  });

  test('a redirect is an answer and is never followed', async () => {
    const cloud = await httpCloud((_, response) => {
      response.writeHead(307, { location: '/elsewhere' });
      response.end();
    });
    expect(await linkTo(cloud.origin).post('/x', {}, BOUNDS)).toMatchObject({ status: 307 });
    expect(cloud.seen.map((seen) => seen.url)).toEqual(['/x']);
  });

  test('finding 8 F7: every bad answer is a value, within its time', async () => {
    const cloud = await httpCloud();
    const link = linkTo(cloud.origin);
    for (const { name, answer, why, timeoutMs } of BAD_ANSWERS) {
      cloud.answer = answer;
      const begun = performance.now();
      const got = await link.get('/x', { ...BOUNDS, timeoutMs: timeoutMs ?? 3000 });
      if (got.kind === 'failed') expect(got.why, name).toMatch(why);
      expect(performance.now() - begun, name).toBeLessThan(2000);
    }
  });

  test('F7: a request ends by its time also when garbage is collected while it waits', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const cloud = await httpCloud();
    const link = linkTo(cloud.origin);
    const silent = BAD_ANSWERS.filter((each) => each.timeoutMs !== undefined);
    expect(silent).toHaveLength(2);
    for (const { name, answer } of silent) {
      cloud.answer = answer;
      const asked = link.get('/x', { ...BOUNDS, timeoutMs: 200 });
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        collect();
      }
      const given = new Promise((resolve) => setTimeout(() => resolve('waits for ever'), 2000));
      expect(await Promise.race([asked, given]), name).toEqual({ kind: 'failed', why: 'timeout' });
    }
  });

  test('T15: a compressed bomb counts by what it becomes', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const cloud = await httpCloud((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    expect(await linkTo(cloud.origin).get('/x', BOUNDS)).toEqual({
      kind: 'failed',
      why: 'answer-too-large',
    });
  });

  test('a body of exactly the limit passes, one byte more does not', async () => {
    const cloud = await httpCloud(bytes(200, Buffer.alloc(100)));
    const link = linkTo(cloud.origin);
    expect(await link.get('/x', { ...BOUNDS, bytesMax: 100 })).toMatchObject({ kind: 'answer' });
    expect(await link.get('/x', { ...BOUNDS, bytesMax: 99 })).toMatchObject({ kind: 'failed' });
  });

  test('F6: nobody listens, no such host', async () => {
    expect(await linkTo('http://127.0.0.1:1').get('/x', BOUNDS)).toMatchObject({ kind: 'failed' });
    expect(await linkTo('http://greengate.invalid').get('/x', BOUNDS)).toMatchObject({
      kind: 'failed',
    });
  });

  test('stop() ends what is under way and refuses what comes', async () => {
    const cloud = await httpCloud(() => undefined);
    const link = linkTo(cloud.origin);
    const waiting = link.get('/x', BOUNDS);
    await expect.poll(() => cloud.seen.length).toBe(1);
    link.stop();
    expect(await waiting).toEqual({ kind: 'failed', why: 'stopped' });
    cloud.answer = json(200, {});
    expect(await link.get('/y', BOUNDS)).toEqual({ kind: 'failed', why: 'stopped' });
  });
});
