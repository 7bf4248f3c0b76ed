import { createHash } from 'node:crypto';
import {
  deviceIdSchema,
  gatewayIdSchema,
  laneIdSchema,
  sha256HexSchema,
} from '@greengate/contracts/ids';
import type { DevicePlace } from '@greengate/contracts/wire/topics';
import { connectAsync, type MqttClient } from 'mqtt';
import {
  type MqttBroker,
  type MqttBrokerOptions,
  type Presence,
  startMqttBroker,
} from '../../src/devices/mqtt-broker.ts';
import type { Uplink } from '../../src/devices/mqtt-guard.ts';
import type { DeviceCredential } from '../../src/ports.ts';
import { type MemoryLog, memoryLog } from './memory-log.ts';
import { connectPacket, RawClient } from './raw-mqtt.ts';
import { realClock, realTimers, until } from './real-time.ts';

const gateway = gatewayIdSchema.parse('gw-1');
const lane = laneIdSchema.parse('lane-1');

const passwordOf = (device: string) => `password of ${device}`;

function credential(device: string): DeviceCredential {
  const hash = createHash('sha256').update(passwordOf(device)).digest('hex');
  return {
    device: deviceIdSchema.parse(device),
    lane,
    passwordSha256: sha256HexSchema.parse(hash),
  };
}

export function placeOf(device: string): DevicePlace {
  return { gateway, lane, device: deviceIdSchema.parse(device) };
}

export const topicOf = (device: string, channel: string) =>
  `greengate/1/${gateway}/${lane}/${device}/${channel}`;

/** A real broker on a free port, and real clients to play its devices. */
export class MqttStation {
  readonly broker: MqttBroker;
  readonly log: MemoryLog;
  readonly uplinks: Uplink[] = [];
  readonly presence: Presence[] = [];
  readonly #clients: MqttClient[] = [];
  readonly #raw: RawClient[] = [];

  private constructor(broker: MqttBroker, log: MemoryLog) {
    this.broker = broker;
    this.log = log;
    broker.onUplink((uplink) => this.uplinks.push(uplink));
    broker.onPresence((presence) => this.presence.push(presence));
  }

  static async start(
    devices: readonly string[],
    options: Partial<MqttBrokerOptions> = {},
  ): Promise<MqttStation> {
    const log = memoryLog();
    const broker = await startMqttBroker({
      host: '127.0.0.1',
      port: 0,
      gateway,
      credentials: devices.map(credential),
      clock: realClock,
      timers: realTimers,
      log,
      ...options,
    });
    return new MqttStation(broker, log);
  }

  /** MQTT.js as `device`, listening to its commands when there is somebody to tell them to. */
  async connect(device: string, onCommand?: (payload: string) => void): Promise<MqttClient> {
    const client = await connectAsync({
      host: '127.0.0.1',
      port: this.broker.port,
      clientId: device,
      username: device,
      password: passwordOf(device),
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    client.on('error', () => {});
    this.#clients.push(client);
    if (onCommand) {
      client.on('message', (_topic, payload) => onCommand(payload.toString('utf8')));
      await client.subscribeAsync(topicOf(device, 'command'), { qos: 1 });
    }
    return client;
  }

  /** A bare socket; with a device, one that was admitted. */
  async raw(device?: string, keepAlive = 60): Promise<RawClient> {
    const client = await RawClient.open(this.broker.port);
    this.#raw.push(client);
    if (device === undefined) return client;
    client.say(connectPacket({ id: device, keepAlive }));
    await until('CONNACK 0', () => client.heard.length >= 4);
    if (client.heard[3] !== 0) throw new Error(`CONNACK ${client.heard[3]}`);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.end(true);
    for (const client of this.#raw) client.close();
    await this.broker.close();
  }
}
