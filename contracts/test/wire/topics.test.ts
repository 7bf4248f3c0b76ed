import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceIdSchema, gatewayIdSchema, laneIdSchema } from '../../src/ids.ts';
import {
  type Channel,
  type DevicePlace,
  formatTopic,
  mayPublish,
  maySubscribe,
  parseTopic,
  UPLINK_CHANNELS,
} from '../../src/wire/topics.ts';

const CHANNELS: readonly Channel[] = [...UPLINK_CHANNELS, 'command'];
const place: DevicePlace = {
  gateway: gatewayIdSchema.parse('gw-1'),
  lane: laneIdSchema.parse('lane-a'),
  device: deviceIdSchema.parse('scan-01'),
};
const OWN = 'greengate/1/gw-1/lane-a/scan-01';

// Everything that is no topic of ours, as a name or as a filter.
const HOSTILE = [
  '',
  '/',
  '#',
  '+',
  '$SYS/#',
  '$SYS/broker/clients',
  '$share/all/greengate/1/gw-1/lane-a/scan-01/command',
  'greengate',
  'greengate/#',
  'greengate/1',
  'greengate/1/#',
  'greengate/+/gw-1/lane-a/scan-01/command',
  'greengate/1/+/lane-a/scan-01/command',
  'greengate/1/gw-1/+/scan-01/command',
  'greengate/1/gw-1/lane-a/+/command',
  'greengate/1/gw-1/lane-a/scan-01/+',
  'greengate/1/gw-1/lane-a/scan-01/#',
  'greengate/1/gw-1/lane-a/#',
  'greengate/1/gw-1/lane-a/scan-01',
  'greengate/1/gw-1/lane-a/scan-01/',
  'greengate/1/gw-1/lane-a//command',
  'greengate/1//lane-a/scan-01/command',
  'greengate//gw-1/lane-a/scan-01/command',
  '/greengate/1/gw-1/lane-a/scan-01/command',
  'greengate/1/gw-1/lane-a/scan-01/command/',
  'greengate/1/gw-1/lane-a/scan-01/command/x',
  'greengate/1/gw-1/lane-a/scan-01/scan/x',
  'greengate/2/gw-1/lane-a/scan-01/scan',
  'Greengate/1/gw-1/lane-a/scan-01/scan',
  'greengate/1/GW-1/lane-a/scan-01/scan',
  'greengate/1/gw-1/lane-a/scan-01/SCAN',
  'greengate/1/gw-1/lane-a/scan-01/open',
  'greengate/1/gw-1/lane-a/scan-01/toString',
  'greengate/1/gw-1/lane-a/scan-01/__proto__',
  'greengate/1/gw-1/lane-a/scan-01/scan\0',
  'greengate/1/gw-1/lane-a/scan-01\0/scan',
  'greengate/1/gw-1/lane-a/scan-01/scan\n',
  'greengate/1/gw-1/lane-a/scan-01 /scan',
  'greengate/1/gw-1/lane-a/scаn-01/scan',
  'greengate/1/gw-1/lane-a/scan-01/ｓｃａｎ',
  'greengate/1/gw-1/lane-a/\u202escan-01/scan',
  'greengate/1/gw-1/lane-a/../scan',
  'greengate/1/gw-1/lane-a/-scan/scan',
  'greengate/1/gw-1/lane-a/scan-/scan',
  `greengate/1/gw-1/lane-a/${'a'.repeat(33)}/scan`,
  `${OWN}/${'x/'.repeat(1000)}scan`,
  'a'.repeat(65_535),
  '/'.repeat(65_535),
  `${OWN}/scan${'\0'.repeat(65_000)}`,
];

const OTHERS = [
  'greengate/1/gw-2/lane-a/scan-01',
  'greengate/1/gw-1/lane-b/scan-01',
  'greengate/1/gw-1/lane-a/scan-02',
  'greengate/1/gw-1/lane-a/scan-0',
  'greengate/1/gw-1/lane-a/scan-011',
  'greengate/1/lane-a/gw-1/scan-01',
];

describe('topics', () => {
  const label = fc
    .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/)
    .filter((text) => text.length <= 32);

  test('any topic comes back from its text', () => {
    fc.assert(
      fc.property(
        label,
        label,
        label,
        fc.constantFrom(...CHANNELS),
        (gateway, lane, device, channel) => {
          const topic = {
            gateway: gatewayIdSchema.parse(gateway),
            lane: laneIdSchema.parse(lane),
            device: deviceIdSchema.parse(device),
            channel,
          };
          expect(parseTopic(formatTopic(topic))).toEqual(topic);
        },
      ),
    );
  });

  test('what parses is what formats: a topic has one text', () => {
    const part = fc.oneof(
      label,
      fc.constantFrom('greengate', '1', 'scan', '+', '#', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('/');
        const topic = parseTopic(text);
        if (topic) expect(formatTopic(topic)).toBe(text);
      }),
    );
  });

  test.each(HOSTILE.map((topic) => [topic.slice(0, 60), topic]))(
    'T12 %j is no topic',
    (_, topic) => {
      expect(parseTopic(topic)).toBeUndefined();
    },
  );
});

describe('what a device may do (T12)', () => {
  const publish = [true, false].flatMap((retained) =>
    [OWN, ...OTHERS].flatMap((base) =>
      CHANNELS.map((channel) => {
        const own = base === OWN && channel !== 'command';
        return [`${base}/${channel}`, retained, own && (!retained || channel === 'state')] as const;
      }),
    ),
  );
  test.each(publish)('T12 publish %s, retained %s: %s', (topic, retained, allowed) => {
    expect(mayPublish(place, topic, retained)).toBe(allowed);
  });

  const subscribe = [OWN, ...OTHERS].flatMap((base) =>
    CHANNELS.map(
      (channel) => [`${base}/${channel}`, base === OWN && channel === 'command'] as const,
    ),
  );
  test.each(subscribe)('T12 subscribe %s: %s', (topic, allowed) => {
    expect(maySubscribe(place, topic)).toBe(allowed);
  });

  test.each(HOSTILE.map((topic) => [topic.slice(0, 60), topic]))(
    'T12 neither publish nor subscribe %j',
    (_, topic) => {
      expect(mayPublish(place, topic, false)).toBe(false);
      expect(mayPublish(place, topic, true)).toBe(false);
      expect(maySubscribe(place, topic)).toBe(false);
    },
  );

  test('T12 of any text only the five own uplinks and the one own command are allowed', () => {
    const words = [...OWN.split('/'), ...CHANNELS, '+', '#', '', '$SYS', 'gw-2', 'lane-b'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 8 }), (parts) => {
        const topic = parts.join('/');
        if (mayPublish(place, topic, false)) {
          expect(UPLINK_CHANNELS.map((channel) => `${OWN}/${channel}`)).toContain(topic);
        }
        if (maySubscribe(place, topic)) expect(topic).toBe(`${OWN}/command`);
      }),
      { numRuns: 2000 },
    );
  });

  test('T14 a command is never retained by a device, nor its own to publish', () => {
    expect(mayPublish(place, `${OWN}/command`, true)).toBe(false);
    expect(mayPublish(place, `${OWN}/command`, false)).toBe(false);
  });
});
