import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { DeviceId, GatewayId } from '@greengate/contracts/ids';
import { type DevicePlace, formatTopic } from '@greengate/contracts/wire/topics';
import { type Aedes, Aedes as Broker, type Client } from 'aedes';
import type { Clock, DeviceCredential, Log, Timers } from '../ports.ts';
import { refusalLogMs, socketsCountMax, socketsPerAddressCountMax } from './limits.ts';
import { brokerPolicy } from './mqtt-broker-policy.ts';
import { MqttCredentials } from './mqtt-credentials.ts';
import { type CloseReason, MqttGuard, type Uplink } from './mqtt-guard.ts';
import { MqttSockets, type SocketCaps } from './mqtt-sockets.ts';

export interface MqttBrokerOptions extends Partial<SocketCaps> {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly gateway: GatewayId;
  readonly credentials: readonly DeviceCredential[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** `online`: admitted. `listening`: it also subscribed to its commands, so it can be commanded. */
export interface Presence {
  readonly place: DevicePlace;
  readonly kind: 'online' | 'listening' | 'offline';
}

/** The side of the broker that scanners, thermometers and turnstiles are built on. */
export interface MqttLink {
  onUplink(listener: (uplink: Uplink) => void): void;
  /** Tells who is there already, then every change. */
  onPresence(listener: (presence: Presence) => void): void;
  /** To the one connected device, QoS 1, never retained, never queued: false when it does not listen. */
  command(device: DeviceId, payload: string): boolean;
}

export interface MqttCounters {
  readonly sockets: number;
  readonly devices: number;
  readonly uplinks: number;
  readonly commands: number;
  /** What was refused, by reason: closed connections, and subscriptions as `topic-forbidden`. */
  readonly refused: Readonly<Partial<Record<CloseReason, number>>>;
}

export interface MqttBroker extends MqttLink {
  readonly port: number;
  counters(): MqttCounters;
  close(): Promise<void>;
}

interface Session {
  readonly guard: MqttGuard;
  readonly client: Client;
  readonly place: DevicePlace;
  isListening: boolean;
}

/**
 * MQTT 3.1.1 for the devices of one station. aedes keeps sessions, wills and states; what devices report is
 * taken out before it, and commands go to the one client, so no device's slowness reaches another one.
 */
export async function startMqttBroker(options: MqttBrokerOptions): Promise<MqttBroker> {
  const station = new Station(options);
  const credentials = new MqttCredentials(options.gateway, options.credentials);
  const broker = await Broker.createBroker(
    brokerPolicy(credentials, options.timers, (reason, detail) => station.refused(reason, detail)),
  );
  follow(broker, station);
  const sockets = new MqttSockets({
    socketsCountMax: options.socketsCountMax ?? socketsCountMax,
    socketsPerAddressCountMax: options.socketsPerAddressCountMax ?? socketsPerAddressCountMax,
  });
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const guard = new MqttGuard(socket, {
      clock: options.clock,
      timers: options.timers,
      placeOf: (clientId) => credentials.placeOf(clientId),
      // Only now: a stranger that never sends a CONNECT costs the broker nothing.
      onConnect: (ready) => void broker.handle(ready),
      onUplink: (uplink) => station.uplink(uplink),
      onRefused: (reason, detail) => station.refused(reason, detail),
    });
    sockets.add(guard, addressOf(socket));
  });
  server.on('error', (error) => options.log.error('mqtt-server', { why: error.message }));
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    onUplink: (listener) => station.onUplink(listener),
    onPresence: (listener) => station.onPresence(listener),
    command: (device, payload) => station.command(device, payload),
    counters: () => ({ sockets: sockets.count, ...station.counters() }),
    close: () => close(server, broker, sockets),
  };
}

/** Who is connected, who listens, and what they sent. */
class Station {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #sessions = new Map<DeviceId, Session>();
  readonly #uplinkListeners: ((uplink: Uplink) => void)[] = [];
  readonly #presenceListeners: ((presence: Presence) => void)[] = [];
  readonly #refused: Partial<Record<CloseReason, number>> = {};
  readonly #loggedAt: Partial<Record<CloseReason, number>> = {};
  #uplinks = 0;
  #commands = 0;

  constructor({ log, clock }: Pick<MqttBrokerOptions, 'log' | 'clock'>) {
    this.#log = log;
    this.#clock = clock;
  }

  onUplink(listener: (uplink: Uplink) => void): void {
    this.#uplinkListeners.push(listener);
  }

  onPresence(listener: (presence: Presence) => void): void {
    this.#presenceListeners.push(listener);
    for (const { place, isListening } of this.#sessions.values()) {
      listener({ place, kind: 'online' });
      if (isListening) listener({ place, kind: 'listening' });
    }
  }

  uplink(uplink: Uplink): void {
    this.#uplinks += 1;
    for (const listener of this.#uplinkListeners) listener(uplink);
  }

  /** A second connection of a device takes its place: the first one is offline before the second is online. */
  admitted(client: Client): void {
    const guard = client.conn;
    if (!(guard instanceof MqttGuard)) return;
    guard.admit();
    const { place } = guard;
    if (!place) return;
    const former = this.#sessions.get(place.device);
    if (former) this.left(former.guard);
    this.#sessions.set(place.device, { guard, client, place, isListening: false });
    guard.once('close', () => this.left(guard));
    this.#tell({ place, kind: 'online' });
    guard.begin();
  }

  left(guard: MqttGuard): void {
    const device = guard.place?.device;
    const session = device && this.#sessions.get(device);
    // The connection that was taken over closes late; the new one stays.
    if (!session || session.guard !== guard) return;
    this.#sessions.delete(device);
    this.#tell({ place: session.place, kind: 'offline' });
  }

  subscribed(client: Client, filters: readonly string[], isListening: boolean): void {
    // A client that closes unsubscribes too; that it goes is told by itself.
    if (client.closed) return;
    const session = [...this.#sessions.values()].find((one) => one.client === client);
    if (!session || !filters.includes(commandTopic(session.place))) return;
    const wasListening = session.isListening;
    session.isListening = isListening;
    if (isListening) this.#tell({ place: session.place, kind: 'listening' });
    else if (wasListening) this.#tell({ place: session.place, kind: 'online' });
  }

  command(device: DeviceId, payload: string): boolean {
    const session = this.#sessions.get(device);
    if (!session?.isListening || session.guard.destroyed) return false;
    const topic = commandTopic(session.place);
    const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const;
    // Whether it arrived is known by the device's own answer, not by this callback.
    session.client.publish(packet, () => {});
    this.#commands += 1;
    return true;
  }

  /** Counts each, logs one a second: a stranger must not be able to fill the disk. */
  refused(reason: CloseReason, detail: string): void {
    const count = (this.#refused[reason] ?? 0) + 1;
    this.#refused[reason] = count;
    const now = this.#clock.mono();
    if (now - (this.#loggedAt[reason] ?? Number.NEGATIVE_INFINITY) < refusalLogMs) return;
    this.#loggedAt[reason] = now;
    this.#log.warn(`mqtt-refused`, { reason, detail, count });
  }

  failed(error: Error): void {
    this.#log.error('mqtt-broker', { why: error.message });
  }

  counters(): Omit<MqttCounters, 'sockets'> {
    return {
      devices: this.#sessions.size,
      uplinks: this.#uplinks,
      commands: this.#commands,
      refused: { ...this.#refused },
    };
  }

  #tell(presence: Presence): void {
    const { device, lane } = presence.place;
    this.#log.info(`device-${presence.kind}`, { device, lane });
    for (const listener of this.#presenceListeners) listener(presence);
  }
}

const subscriptionRefused = 128;

function follow(broker: Aedes, station: Station): void {
  broker.on('clientReady', (client) => station.admitted(client));
  broker.on('subscribe', (subscriptions, client) => {
    const granted = subscriptions.filter(({ qos }) => Number(qos) !== subscriptionRefused);
    station.subscribed(
      client,
      granted.map(({ topic }) => topic),
      true,
    );
  });
  broker.on('unsubscribe', (filters, client) => station.subscribed(client, filters, false));
  // Not in its types, and fatal when nobody listens.
  (broker as NodeJS.EventEmitter).on('error', (error: Error) => station.failed(error));
}

function commandTopic(place: DevicePlace): string {
  return formatTopic({ ...place, channel: 'command' });
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

async function close(server: Server, broker: Aedes, sockets: MqttSockets): Promise<void> {
  const isClosed = new Promise<void>((done) => server.close(() => done()));
  await new Promise<void>((done) => broker.close(() => done()));
  sockets.closeAll();
  await isClosed;
}
