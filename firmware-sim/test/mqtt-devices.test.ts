import { createServer, type Server, type Socket } from 'node:net';
import { deviceIdSchema, gatewayIdSchema, laneIdSchema } from '@greengate/contracts/ids';
import { epochMs, monoMs } from '@greengate/contracts/time';
import { formatTopic } from '@greengate/contracts/wire/topics';
import { Aedes } from 'aedes';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MqttLink, type MqttLinkOptions, openMqttLink } from '../src/devices/mqtt-link.ts';
import { createMqttScanner } from '../src/devices/mqtt-scanner.ts';
import { createMqttTurnstile } from '../src/devices/mqtt-turnstile.ts';
import type { Clock, SeenOrder, Timers } from '../src/ports.ts';
import { ARM_THROUGH_DEGREES } from '../src/turnstile-model.ts';

const clock: Clock = { now: () => epochMs(Date.now()), mono: () => monoMs(performance.now()) };
const timers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
const place = {
  gateway: gatewayIdSchema.parse('gw-test'),
  lane: laneIdSchema.parse('lane-1'),
  device: deviceIdSchema.parse('device-1'),
};
const command = formatTopic({ ...place, channel: 'command' });
const boot = 'b'.repeat(32);

/** A broker that stands in for a gateway, and what was published to it. */
let broker: Aedes;
let server: Server;
let sockets: Socket[];
let port = 0;
let heard: { channel: string; payload: string; retain: boolean }[];
let links: MqttLink[];

async function listen(at: number): Promise<void> {
  broker = await Aedes.createBroker();
  broker.authenticate = (client, username, password, done) => {
    done(null, client.id === username && password?.toString() === 'secret');
  };
  broker.on('publish', ({ topic, payload, retain }, client) => {
    if (client)
      heard.push({ channel: topic.split('/').at(-1) ?? '', payload: payload.toString(), retain });
  });
  server = createServer((socket) => {
    sockets.push(socket);
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
}

async function shut(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => server.close(closed));
  await new Promise<void>((closed) => broker.close(closed));
}

beforeEach(async () => {
  heard = [];
  sockets = [];
  links = [];
  await listen(0);
});
afterEach(async () => {
  await Promise.all(links.map((link) => link.close()));
  await shut();
});

function link(options: MqttLinkOptions = {}, password = 'secret'): MqttLink {
  const access = { host: '127.0.0.1', port, place, password };
  const opened = openMqttLink(access, options, { timers, unit: () => 0.5 });
  links.push(opened);
  return opened;
}

function send(payload: unknown, retain = false): Promise<void> {
  return new Promise((resolve, reject) => {
    const packet = { cmd: 'publish', dup: false, topic: command, qos: 1, retain } as const;
    broker.publish({ ...packet, payload: JSON.stringify(payload) }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

function open(nonce: string) {
  const at = Date.now();
  const passage = 'a'.repeat(32);
  const reason = 'status-green';
  return {
    action: 'open',
    boot,
    nonce: nonce.repeat(32),
    at,
    expiresAt: at + 2000,
    passage,
    reason,
  };
}

const said = (channel: string) =>
  heard.filter((each) => each.channel === channel).map(({ payload }) => JSON.parse(payload));

describe('devices on a broker', () => {
  test('a turnstile says it is online, obeys, acknowledges, and tells of the passage', async () => {
    const turnstile = createMqttTurnstile(link, { clock, timers });
    const seen: SeenOrder[] = [];
    turnstile.onOrder((order) => seen.push(order));
    await expect.poll(() => said('state')).toEqual([{ state: 'online' }]);
    expect(turnstile.ready()).toBe(false);
    await send({ action: 'hello', boot, at: Date.now() });
    await expect.poll(turnstile.ready).toBe(true);
    await send(open('1'));
    await expect.poll(() => said('ack')).toEqual([{ nonce: '1'.repeat(32), result: 'accepted' }]);
    expect(seen).toMatchObject([{ result: 'accepted', order: { action: 'open' } }]);
    await turnstile.turnArm(20);
    await turnstile.turnArm(ARM_THROUGH_DEGREES);
    expect(said('passage').map(({ event }) => event)).toEqual(['started', 'completed']);
    expect(turnstile.idle()).toBe(true);
  });

  test('a retained open that waits at the broker moves nothing (T14)', async () => {
    await send({ action: 'hello', boot, at: Date.now() }, true);
    await send(open('1'), true);
    const turnstile = createMqttTurnstile(link, { clock, timers });
    await expect.poll(() => said('state')).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(turnstile.idle()).toBe(true);
    expect(turnstile.ready()).toBe(false);
    expect(said('ack')).toEqual([]);
  });

  test('a scan that the broker never acknowledged is not sent again after the outage', async () => {
    const scanner = createMqttScanner(link(), clock);
    await expect.poll(scanner.ready).toBe(true);
    const at = port;
    const lost = scanner.scan('BEFORE');
    for (const socket of sockets) socket.destroy();
    await lost;
    await shut();
    await expect.poll(scanner.ready).toBe(false);
    expect(await scanner.scan('DURING')).toBeUndefined();
    heard = [];
    sockets = [];
    await listen(at);
    await expect.poll(scanner.ready, { timeout: 5000 }).toBe(true);
    await scanner.scan('AFTER');
    await expect.poll(() => said('scan')).toEqual([{ code: 'AFTER' }]);
  });

  test('whoever vanishes is offline by their last will, and retained', async () => {
    const opened = link();
    await expect.poll(opened.connected).toBe(true);
    const wills: string[] = [];
    broker.on('publish', ({ topic, payload, retain }) => {
      if (topic.endsWith('/state') && retain) wills.push(payload.toString());
    });
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => wills).toContain('{"state":"offline"}');
    await expect.poll(opened.connected, { timeout: 5000 }).toBe(true);
  });

  test('a wrong password is tried again, slowly, and never counts as connected', async () => {
    const opened = link({}, 'wrong');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(opened.connected()).toBe(false);
    expect(sockets.length).toBeGreaterThan(1);
    expect(sockets.length).toBeLessThan(6);
    expect(await opened.publish('scan', '{}')).toBe(false);
  });
});
