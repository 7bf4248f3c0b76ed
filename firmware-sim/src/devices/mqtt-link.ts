import type { Socket } from 'node:net';
import {
  type DevicePlace,
  formatTopic,
  type UplinkChannel,
} from '@greengate/contracts/wire/topics';
import { connect, type MqttClient } from 'mqtt';
import { pubackMsMax, reconnectMsMax, reconnectMsMin } from '../limits.ts';
import type { Timers } from '../ports.ts';

/** How a device reaches its gateway. Client id = user name = device id (PROTOCOLS 2). */
export interface MqttAccess {
  readonly host: string;
  readonly port: number;
  readonly place: DevicePlace;
  readonly password: string;
}

export interface MqttLinkOptions {
  /** Listens to its own commands. */
  readonly commands?: (payload: string, retained: boolean) => void;
  /** Told when the link is usable and when it is gone. */
  readonly onChange?: (connected: boolean) => void;
}

/** A device's link to the broker, kept up for ever. */
export interface MqttLink {
  connected(): boolean;
  /** QoS 1. True once the broker has it; false when the link broke or kept silent. Never queued. */
  publish(channel: UplinkChannel, payload: string, retain?: boolean): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects, and connects anew with jitter whenever the link is gone. Every attempt has a client of its own:
 * MQTT.js would otherwise send a scan of before the outage again after it, to a gate that has moved on.
 */
export function openMqttLink(
  access: MqttAccess,
  options: MqttLinkOptions,
  { timers, unit }: { timers: Timers; unit: () => number },
): MqttLink {
  let session: Session | undefined;
  let failures = 0;
  let closed = false;

  const start = () => {
    if (closed) return;
    session = startSession(access, options, timers, (wasUp) => {
      options.onChange?.(false);
      failures = wasUp ? 0 : failures + 1;
      const wait = Math.min(reconnectMsMax, reconnectMsMin * 2 ** Math.min(failures, 8));
      timers.after(wait * (0.5 + unit()), start);
    });
  };
  start();

  return {
    connected: () => session?.up() ?? false,
    publish: (channel, payload, retain = false) =>
      session?.publish(channel, payload, retain) ?? Promise.resolve(false),
    close: async () => {
      closed = true;
      await session?.end();
    },
  };
}

interface Session {
  up(): boolean;
  publish(channel: UplinkChannel, payload: string, retain: boolean): Promise<boolean>;
  end(): Promise<void>;
}

function startSession(
  access: MqttAccess,
  { commands, onChange }: MqttLinkOptions,
  timers: Timers,
  onGone: (wasUp: boolean) => void,
): Session {
  const { place } = access;
  const topic = (channel: UplinkChannel | 'command') => formatTopic({ ...place, channel });
  const client = connectClient(access, topic('state'));
  const waiting = new Set<(sent: boolean) => void>();
  let up = false;
  let gone = false;

  const retire = () => {
    if (gone) return;
    gone = true;
    const wasUp = up;
    up = false;
    client.end(true);
    for (const settle of waiting) settle(false);
    onGone(wasUp);
  };

  const publish = (channel: UplinkChannel, payload: string, retain: boolean): Promise<boolean> => {
    if (gone || !client.connected) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (sent: boolean) => {
        cancel();
        waiting.delete(settle);
        resolve(sent);
      };
      const cancel = timers.after(pubackMsMax, () => settle(false));
      waiting.add(settle);
      client.publish(topic(channel), payload, { qos: 1, retain }, (error) => settle(!error));
    });
  };

  client.on('message', (_topic, payload, packet) => {
    commands?.(payload.toString('utf8'), packet.retain);
  });
  client.on('connect', () => {
    // Two small packets in a row would wait for each other's TCP acknowledgement.
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    const announce = async () => {
      if (commands) await client.subscribeAsync(topic('command'), { qos: 1 });
      if (gone || !(await publish('state', '{"state":"online"}', true))) return retire();
      up = true;
      onChange?.(true);
    };
    announce().catch(retire);
  });
  // MQTT.js tells of one end in several ways; the first one counts.
  client.on('error', retire);
  client.on('close', retire);
  client.on('end', retire);

  return {
    up: () => up,
    publish,
    end: () => {
      gone = true;
      return endPolitely(client, timers);
    },
  };
}

function connectClient(access: MqttAccess, stateTopic: string): MqttClient {
  return connect({
    host: access.host,
    port: access.port,
    protocol: 'mqtt',
    clientId: access.place.device,
    username: access.place.device,
    password: access.password,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: 3000,
    keepalive: 10,
    queueQoSZero: false,
    resubscribe: false,
    will: { topic: stateTopic, payload: Buffer.from('{"state":"offline"}'), qos: 1, retain: true },
  });
}

/** Says goodbye, but not to a broker that has stopped listening. */
function endPolitely(client: MqttClient, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.after(500, () => {
      client.end(true);
      resolve();
    });
    client.end(false, {}, () => {
      cancel();
      resolve();
    });
  });
}
