import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceIdSchema } from '@greengate/contracts/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { connectPacket, field, packet, publishPacket, subscribePacket } from '../fakes/raw-mqtt.ts';
import { until } from '../fakes/real-time.ts';

const own = 'scanner-1';
const login = Buffer.concat([field(own), field(`password of ${own}`)]);
const command = topicOf(own, 'command');

let station: MqttStation;
afterEach(() => station.close());

/** A socket that said these bytes, and what it heard by the time it had heard `length` bytes. */
async function heard(bytes: readonly Buffer[], length: number): Promise<Buffer> {
  station = await MqttStation.start([own]);
  const client = await station.raw();
  client.say(Buffer.concat([...bytes]));
  await until(`${length} bytes`, () => client.heard.length >= length);
  await new Promise((done) => setTimeout(done, 20));
  return client.heard;
}

const hello = connectPacket({ id: own });
const connack = [0x20, 2, 0, 0];

describe('what MQTT 3.1.1 asks of a server, of a client that does nothing wrong', () => {
  it('[MQTT-3.1.4-4] [MQTT-3.2.2-1] a CONNECT is answered by CONNACK 0 with no session present', async () => {
    expect([...(await heard([hello], 4))]).toEqual(connack);
  });

  it('[MQTT-3.2.2-3] also where a session is asked for: none is kept', async () => {
    expect([...(await heard([connectPacket({ id: own, flags: 0xc0 })], 4))]).toEqual(connack);
  });

  it('[MQTT-3.1.2-4] [MQTT-3.1.2-6] a session ends with its connection: nothing is delivered in the next one', async () => {
    station = await MqttStation.start([own]);
    const first = await station.raw();
    first.say(Buffer.concat([connectPacket({ id: own, flags: 0xc0 }), subscribePacket(command)]));
    await until('the SUBACK', () => first.heard.length >= 9);
    first.close();
    await until('its end', () => station.broker.counters().devices === 0);
    const again = await station.raw(own);
    expect(station.broker.command(deviceIdSchema.parse(own), '{}')).toBe(false);
    await new Promise((done) => setTimeout(done, 30));
    expect([...again.heard]).toEqual(connack);
  });

  it('[MQTT-3.12.4-1] a PINGREQ is answered by a PINGRESP', async () => {
    expect([...(await heard([hello, packet(0xc0)], 6))]).toEqual([...connack, 0xd0, 0]);
  });

  it('[MQTT-4.3.2-2] a PUBLISH of QoS 1 is answered by a PUBACK of its id, also when it is sent again', async () => {
    const report = publishPacket(topicOf(own, 'scan'), '{}', 0x02);
    const again = publishPacket(topicOf(own, 'scan'), '{}', 0x0a);
    expect([...(await heard([hello, report, again], 12))].slice(4)).toEqual([
      ...[0x40, 2, 0, 7],
      ...[0x40, 2, 0, 7],
    ]);
    expect(station.uplinks).toHaveLength(2);
  });

  it('[MQTT-3.3.5-2] a PUBLISH that is forbidden is not acknowledged: its connection is closed', async () => {
    station = await MqttStation.start([own]);
    const client = await station.raw(own);
    client.say(publishPacket('greengate/1/gw-1/lane-1/other/scan', '{}', 2));
    await until('the end', () => client.isClosed);
    expect([...client.heard]).toEqual(connack);
  });

  it('[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-4] [MQTT-3.8.4-5] a SUBSCRIBE is answered by one SUBACK of its id, with a code for each filter in order', async () => {
    const filters = packet(0x82, [1, 2], field('#'), [0], field(command), [1], field('a/b'), [2]);
    expect([...(await heard([hello, filters], 11))].slice(4)).toEqual([
      ...[0x90, 5, 1, 2],
      ...[0x80, 1, 0x80],
    ]);
  });

  it('[MQTT-3.10.4-4] [MQTT-3.10.4-5] an UNSUBSCRIBE is answered by an UNSUBACK of its id, also from what nobody subscribed to', async () => {
    const filters = packet(0xa2, [3, 4], field('a/b'), field(command));
    expect([...(await heard([hello, filters], 8))].slice(4)).toEqual([0xb0, 2, 3, 4]);
  });

  it('[MQTT-3.14.4-2] [MQTT-3.14.4-3] after a DISCONNECT the connection is closed', async () => {
    station = await MqttStation.start([own]);
    const client = await station.raw(own);
    client.say(packet(0xe0));
    await until('the end', () => client.isClosed);
    expect(station.broker.counters().refused).toEqual({});
  });

  it('[MQTT-1.5.3-3] a byte order mark is a character like others', async () => {
    station = await MqttStation.start([own]);
    const client = await station.raw();
    client.say(connectPacket({ id: `\ufeff${own}`, rest: login }));
    await until('the end', () => client.isClosed);
    // Stripped, it would have been the id of a device that we know, under another name.
    expect(station.broker.counters().refused).toEqual({ 'device-unknown': 1 });
  });

  it('[MQTT-3.1.3-5] a client id of 23 letters and digits is taken', async () => {
    const id = 'a1b2c3d4e5f6a1b2c3d4e5f';
    station = await MqttStation.start([id]);
    const client = await station.raw(id);
    expect([...client.heard]).toEqual(connack);
  });

  it('[MQTT-3.1.4-5] what a client sends before its CONNACK is not looked at when it is refused', async () => {
    station = await MqttStation.start([own]);
    const client = await station.raw();
    const stranger = connectPacket({
      id: own,
      rest: Buffer.concat([field(own), field('a guess')]),
    });
    client.say(Buffer.concat([stranger, publishPacket(topicOf(own, 'scan'), '{}', 2)]));
    await until('the end', () => client.isClosed);
    expect([...client.heard]).toEqual([0x20, 2, 0, 4]);
    expect(station.uplinks).toEqual([]);
  });
});

describe('docs/mqtt.md', () => {
  const folder = import.meta.dirname;
  const statements = (text: string) => new Set(text.match(/MQTT-\d+\.\d+\.\d+-\d+/g) ?? []);

  it('names each statement that a test holds, and no other', async () => {
    station = await MqttStation.start([own]);
    const tests = readdirSync(folder)
      .filter((name) => name.startsWith('mqtt-') && name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const page = readFileSync(join(folder, '../../../docs/mqtt.md'), 'utf8');
    const [held] = page.split('## What it does not do');
    expect([...statements(held ?? '')].sort()).toEqual([...statements(tests)].sort());
  });
});
