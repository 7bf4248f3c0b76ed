import { UPLINK_CHANNELS } from '@greengate/contracts/wire/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { connectPacket, field, packet, publishPacket, subscribePacket } from '../fakes/raw-mqtt.ts';
import { until } from '../fakes/real-time.ts';

const own = 'scanner-1';
const victim = 'turnstile-1';
const channels = [...UPLINK_CHANNELS, 'command', 'debug'];
const topics = ['gw-1', 'gw-2'].flatMap((gateway) =>
  ['lane-1', 'lane-2'].flatMap((lane) =>
    [own, victim].flatMap((device) =>
      channels.map((channel) => ({
        topic: `greengate/1/${gateway}/${lane}/${device}/${channel}`,
        channel,
        isOwn: gateway === 'gw-1' && lane === 'lane-1' && device === own,
      })),
    ),
  ),
);
const wildcards = [
  ...['#', '+', '+/#', '/#', '$SYS/#', '$SYS/+/new/clients', 'greengate/#', 'greengate/1/gw-1/#'],
  ...[
    'greengate/+/+/+/+/+',
    `greengate/1/gw-1/lane-1/${own}/#`,
    `greengate/1/gw-1/lane-1/${own}/+`,
  ],
  ...[`greengate/1/gw-1/lane-1/+/command`, `greengate/1/+/lane-1/${own}/command`],
  ...[`/greengate/1/gw-1/lane-1/${own}/command`, `greengate/1/gw-1/lane-1/${own}/command/`],
  ...[`GREENGATE/1/gw-1/lane-1/${own}/command`, `greengate/2/gw-1/lane-1/${own}/command`],
  ...[`greengate/1/gw-1/lane-1//command`, `greengate/1/gw-1/lane-1/${own}/Command`, '/'],
];

/** Who may use which topic for what (T12): own path only, states only retained, commands only read. */
describe('T12 access matrix', () => {
  let station: MqttStation;
  let cases = 0;
  let leaks = 0;

  beforeAll(async () => {
    station = await MqttStation.start([own, victim]);
    await station.connect(victim, () => {
      leaks += 1;
    });
  });
  afterAll(() => station.close());

  it('P20 publish: every gateway, lane, device and channel, retained or not', async () => {
    for (const { topic, channel, isOwn } of topics) {
      for (const isRetained of [false, true]) {
        cases += 1;
        const isAllowed =
          isOwn &&
          (channel === 'state' ||
            (!isRetained && ['scan', 'temperature', 'passage', 'ack'].includes(channel)));
        const [heard, refused] = [station.uplinks.length, station.broker.counters().refused];
        const client = await station.raw(own);
        client.say(Buffer.concat([publishPacket(topic, '{}', isRetained ? 1 : 0), packet(0xc0)]));
        // Either the ping after it is answered, or the connection is over.
        await until('an answer', () => client.isClosed || client.heard.length > 4);
        expect([topic, isRetained, client.heard.length > 4]).toEqual([
          topic,
          isRetained,
          isAllowed,
        ]);
        expect(station.uplinks.length).toBe(heard + (isAllowed ? 1 : 0));
        expect(station.broker.counters().refused['topic-forbidden'] ?? 0).toBe(
          (refused['topic-forbidden'] ?? 0) + (isAllowed ? 0 : 1),
        );
        client.close();
      }
    }
  });

  it('subscribe: its own commands and nothing else, refused by SUBACK 0x80', async () => {
    const client = await station.raw(own);
    for (const filter of [...topics.map(({ topic }) => topic), ...wildcards]) {
      cases += 1;
      const before = client.heard.length;
      client.say(subscribePacket(filter));
      await until(`a SUBACK for ${filter}`, () => client.heard.length >= before + 5);
      const granted = client.heard[before + 4];
      expect([filter, granted]).toEqual([filter, filter === topicOf(own, 'command') ? 1 : 0x80]);
    }
    expect(client.isClosed).toBe(false);
    client.close();
  });

  it('will: its own state and nothing else', async () => {
    for (const device of [own, victim]) {
      for (const channel of channels) {
        for (const isRetained of [false, true]) {
          cases += 1;
          const isAllowed = device === own && channel === 'state';
          const client = await station.raw();
          client.say(
            connectPacket({
              id: own,
              flags: 0xc6 | (isRetained ? 0x20 : 0),
              rest: Buffer.concat([
                field(topicOf(device, channel)),
                field('{"state":"offline"}'),
                field(own),
                field(`password of ${own}`),
              ]),
            }),
          );
          await until('a CONNACK', () => client.heard.length >= 4);
          expect([device, channel, client.heard[3]]).toEqual([device, channel, isAllowed ? 0 : 5]);
          client.close();
        }
      }
    }
  });

  it('has leaked nothing in all these cases', async () => {
    await new Promise((done) => setTimeout(done, 50));
    expect(cases).toBeGreaterThanOrEqual(200);
    expect(leaks).toBe(0);
    expect(station.uplinks.every(({ place }) => place.device === own)).toBe(true);
  });
});
