import { createPublicKey, verify } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { epochMs } from '@greengate/contracts/time';
import { NOTICE_SIGNATURE, noticeTargetSchema } from '@greengate/contracts/wire/notice';
import fc from 'fast-check';
import { httpbis } from 'http-message-signatures';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mailMsMax, webhookMsMax } from '../../src/channels/limits.ts';
import { networksOf } from '../../src/channels/networks.ts';
import { webhookChannel } from '../../src/channels/webhook.ts';
import { keysOf, newKeyFile } from '../../src/keys.ts';
import type { SendResult } from '../../src/notice-port.ts';
import { noticeLeaseMsMax } from '../../src/notify/limits.ts';
import { REGION, random } from '../running-cloud.ts';
import { type Received, receiver } from './receiver.ts';

const signer = keysOf(newKeyFile(REGION, 'demo', random)).notices;
const NOTICE = '00112233445566778899aabbccddeeff';
const never = new AbortController().signal;

function send(address: string, cidrs = ['127.0.0.0/8'], timeoutMs = 5000, signal = never) {
  const networks = networksOf(cidrs);
  if (!networks) throw new Error('no networks');
  const clock = { now: () => epochMs(Date.now()) };
  const channel = webhookChannel({ signer, clock, networks, timeoutMs });
  return channel({ notice: NOTICE, address, subject: 'unused', text: '{"a":"中"}' }, signal);
}

const failed = (failure: string, final = false) => ({ kind: 'failed', failure, final });

/** RFC 9421 by a library that shares no line with the signing side. */
async function isSigned({ url, headers, body }: Received, method = 'POST'): Promise<boolean> {
  const key = createPublicKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: Buffer.from(signer.publicKey, 'hex').toString('base64url'),
    },
    format: 'jwk',
  });
  const digest = Buffer.from(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)),
  ).toString('base64');
  if (headers['content-digest'] !== `sha-256=:${digest}:`) return false;
  const held = await httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) =>
        keyid === signer.keyId
          ? {
              id: signer.keyId,
              algs: ['ed25519'],
              verify: async (data, signature) => verify(null, data, key, signature),
            }
          : null,
      requiredFields: [...NOTICE_SIGNATURE.components],
      requiredParams: [...NOTICE_SIGNATURE.parameters],
      maxAge: 300,
      all: true,
    },
    { method, url, headers },
  );
  return held === true;
}

describe('a webhook', () => {
  test('P49 is signed over method, URL, body and id: a stranger can check it, and change nothing', async () => {
    const { url, received } = await receiver();
    expect(await send(`${url}/hook?token=x`)).toEqual({ kind: 'sent' });
    const [one] = received;
    if (!one) throw new Error('nothing came');
    expect(one.body).toBe('{"a":"中"}');
    expect(one.headers['idempotency-key']).toBe(NOTICE);
    expect(one.headers['signature-input']).toContain(`tag="${NOTICE_SIGNATURE.tag}"`);
    expect(await isSigned(one)).toBe(true);
    const other = { ...one.headers, 'idempotency-key': NOTICE.replace('0', '1') };
    expect(await isSigned({ ...one, body: '{"a":"国"}' })).toBe(false);
    expect(await isSigned({ ...one, headers: other })).toBe(false);
    expect(await isSigned({ ...one, url: `${url}/hook?token=y` })).toBe(false);
    expect(await isSigned(one, 'PUT')).toBe(false);
  });

  test.each<readonly [string, number, Record<string, string>, SendResult | object]>([
    ['500', 500, {}, failed('refused')],
    [
      '429 with a wait',
      429,
      { 'retry-after': '90' },
      { ...failed('refused'), retryAfterMs: 90_000 },
    ],
    ['429 with a wait that is none', 429, { 'retry-after': 'soon' }, failed('refused')],
    ['404', 404, {}, failed('refused')],
    ['410, for good', 410, {}, failed('gone', true)],
    ['201', 201, {}, { kind: 'sent' }],
  ])('is answered with %s', async (_name, status, headers, result) => {
    const { url } = await receiver((_count, _in, out) => void out.writeHead(status, headers).end());
    expect(await send(url)).toEqual(result);
  });

  test('follows no redirect', async () => {
    const elsewhere = await receiver();
    const { url } = await receiver(
      (_count, _in, out) => void out.writeHead(307, { location: elsewhere.url }).end(),
    );
    expect(await send(url)).toEqual(failed('redirected'));
    expect(elsewhere.received).toEqual([]);
  });

  test('waits no longer than its time for one who hangs, and is broken off when the cloud stops', async () => {
    const { url } = await receiver(() => undefined);
    expect(await send(url, undefined, 200)).toEqual(failed('timed-out'));
    const stop = new AbortController();
    const stopped = send(url, undefined, 60_000, stop.signal);
    stop.abort();
    expect(await stopped).toMatchObject({ kind: 'failed', failure: 'unreachable' });
    expect(await send(url, undefined, 60_000, stop.signal)).toMatchObject({ kind: 'failed' });
  });

  test('reads little of an answer of 10 MB, or of one without an end', async () => {
    let taken = 0;
    const { url } = await receiver((_count, _in, out) => {
      out.writeHead(200);
      const more = () => {
        while (taken < 10_000_000 && !out.destroyed) {
          taken += 65_536;
          if (!out.write(Buffer.alloc(65_536))) return void out.once('drain', more);
        }
      };
      more();
      out.once('close', () => {
        closed = true;
      });
    });
    let closed = false;
    expect(await send(url)).toEqual({ kind: 'sent' });
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
    expect(taken).toBeLessThan(10_000_000);
  });

  test('cannot reach one who is not there, or speaks no HTTP', async () => {
    expect(await send('http://127.0.0.1:1/')).toEqual(failed('unreachable'));
    expect(await send('http://no-such-host.invalid/', ['0.0.0.0/0'])).toEqual(
      failed('unreachable'),
    );
  });

  test('leases outlast every channel', () => {
    expect(noticeLeaseMsMax).toBeGreaterThan(2 * Math.max(webhookMsMax, mailMsMax));
  });
});

describe('P50 a webhook reaches no private address that is not allowed', () => {
  test.each([
    'https://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT/',
    'https://localhost:PORT/',
    'http://localhost:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f.1:PORT/',
    'https://[::1]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://0.0.0.0:PORT/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'http://1.1.1.1/',
  ])('%s', async (address) => {
    const { url, received } = await receiver();
    const at = address.replace('PORT', new URL(url).port);
    expect(await send(at, ['172.16.0.0/12'])).toEqual(failed('address-refused'));
    expect(received).toEqual([]);
  });

  test('a name is judged by the address that it leads to', async () => {
    const { url, received } = await receiver();
    const { port } = new URL(url);
    expect(await send(`http://localhost:${port}/`, ['127.0.0.0/8'])).toEqual({ kind: 'sent' });
    expect(received).toHaveLength(1);
  });

  test('networks are read strictly', () => {
    const networks = networksOf(['10.1.0.0/16', 'fd00::/8']);
    expect(networks?.allowed('10.1.255.1')).toBe(true);
    expect(networks?.allowed('10.2.0.1')).toBe(false);
    expect(networks?.allowed('fd12::1')).toBe(true);
    expect(networks?.public('8.8.8.8')).toBe(true);
    expect(networks?.public('2400:3200::1')).toBe(true);
    for (const bad of ['10.0.0.0', '10.0.0.0/33', 'x/8', '10.0.0.0/8/8', '10.0.0.0/-1', '']) {
      expect(networksOf([bad])).toBeUndefined();
    }
  });

  test('whatever is typed in is networks or none, and an address that is taken is one', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:/,]{0,24}$/));
    fc.assert(fc.property(fc.array(text, { maxLength: 3 }), (cidrs) => void networksOf(cidrs)));
    const typed = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string().map((s) => `https://${s}`),
    );
    fc.assert(
      fc.property(typed, (url) => {
        const request = {
          target: 'a',
          scope: { to: 'unit', unit: 'u' },
          delivery: { channel: 'webhook', url },
        };
        if (!noticeTargetSchema.safeParse(request).success) return;
        const { protocol, username, password, hash } = new URL(url);
        expect(protocol).toMatch(/^https?:$/);
        expect(username + password + hash).toBe('');
      }),
    );
  });

  test('a server that proves no name is told nothing', async () => {
    let bytes = 0;
    // Without a certificate the handshake cannot come to its end.
    const server = createTlsServer((socket) =>
      socket.on('data', (part) => {
        bytes += part.length;
      }),
    );
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    onTestFinished(() => new Promise<void>((done) => void server.close(() => done())));
    const { port } = server.address() as AddressInfo;
    expect(await send(`https://127.0.0.1:${port}/`)).toEqual(failed('unreachable'));
    expect(bytes).toBe(0);
  });
});
