import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { regionStream } from '@greengate/contracts/replica/streams';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type GatewayKey, signedHeaders } from './gateway-client.ts';
import { freePort, hasNginx, runNginx } from './nginx.ts';
import { HEALTHY, REGION, runCloud } from './running-cloud.ts';

const STREAM = regionStream(REGION);
const TAIL = `/v1/replica/tail/${encodeURIComponent(STREAM)}/1/0?wait=20`;

async function behindNginx() {
  const port = await freePort();
  const origin = `https://localhost:${port}`;
  const running = await runCloud({ origin });
  const ca = await runNginx(port, { url: running.url, relayToken: running.tokens.relay });
  const send = (headers: Record<string, string>, method: string, path: string, body?: Buffer) =>
    new Promise<IncomingMessage>((done, fail) => {
      const sent = request(origin + path, { method, headers, ca, agent: false }, done);
      onTestFinished(() => void sent.destroy());
      sent.on('error', fail);
      sent.end(body);
    });
  const signed = async (key: GatewayKey, path: string) =>
    signedHeaders(key, origin + path, { now: running.clock.now() });
  const metric = async (pattern: RegExp) => {
    const text = await (await running.call(running.tokens.metrics, 'GET', '/metrics')).text();
    return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return { port, ca, running, send, signed, metric };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const HELD = /^greengate_cloud_tails_held (\d+)/gm;
const TAILS = /^greengate_cloud_request_seconds_count\{route="\/v1\/replica\/tail[^}]*\} (\d+)/gm;

test.runIf(hasNginx())(
  'deploy/cloud/nginx.conf: of twelve gateways at one place one tail is held, and each was admitted',
  async () => {
    const { running, send, signed, metric } = await behindNginx();
    const keys = await Promise.all(
      Array.from({ length: 12 }, (_, i) => running.enrol(`gate-${i}`)),
    );
    const headers = await Promise.all(keys.map((key) => signed(key, TAIL)));
    const answers = headers.map((one) => send(one, 'GET', TAIL));
    await vi.waitFor(async () => expect(await metric(HELD)).toBe(1), 5000);
    await sleep(500);
    expect(await metric(HELD)).toBe(1);
    await running.call(await running.newHolder(), 'POST', '/v1/declarations', HEALTHY);
    const digests = await Promise.all(
      answers.map(async (answer) => {
        const message = await answer;
        expect(message.statusCode).toBe(200);
        return createHash('sha256')
          .update(await bodyOf(message))
          .digest('hex');
      }),
    );
    expect(new Set(digests).size).toBe(1);
    expect(await metric(TAILS)).toBe(1);
    // What lies in the cache is for those alone who sign for it, each request once.
    for (const refused of [
      headers[0] ?? {},
      {},
      { ...headers[1], signature: 'greengate=:AAAA:' },
    ]) {
      const { statusCode } = await send(refused, 'GET', TAIL);
      expect(statusCode).toBe(401);
    }
    const holder = { authorization: `Bearer ${await running.newHolder()}` };
    expect((await send(holder, 'GET', TAIL)).statusCode).toBe(403);
  },
  30_000,
);

test.runIf(hasNginx())(
  'deploy/cloud/nginx.conf: a live line comes through event by event, over TLS',
  async () => {
    const { running, send, signed } = await behindNginx();
    const path = `/v1/replica/live?at=${encodeURIComponent(`${STREAM}.1.0`)}`;
    const line = await send(await signed(await running.enrol(), path), 'GET', path);
    expect([line.statusCode, line.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(line.headers['strict-transport-security']).toBeDefined();
    let text = '';
    line.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    for (const count of [1, 2]) {
      await running.call(await running.newHolder(), 'POST', '/v1/declarations', HEALTHY);
      await vi.waitFor(() => expect(text.split('\n\n')).toHaveLength(count + 1), 5000);
    }
    expect(text).toMatch(/^event: region\/330100\ndata: \S+\n\nevent: region/);
  },
  30_000,
);

test.runIf(hasNginx())(
  'deploy/cloud/nginx.conf: large bodies and slow heads never reach the cloud',
  async () => {
    const { port, ca, running, send, metric } = await behindNginx();
    const large = Buffer.alloc(1024 * 1024 + 1);
    const operator = { authorization: `Bearer ${running.tokens.operator}` };
    const all = /^greengate_cloud_request_seconds_count\{[^}]*method="POST"[^}]*\} (\d+)/gm;
    const before = await metric(all);
    expect((await send(operator, 'POST', '/v1/packs', large)).statusCode).toBe(413);
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    onTestFinished(() => void socket.destroy());
    const closed = new Promise((done) => socket.once('close', done));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('POST /v1/declarations HTTP/1.1\r\nhost: localhost\r\n');
    await closed;
    expect(await metric(all)).toBe(before);
  },
  30_000,
);
