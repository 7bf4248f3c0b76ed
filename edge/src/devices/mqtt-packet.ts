import { mqttPayloadBytesMax } from '@greengate/contracts/limits';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { filtersCountMax, topicBytesMax, topicLevelsMax } from './limits.ts';
import { MqttFields } from './mqtt-fields.ts';
import type { MqttFrame } from './mqtt-framer.ts';

export interface MqttWill {
  readonly topic: string;
  readonly retained: boolean;
}

export interface MqttConnect {
  readonly kind: 'connect';
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly will: MqttWill | undefined;
}

export interface MqttPublish {
  readonly kind: 'publish';
  readonly topic: string;
  readonly retained: boolean;
  readonly qos: 0 | 1;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly payload: Buffer;
}

/** What a device may send: MQTT 3.1.1 without QoS 2. */
export type MqttPacket =
  | MqttConnect
  /** An MQTT of another version: answered by CONNACK 1, then closed (3.1.2.2). */
  | { readonly kind: 'connect-other-version' }
  | MqttPublish
  | { readonly kind: 'puback' | 'subscribe' | 'unsubscribe' | 'pingreq' | 'disconnect' };

const malformed = (detail: string) => refuse('mqtt-malformed', detail);

/** The one parse of what a client sent; what is not exactly MQTT 3.1.1 is refused. */
export function parseMqttPacket(frame: MqttFrame): Result<MqttPacket> {
  const { type, flags, body } = frame;
  if (type === 3) return parsePublish(flags, body);
  // Reserved flags (2.2.2): SUBSCRIBE and UNSUBSCRIBE carry 2, the others 0.
  const isFilterList = type === 8 || type === 10;
  if (flags !== (isFilterList ? 2 : 0)) return malformed('reserved flags');
  switch (type) {
    case 1:
      return parseConnect(body);
    case 4:
      return body.length === 2 && body.readUInt16BE(0) > 0
        ? ok({ kind: 'puback' })
        : malformed('puback');
    case 8:
      return parseFilters(body, true);
    case 10:
      return parseFilters(body, false);
    case 12:
      return body.length === 0 ? ok({ kind: 'pingreq' }) : malformed('pingreq with a body');
    case 14:
      return body.length === 0 ? ok({ kind: 'disconnect' }) : malformed('disconnect with a body');
    default:
      // Server packets, the reserved types 0 and 15, and the QoS 2 handshake that nothing here begins.
      return malformed(`packet type ${type}`);
  }
}

function parseConnect(body: Buffer): Result<MqttPacket> {
  const fields = new MqttFields(body);
  const name = fields.text();
  const level = fields.byte();
  if (fields.isBroken()) return malformed('connect');
  if (name === 'MQIsdp' || (name === 'MQTT' && level !== 4)) {
    return ok({ kind: 'connect-other-version' });
  }
  if (name !== 'MQTT') return malformed('protocol name');
  const flags = fields.byte();
  const keepAliveSeconds = fields.number();
  const wrong = wrongConnectFlags(flags);
  if (wrong !== undefined) return malformed(wrong);
  const clientId = fields.text();
  const will = (flags & 0x04) === 0 ? undefined : readWill(fields, (flags & 0x20) !== 0);
  if ((flags & 0x80) !== 0) fields.text();
  if ((flags & 0x40) !== 0) fields.binary();
  if (!fields.isWhole()) return malformed('connect');
  if (will && !isTopicName(will.topic)) return malformed('will topic');
  return ok({ kind: 'connect', clientId, keepAliveSeconds, will });
}

/** Its payload needs no check of its own: a whole CONNECT is smaller than a payload may be. */
function readWill(fields: MqttFields, retained: boolean): MqttWill {
  const topic = fields.text();
  fields.binary();
  return { topic, retained };
}

/** 3.1.2.3 to 3.1.2.9: what the connect flags may not say. */
function wrongConnectFlags(flags: number): string | undefined {
  const willQos = (flags >> 3) & 3;
  if ((flags & 0x01) !== 0) return 'reserved connect flag';
  if ((flags & 0x04) === 0 && (flags & 0x38) !== 0) return 'will flags without a will';
  if (willQos > 1) return 'will of QoS 2 or 3';
  if ((flags & 0xc0) === 0x40) return 'password without a user name';
  return undefined;
}

function parsePublish(flags: number, body: Buffer): Result<MqttPacket> {
  const qos = (flags >> 1) & 3;
  if (qos > 1) return malformed(`publish of QoS ${qos}`);
  if (qos === 0 && (flags & 0x08) !== 0) return malformed('duplicate of QoS 0');
  const fields = new MqttFields(body);
  const topic = fields.text();
  const packetId = qos === 1 ? fields.number() : 0;
  if (fields.isBroken() || (qos === 1 && packetId === 0)) return malformed('publish');
  if (!isTopicName(topic)) return malformed('topic');
  if (Buffer.byteLength(topic) > topicBytesMax) return refuse('mqtt-too-large', 'topic');
  if (fields.rest > mqttPayloadBytesMax) return refuse('mqtt-too-large', 'payload');
  const payload = fields.take(fields.rest);
  return ok({
    kind: 'publish',
    topic,
    retained: (flags & 1) === 1,
    qos: qos === 1 ? 1 : 0,
    packetId,
    payload,
  });
}

function parseFilters(body: Buffer, withQos: boolean): Result<MqttPacket> {
  const kind = withQos ? 'subscribe' : 'unsubscribe';
  const fields = new MqttFields(body);
  if (fields.number() === 0) return malformed(`${kind} without an id`);
  let count = 0;
  do {
    const filter = fields.text();
    const qos = withQos ? fields.byte() : 0;
    if (fields.isBroken() || qos > 2 || !isTopicFilter(filter)) return malformed(kind);
    if (Buffer.byteLength(filter) > topicBytesMax) return refuse('mqtt-too-large', 'filter');
    if (filter.split('/').length > topicLevelsMax) return refuse('mqtt-too-large', 'filter levels');
    count += 1;
    if (count > filtersCountMax) return refuse('mqtt-too-large', 'filters');
  } while (fields.rest > 0);
  return ok({ kind });
}

function isTopicName(topic: string): boolean {
  return topic.length > 0 && !/[+#]/.test(topic);
}

/** 4.7.1: a wildcard is a whole level, and `#` the last one. */
function isTopicFilter(filter: string): boolean {
  return /^(?:(?:\+|[^+#/]*)\/)*(?:[+#]|[^+#/]*)$/.test(filter) && filter.length > 0;
}
