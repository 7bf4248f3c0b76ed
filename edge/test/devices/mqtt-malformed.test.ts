import { deviceIdSchema } from '@greengate/contracts/ids';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloseReason } from '../../src/devices/mqtt-guard.ts';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { connectPacket, field, packet, publishPacket, subscribePacket } from '../fakes/raw-mqtt.ts';
import { until } from '../fakes/real-time.ts';

const own = 'scanner-1';
const bystander = 'turnstile-1';
const scan = topicOf(own, 'scan');
const surrogate = Buffer.from([0xed, 0xa0, 0x80]);
const overlong = Buffer.from([0xc0, 0x80]);
const login = Buffer.concat([field(own), field(`password of ${own}`)]);
const willOn = (topic: string | Buffer, flags: number) =>
  connectPacket({
    id: own,
    flags: 0xc2 | flags,
    rest: Buffer.concat([field(topic), field('{}'), login]),
  });

const malformed: CloseReason = 'mqtt-malformed';
const tooLarge: CloseReason = 'mqtt-too-large';
const forbidden: CloseReason = 'topic-forbidden';

type Vector = readonly [name: string, bytes: Buffer, reason: CloseReason, connack?: number];

const beforeConnect: readonly Vector[] = [
  ['[MQTT-3.1.0-1] a publish first', publishPacket(scan, '{}'), malformed],
  ['a ping first', packet(0xc0), malformed],
  ['a subscription first', subscribePacket(topicOf(own, 'command')), malformed],
  ['[MQTT-4.8.0-1] packet type 0', packet(0x00), malformed],
  ['packet type 15', packet(0xf0), malformed],
  ['a CONNACK from a client', packet(0x20, [0, 0]), malformed],
  ['[MQTT-2.2.2-2] reserved flags of CONNECT', packet(0x11, field('MQTT')), malformed],
  ['[MQTT-3.1.2-1] another protocol', connectPacket({ id: own, name: 'MQTX' }), malformed],
  ['an empty protocol name', connectPacket({ id: own, name: '' }), malformed],
  ['[MQTT-3.1.2-2] MQTT 3.1', connectPacket({ id: own, name: 'MQIsdp', level: 3 }), malformed, 1],
  ['MQTT 5', connectPacket({ id: own, level: 5 }), malformed, 1],
  ['a bridge (T12)', connectPacket({ id: own, level: 0x84 }), malformed, 1],
  ['[MQTT-3.1.2-3] the reserved connect flag', connectPacket({ id: own, flags: 0xc3 }), malformed],
  ['[MQTT-3.1.2-14] a will of QoS 3', willOn(topicOf(own, 'state'), 0x1c), malformed],
  ['a will of QoS 2', willOn(topicOf(own, 'state'), 0x14), malformed],
  [
    '[MQTT-3.1.2-15] a retained will and no will',
    connectPacket({ id: own, flags: 0xe2 }),
    malformed,
  ],
  ['[MQTT-3.1.2-13] a QoS of no will', connectPacket({ id: own, flags: 0xca }), malformed],
  ['[MQTT-3.1.2-22] a password and no user', connectPacket({ id: own, flags: 0x42 }), malformed],
  ['[MQTT-1.5.3-2] NUL in the client id', connectPacket({ id: 'scanner\0-1' }), malformed],
  ['[MQTT-1.5.3-1] a surrogate in the client id', connectPacket({ id: surrogate }), malformed],
  ['[MQTT-3.1.3-4] overlong UTF-8 in the client id', connectPacket({ id: overlong }), malformed],
  ['[MQTT-3.1.3-8] no client id', connectPacket({ id: '' }), malformed, 2],
  [
    '[MQTT-3.1.2-19] a user name cut off',
    connectPacket({ id: own, rest: Buffer.from([0, 9, 65]) }),
    malformed,
  ],
  [
    '[MQTT-3.1.2-20] bytes after the password',
    connectPacket({ id: own, rest: Buffer.concat([login, login]) }),
    malformed,
  ],
  ['a CONNECT of two bytes', packet(0x10, [0, 4]), malformed],
  ['[MQTT-3.1.3-3] an empty CONNECT', packet(0x10), malformed],
  ['a length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f]), malformed],
  [
    '[MQTT-3.1.2-9] a will that is announced and not there',
    connectPacket({ id: own, flags: 0xc6, rest: login }),
    malformed,
  ],
  [
    '[MQTT-3.1.2-21] a password that is announced and not there',
    connectPacket({ id: own, flags: 0xc2, rest: field(own) }),
    malformed,
  ],
  [
    '[MQTT-3.1.3-11] a user name with a surrogate',
    connectPacket({ id: own, rest: Buffer.concat([field(surrogate), field('x')]) }),
    malformed,
  ],
  ['a length not minimal', Buffer.from([0x10, 0x80, 0x00]), malformed],
  ['a CONNECT over 1 KiB', connectPacket({ id: 'x'.repeat(1100) }), tooLarge],
  ['a CONNECT that says 256 MiB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]), tooLarge],
  ["a will on another device's path", willOn(topicOf(bystander, 'state'), 0x24), forbidden, 5],
  ['a will on scan', willOn(scan, 0x04), forbidden, 5],
  ['a will on $SYS', willOn('$SYS/x', 0x04), forbidden, 5],
  ['a will with a wildcard', willOn(topicOf('+', 'state'), 0x04), malformed],
  ['[MQTT-3.1.3-10] a will with NUL', willOn('a\0b', 0x04), malformed],
  [
    'a web browser',
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${'gateway'.repeat(20)}\r\n\r\n`),
    malformed,
  ],
  ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, ...new Array(600).fill(1)]), malformed],
];

const afterConnect: readonly Vector[] = [
  ['[MQTT-3.1.0-2] a second CONNECT', connectPacket({ id: own }), malformed],
  ['a second CONNECT of another version', connectPacket({ id: own, level: 5 }), malformed],
  ['a SUBACK', packet(0x90, [0, 1, 0]), malformed],
  ['an UNSUBACK', packet(0xb0, [0, 1]), malformed],
  ['a PINGRESP', packet(0xd0), malformed],
  ['a PUBREC', packet(0x50, [0, 1]), malformed],
  ['a PUBREL', packet(0x62, [0, 1]), malformed],
  ['a PUBCOMP', packet(0x70, [0, 1]), malformed],
  ['a PUBACK of id 0', packet(0x40, [0, 0]), malformed],
  ['[MQTT-4.8.0-1] a PUBACK of three bytes', packet(0x40, [0, 1, 0]), malformed],
  ['[MQTT-2.2.2-2] reserved flags of PUBACK', packet(0x41, [0, 1]), malformed],
  ['[MQTT-2.2.2-2] a ping with flags', packet(0xc1), malformed],
  ['a ping with a body', packet(0xc0, [1]), malformed],
  ['[MQTT-3.14.1-1] a DISCONNECT with flags', packet(0xe1), malformed],
  ['a DISCONNECT with a body', packet(0xe0, [0]), malformed],
  ['a publish of QoS 2', publishPacket(scan, '{}', 4), malformed],
  ['[MQTT-3.3.1-4] a publish of QoS 3', publishPacket(scan, '{}', 6), malformed],
  ['[MQTT-3.3.1-2] a duplicate of QoS 0', publishPacket(scan, '{}', 8), malformed],
  ['[MQTT-2.3.1-1] a publish of id 0', packet(0x32, field(scan), [0, 0]), malformed],
  ['a publish without its id', packet(0x32, field(scan)), malformed],
  ['[MQTT-4.7.3-1] an empty topic', publishPacket('', '{}'), malformed],
  [
    '[MQTT-3.3.2-2] a topic with +',
    publishPacket('greengate/1/gw-1/lane-1/+/scan', '{}'),
    malformed,
  ],
  ['[MQTT-3.3.2-2] a topic with #', publishPacket('greengate/#', '{}'), malformed],
  ['[MQTT-4.7.3-2] a topic with NUL', publishPacket(`${scan}\0`, '{}'), malformed],
  ['[MQTT-3.3.2-1] a topic with a surrogate', publishPacket(surrogate, '{}'), malformed],
  ['a topic with overlong UTF-8', publishPacket(overlong, '{}'), malformed],
  ['a topic longer than its packet', packet(0x30, [1, 0, 65]), malformed],
  ['a topic of 65 KB', publishPacket('x'.repeat(65_000), '{}'), tooLarge],
  ['a topic of 200 bytes', publishPacket('x'.repeat(200), '{}'), tooLarge],
  ['a payload over 4 KiB', publishPacket(scan, 'x'.repeat(4097)), tooLarge],
  ['a payload over 8 KiB', publishPacket(scan, 'x'.repeat(9000)), tooLarge],
  ["another device's path", publishPacket(topicOf(bystander, 'passage'), '{}'), forbidden],
  ['another lane', publishPacket(scan.replace('lane-1', 'lane-2'), '{}'), forbidden],
  ['another gateway', publishPacket(scan.replace('gw-1', 'gw-2'), '{}'), forbidden],
  ['its own command', publishPacket(topicOf(own, 'command'), '{}', 2), forbidden],
  ["another device's command", publishPacket(topicOf(bystander, 'command'), '{}'), forbidden],
  ['an unknown channel', publishPacket(topicOf(own, 'debug'), '{}'), forbidden],
  ['$SYS', publishPacket('$SYS/broker/load', '{}'), forbidden],
  ['a topic of empty levels', publishPacket('greengate/1/gw-1/lane-1//scan', '{}'), forbidden],
  ['a level too many', publishPacket(`${scan}/x`, '{}'), forbidden],
  ['a trailing slash', publishPacket(`${scan}/`, '{}'), forbidden],
  ['a deep topic', publishPacket('a/'.repeat(60), '{}'), forbidden],
  ['a retained scan', publishPacket(scan, '{"code":"X"}', 1), forbidden],
  ['a retained ack', publishPacket(topicOf(own, 'ack'), '{}', 3), forbidden],
  ['[MQTT-3.8.1-1] reserved flags of SUBSCRIBE', packet(0x80, [0, 9], field(scan), [0]), malformed],
  [
    '[MQTT-3.8.3-4] a subscription of QoS 3',
    subscribePacket(topicOf(own, 'command'), 3),
    malformed,
  ],
  [
    '[MQTT-3.8.3-4] reserved bits of a subscription',
    subscribePacket(topicOf(own, 'command'), 0x81),
    malformed,
  ],
  ['[MQTT-3.8.3-3] a subscription to nothing', packet(0x82, [0, 9]), malformed],
  ['[MQTT-2.3.1-1] a subscription of id 0', packet(0x82, [0, 0], field('a'), [0]), malformed],
  ['a filter cut off', packet(0x82, [0, 9], [0, 9, 65]), malformed],
  ['a filter without its QoS', packet(0x82, [0, 9], field('a')), malformed],
  ['[MQTT-4.7.3-1] an empty filter', subscribePacket(''), malformed],
  ['[MQTT-4.7.1-2] # in the middle', subscribePacket('a/#/b'), malformed],
  ['[MQTT-4.7.1-3] + in a level', subscribePacket('a/b+/c'), malformed],
  ['[MQTT-3.8.3-1] a filter with NUL', subscribePacket('a\0'), malformed],
  ['a filter of 200 bytes', subscribePacket('x'.repeat(200)), tooLarge],
  ['a filter of 60 levels', subscribePacket('a/'.repeat(60)), tooLarge],
  ['nine filters', packet(0x82, [0, 9], ...new Array(9).fill([...field('a'), 0])), tooLarge],
  ['[MQTT-3.10.1-1] reserved flags of UNSUBSCRIBE', packet(0xa0, [0, 9], field('a')), malformed],
  ['[MQTT-3.10.3-2] an UNSUBSCRIBE from nothing', packet(0xa2, [0, 9]), malformed],
  ['[MQTT-2.3.1-1] an UNSUBSCRIBE of id 0', packet(0xa2, [0, 0], field('a')), malformed],
  [
    '[MQTT-3.10.3-1] an UNSUBSCRIBE with a surrogate',
    packet(0xa2, [0, 9], field(surrogate)),
    malformed,
  ],
  ['an UNSUBSCRIBE cut off', packet(0xa2, [0, 9], [0, 9, 65]), malformed],
  ['a filter of more bytes than its packet', packet(0x82, [0, 9], [0xff, 0xff, 65]), malformed],
  [
    'a length of five bytes once admitted',
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]),
    malformed,
  ],
];

describe('P21 a malformed or forbidden packet closes its connection and disturbs nobody (T12, T13)', () => {
  let station: MqttStation;
  let witness: MqttClient;
  let commands = 0;

  beforeAll(async () => {
    station = await MqttStation.start([own, bystander]);
    witness = await station.connect(bystander, () => {
      commands += 1;
    });
  });
  afterAll(() => station.close());

  /** The other client is heard and reached, on the connection that it had all the time. */
  async function expectUndisturbed(): Promise<void> {
    const [uplinksBefore, commandsBefore] = [station.uplinks.length, commands];
    await witness.publishAsync(topicOf(bystander, 'ack'), '{}', { qos: 1 });
    expect(station.broker.command(deviceIdSchema.parse(bystander), '{}')).toBe(true);
    await until('the command', () => commands === commandsBefore + 1);
    expect(station.uplinks.length).toBe(uplinksBefore + 1);
    expect(station.uplinks.at(-1)?.place.device).toBe(bystander);
  }

  async function expectRefused(
    bytes: Buffer,
    reason: CloseReason,
    device?: string,
    connack?: number,
  ): Promise<void> {
    const before = station.broker.counters();
    const client = await station.raw(device);
    client.say(bytes);
    await until('the connection to be closed', () => client.isClosed);
    const after = station.broker.counters();
    expect(after.refused[reason]).toBe((before.refused[reason] ?? 0) + 1);
    expect(after.uplinks).toBe(before.uplinks);
    const answer = device === undefined ? client.heard : client.heard.subarray(4);
    expect(answer).toEqual(Buffer.from(connack === undefined ? [] : [0x20, 2, 0, connack]));
    await expectUndisturbed();
  }

  const named = (vectors: readonly Vector[]) =>
    vectors.map(([name, bytes, reason, connack]) => ({ name, bytes, reason, connack }));

  it.each(named(beforeConnect))('first of all: $name', ({ bytes, reason, connack }) =>
    expectRefused(bytes, reason, undefined, connack),
  );

  it.each(named(afterConnect))('once admitted: $name', ({ bytes, reason }) =>
    expectRefused(bytes, reason, own),
  );

  it('has kept the other client on its one connection', () => {
    const own = station.presence.filter(({ place }) => place.device === bystander);
    expect(own.map(({ kind }) => kind)).toEqual(['online', 'listening']);
  });
});
