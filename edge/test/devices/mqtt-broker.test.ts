import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deviceIdSchema } from '@greengate/contracts/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualTime } from '../fakes/manual-time.ts';
import { MqttStation, placeOf, topicOf } from '../fakes/mqtt-station.ts';
import {
  connectPacket,
  field,
  packet,
  publishPacket,
  type RawClient,
  subscribePacket,
} from '../fakes/raw-mqtt.ts';
import { realClock, until } from '../fakes/real-time.ts';

const idOf = (device: string) => deviceIdSchema.parse(device);
const one = 'turnstile-1';
const two = 'turnstile-2';

let station: MqttStation;
afterEach(() => station.close());

const start = async (...args: Parameters<typeof MqttStation.start>) => {
  station = await MqttStation.start(...args);
};

describe('who may connect', () => {
  it.each([
    ['a wrong password', one, one, 'password of another'],
    ['an empty password', one, one, ''],
    ['an unknown device', 'stranger', 'stranger', 'password of stranger'],
    ["another device's user name", one, two, `password of ${two}`],
    ['a name of a prototype', 'constructor', 'constructor', 'x'],
    ['the other proto', '__proto__', '__proto__', 'x'],
  ])("refuses %s as 'device-unknown', CONNACK 4, and later", async (_name, id, user, password) => {
    await start([one, two]);
    const client = await station.raw();
    const begun = performance.now();
    client.say(connectPacket({ id, rest: Buffer.concat([field(user), field(password)]) }));
    await until('the connection to be closed', () => client.isClosed);
    expect(client.heard).toEqual(Buffer.from([0x20, 2, 0, 4]));
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(station.broker.counters().refused).toEqual({ 'device-unknown': 1 });
    expect(station.presence).toEqual([]);
  });

  it('refuses a client without a password', async () => {
    await start([one]);
    const client = await station.raw();
    client.say(connectPacket({ id: one, flags: 0x82, rest: field(one) }));
    await until('the connection to be closed', () => client.isClosed);
    expect(client.heard[3]).toBe(4);
  });

  it('closes a socket that sends no CONNECT in five seconds', async () => {
    const time = new ManualTime();
    await start([one], { clock: time.clock, timers: time.timers });
    const client = await station.raw();
    await until('the socket to be seen', () => station.broker.counters().sockets === 1);
    time.advance(5000);
    await until('the connection to be closed', () => client.isClosed);
    expect(station.broker.counters()).toMatchObject({ sockets: 0, refused: { 'connect-late': 1 } });
  });

  it('gives no session to a client that asks for one: no command waits for an absent device', async () => {
    await start([one]);
    const keep = () => connectPacket({ id: one, flags: 0xc0 });
    const first = await station.raw();
    first.say(Buffer.concat([keep(), subscribePacket(topicOf(one, 'command'))]));
    await until('the SUBACK', () => first.heard.length >= 9);
    expect(station.broker.command(idOf(one), 'unanswered')).toBe(true);
    first.close();
    await until('its end', () => station.broker.counters().devices === 0);
    expect(station.broker.command(idOf(one), 'queued?')).toBe(false);
    const again = await station.raw();
    again.say(keep());
    await until('the CONNACK', () => again.heard.length >= 4);
    await new Promise((done) => setTimeout(done, 50));
    expect(again.heard).toEqual(Buffer.from([0x20, 2, 0, 0]));
  });

  it('takes the second connection of a device and closes the first', async () => {
    await start([one]);
    const heard: string[] = [];
    const first = await station.connect(one, () => heard.push('first'));
    const second = await station.connect(one, () => heard.push('second'));
    await until('the first to be closed', () => !first.connected);
    await until('the second to listen', () => station.presence.length === 5);
    expect(station.presence).toEqual(
      ['online', 'listening', 'offline', 'online', 'listening'].map((kind) => ({
        place: placeOf(one),
        kind,
      })),
    );
    expect(station.broker.command(idOf(one), '{}')).toBe(true);
    await until('the command', () => heard.length > 0);
    expect(heard).toEqual(['second']);
    expect(second.connected).toBe(true);
    expect(station.broker.counters().devices).toBe(1);
  });

  it('tells a late listener who is there', async () => {
    await start([one, two]);
    await station.connect(one, () => {});
    await station.connect(two);
    await until('both', () => station.presence.length === 3);
    const told: string[] = [];
    station.broker.onPresence(({ place, kind }) => told.push(`${place.device} ${kind}`));
    expect(told).toEqual([`${one} online`, `${one} listening`, `${two} online`]);
  });
});

describe('commands', () => {
  it('go to the one device, at QoS 1 and not retained', async () => {
    await start([one, two]);
    const raw = await station.raw(one);
    let others = 0;
    await station.connect(two, () => {
      others += 1;
    });
    raw.say(subscribePacket(topicOf(one, 'command')));
    await until('the SUBACK', () => raw.heard.length >= 9);
    const before = raw.heard.length;
    expect(station.broker.command(idOf(one), '{"x":1}')).toBe(true);
    await until('the command', () => raw.heard.length > before);
    expect(raw.heard[before]).toBe(0x32);
    expect(raw.heard.subarray(before).toString('utf8')).toContain('{"x":1}');
    expect(others).toBe(0);
  });

  it('go to nobody who is offline, unknown, or does not listen', async () => {
    await start([one, two]);
    const client = await station.connect(two, () => {});
    await station.raw(one);
    expect(station.broker.command(idOf(one), '{}')).toBe(false);
    expect(station.broker.command(idOf('stranger'), '{}')).toBe(false);
    expect(station.broker.command(idOf(two), '{}')).toBe(true);
    await client.unsubscribeAsync(topicOf(two, 'command'));
    expect(station.broker.command(idOf(two), '{}')).toBe(false);
    await client.endAsync();
    await until('its end', () => station.broker.counters().devices === 1);
    expect(station.broker.command(idOf(two), '{}')).toBe(false);
  });

  it('P22 T13 reach a device in time while another one has stopped reading', async () => {
    await start([one, two]);
    const frozen = await station.raw(one);
    frozen.say(subscribePacket(topicOf(one, 'command')));
    await until('the SUBACK', () => frozen.heard.length >= 9);
    frozen.socket.pause();
    let heardAt = 0;
    await station.connect(two, () => {
      heardAt = performance.now();
    });
    const delays: number[] = [];
    const big = 'x'.repeat(4000);
    let isTaken = true;
    // More than all the buffers between here and there hold, until the guard has had enough.
    for (let round = 0; round < 300; round++) {
      for (let sent = 0; sent < 20; sent++) isTaken = station.broker.command(idOf(one), big);
      const sentAt = performance.now();
      heardAt = 0;
      expect(station.broker.command(idOf(two), '{}')).toBe(true);
      await until('the other command', () => heardAt > 0);
      delays.push(heardAt - sentAt);
      if (!isTaken) break;
    }
    expect(isTaken).toBe(false);
    expect(station.broker.counters().refused).toEqual({ 'unread-too-much': 1 });
    delays.sort((a, b) => a - b);
    expect(delays[Math.floor(delays.length * 0.99)]).toBeLessThan(100);
  });
});

describe('states', () => {
  it('are told, and so is the end of a device that said goodbye', async () => {
    await start([one]);
    const client = await station.connect(one);
    await client.publishAsync(topicOf(one, 'state'), '{"state":"online"}', {
      qos: 1,
      retain: true,
    });
    expect(station.uplinks).toMatchObject([{ channel: 'state', retained: true }]);
    await client.endAsync();
    await until('its end', () => station.presence.at(-1)?.kind === 'offline');
  });
});

describe('T13 exhaustion', () => {
  it('puts strangers out to make room, and never a device that is in', async () => {
    await start([one, two], { socketsCountMax: 4, socketsPerAddressCountMax: 4 });
    const device = await station.raw(one);
    const strangers: RawClient[] = [];
    for (let each = 0; each < 6; each++) {
      strangers.push(await station.raw());
      await until('the socket to be seen', () => {
        const { sockets, refused } = station.broker.counters();
        return sockets + (refused.overloaded ?? 0) === each + 2;
      });
    }
    await until('the oldest to be closed', () => strangers.slice(0, 3).every((s) => s.isClosed));
    expect(strangers.slice(3).some((s) => s.isClosed)).toBe(false);
    const late = await station.raw(two);
    expect(late.heard[3]).toBe(0);
    expect(device.isClosed).toBe(false);
    expect(station.broker.counters().refused).toEqual({ overloaded: 4 });
  });

  it('refuses a socket when all are taken by devices', async () => {
    await start([one, two], { socketsCountMax: 1 });
    const device = await station.raw(one);
    const late = await station.raw();
    await until('the late one to be closed', () => late.isClosed);
    expect(device.isClosed).toBe(false);
  });

  it('counts one address by itself', async () => {
    await start([one, two], { socketsPerAddressCountMax: 1 });
    await station.raw(one);
    const same = await station.raw();
    await until('the second of the address to be closed', () => same.isClosed);
    const other = connect({
      port: station.broker.port,
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
    });
    await once(other, 'connect');
    await until('the other address to be seen', () => station.broker.counters().sockets === 2);
    other.destroy();
  });

  it('logs one line a second, however many refusals', async () => {
    const time = new ManualTime();
    await start([one], { clock: time.clock, timers: time.timers });
    for (let each = 0; each < 5; each++) {
      const client = await station.raw();
      client.say(packet(0xf0));
      await until('the connection to be closed', () => client.isClosed);
    }
    const lines = () => station.log.lines.filter(({ event }) => event === 'mqtt-refused');
    expect(lines()).toHaveLength(1);
    time.advance(1000);
    const client = await station.raw();
    client.say(packet(0xf0));
    await until('the connection to be closed', () => client.isClosed);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]?.fields).toMatchObject({ reason: 'mqtt-malformed', count: 6 });
  });

  it('holds little for eight strangers that send garbage without end', async () => {
    await start([one]);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = () => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    // Twice: what the first one sweeps is not what the strangers free.
    held();
    await new Promise((done) => setTimeout(done, 50));
    const before = held();
    // Half of them a packet that never ends, half a CONNECT and then a flood that waits for its CONNACK.
    const login = connectPacket({ id: 'stranger' }).toString('hex');
    const flood = spawn(process.execPath, ['-e', FLOOD, String(station.broker.port), login]);
    const samples: number[] = [];
    const exited = once(flood, 'exit');
    await until('the strangers', () => station.broker.counters().sockets > 0);
    while (flood.exitCode === null) {
      samples.push(held() - before);
      await new Promise((done) => setTimeout(done, 20));
    }
    await exited;
    expect(samples.length).toBeGreaterThan(10);
    samples.sort((a, b) => a - b);
    // Half of the time, and at worst, when chunks that are dropped were just read.
    expect(samples[samples.length >> 1]).toBeLessThan(300 * 1024);
    expect(samples.at(-1)).toBeLessThan(2 * 1024 * 1024);
    await until('all to be gone', () => station.broker.counters().sockets === 0);
    expect(station.broker.counters().refused['mqtt-too-large']).toBeGreaterThan(10);
  });
});

describe('a busy station', () => {
  it('takes every report of 16 devices, in order for each, and acknowledges it', async () => {
    const devices = Array.from({ length: 16 }, (_, index) => `scanner-${index}`);
    await start(devices);
    const clients = await Promise.all(devices.map((device) => station.connect(device)));
    const each = 50;
    await Promise.all(
      clients.flatMap((client, index) =>
        Array.from({ length: each }, (_, count) =>
          client.publishAsync(topicOf(`scanner-${index}`, 'scan'), `{"code":"${count}"}`, {
            qos: 1,
          }),
        ),
      ),
    );
    expect(station.uplinks).toHaveLength(devices.length * each);
    for (const device of devices) {
      const own = station.uplinks.filter(({ place }) => place.device === device);
      expect(own.map(({ payload }) => payload)).toEqual(
        Array.from({ length: each }, (_, count) => `{"code":"${count}"}`),
      );
    }
    expect(station.broker.counters()).toMatchObject({ devices: 16, refused: {} });
  });

  it('keeps a device that only reports and never pings', async () => {
    const time = new ManualTime();
    await start([one], { clock: time.clock, timers: time.timers });
    const client = await station.raw(one, 2);
    for (let second = 1; second <= 10; second++) {
      time.advance(1000);
      client.say(publishPacket(topicOf(one, 'ack'), '{}'));
      await until('the report', () => station.uplinks.length === second);
    }
    expect(client.isClosed).toBe(false);
    time.advance(3000);
    await until('the silent one to be closed', () => client.isClosed);
  });

  it('closes with everybody connected', async () => {
    await start([one, two]);
    await station.connect(one, () => {});
    await station.raw(two);
    await station.raw();
    const begun = realClock.mono();
    await station.broker.close();
    expect(realClock.mono() - begun).toBeLessThan(1000);
    expect(station.broker.counters()).toMatchObject({ sockets: 0, devices: 0 });
  });
});

/** Runs in a process of its own, so that what it holds is not counted. */
const FLOOD = `
const { connect } = require('node:net');
const garbage = Buffer.alloc(65536, 0x41);
const half = Buffer.from([0x10, 0xe8, 0x07, ...Buffer.alloc(500, 1)]);
const login = Buffer.from(process.argv[2], 'hex');
for (let each = 0; each < 8; each++) {
  const open = () => {
    const socket = connect(Number(process.argv[1]), '127.0.0.1');
    socket.on('error', () => {});
    socket.on('connect', () => {
      if (each % 2 === 0) return socket.write(half);
      const on = () => { while (!socket.destroyed && socket.write(garbage)); };
      socket.write(login);
      socket.on('drain', on);
      on();
    });
    socket.on('close', () => setTimeout(open, 5));
  };
  open();
}
setTimeout(() => process.exit(0), 1500);
`;
