import { Duplex } from 'node:stream';
import { ok, type Refusal, type Result, refuse } from '@greengate/contracts/result';
import type { MonoMs } from '@greengate/contracts/time';
import {
  type DevicePlace,
  mayPublish,
  parseTopic,
  type UplinkChannel,
} from '@greengate/contracts/wire/topics';
import type { Clock, Timers } from '../ports.ts';
import {
  brokerUnreadBytesMax,
  connectBytesMax,
  connectMsMax,
  keepAliveSecondsMax,
  packetBytesMax,
  packetsPerSecondMax,
  unsentBytesMax,
} from './limits.ts';
import { type MqttFrame, MqttFramer } from './mqtt-framer.ts';
import {
  type MqttConnect,
  type MqttPacket,
  type MqttPublish,
  parseMqttPacket,
} from './mqtt-packet.ts';

/** What a device sent. `at` is when its last byte came in; `payload` is not checked yet. */
export interface Uplink {
  readonly channel: UplinkChannel;
  readonly place: DevicePlace;
  readonly payload: string;
  readonly at: MonoMs;
  /** Only ever true of `state`. */
  readonly retained: boolean;
}

/** Why a connection was closed by us: a reason code, or what no device needs to be told. */
export type CloseReason =
  | 'mqtt-malformed'
  | 'mqtt-too-large'
  | 'topic-forbidden'
  | 'device-unknown'
  | 'overloaded'
  | 'connect-late'
  | 'keep-alive-missed'
  | 'unread-too-much';

export interface GuardPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  placeOf(clientId: string): DevicePlace | undefined;
  /** A well-formed CONNECT came: hand the guard to the broker. */
  onConnect(guard: MqttGuard): void;
  onUplink(uplink: Uplink): void;
  onRefused(reason: CloseReason, detail: string): void;
}

/** CONNACK return codes of 3.2.2.3. */
const CONNACK_OTHER_VERSION = 1;
const CONNACK_ID_REFUSED = 2;
const CONNACK_NOT_AUTHORISED = 5;

/**
 * Stands between a socket and the broker (THREATS finding 5). It lets only well-formed, small, permitted
 * packets through, takes what devices report out of the stream before the broker sees it, and never makes
 * the broker wait: a write always succeeds, and a client that does not read is closed.
 */
export class MqttGuard extends Duplex {
  readonly #socket: Duplex;
  readonly #ports: GuardPorts;
  readonly #framer = new MqttFramer();
  #phase: 'connecting' | 'authenticating' | 'admitted' = 'connecting';
  #place: DevicePlace | undefined;
  #isFull = false;
  /** A CONNACK that refuses is under way and wants to arrive. */
  #wasTurnedAway = false;
  #isCutOff = false;
  #lastByteAt: MonoMs;
  #keepAliveMs = 0;
  #cancelTimer: () => void;
  #second = 0;
  #packetsInSecond = 0;

  constructor(socket: Duplex, ports: GuardPorts) {
    // Nothing the broker writes may ever count as too much: the socket's own queue is what is limited.
    super({
      allowHalfOpen: false,
      readableHighWaterMark: brokerUnreadBytesMax,
      writableHighWaterMark: 16 * unsentBytesMax,
    });
    this.#socket = socket;
    this.#ports = ports;
    this.#lastByteAt = ports.clock.mono();
    this.#cancelTimer = ports.timers.after(connectMsMax, () => this.close('connect-late', ''));
    // Errors of a connection end the connection and nothing else.
    this.on('error', () => {});
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => (this.#phase === 'connecting' ? this.destroy() : this.push(null)));
    socket.on('close', () => this.destroy());
  }

  /** Where the device stands, once it was admitted. */
  get place(): DevicePlace | undefined {
    return this.#phase === 'admitted' ? this.#place : undefined;
  }

  /** The broker let the client in: CONNACK 0 went out, and its place is known. */
  admit(): void {
    if (this.#phase !== 'authenticating' || this.destroyed) return;
    this.#phase = 'admitted';
    this.#cancelTimer();
    this.#watchKeepAlive(this.#keepAliveMs);
  }

  /** Goes on with what the client sent since its CONNECT. */
  begin(): void {
    this.#work();
    if (this.#isFull) this.#socket.pause();
  }

  close(reason: CloseReason, detail: string): void {
    if (this.destroyed) return;
    this.#ports.onRefused(reason, detail);
    this.#isCutOff = !this.#wasTurnedAway;
    this.destroy();
  }

  override _read(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#work();
    if (!this.#isFull) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#cancelTimer();
    this.#framer.clear();
    // What is held together for one write goes out now, or never would.
    this.#socket.uncork();
    // Who broke the rules is owed nothing more; and what is unsent by now, nobody reads.
    if (this.#isCutOff || this.#socket.writableLength > 0) this.#socket.destroy();
    else this.#socket.end(() => this.#socket.destroy());
    done(error);
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#lastByteAt = this.#ports.clock.mono();
    this.#framer.push(chunk);
    // One write for all that one chunk is answered with: a turnstile says three things in a row.
    this.#socket.cork();
    this.#work();
    this.#socket.uncork();
    // Not paused for the CONNACK: a paused socket would keep another 64 KiB of a stranger's bytes.
    if (this.#phase === 'authenticating' && this.#framer.heldBytes > packetBytesMax) {
      this.close('mqtt-too-large', 'before the CONNACK');
    }
    if (this.#isFull) this.#socket.pause();
  }

  /** No packet is looked at before its turn: until the CONNACK, and while the broker has enough to read. */
  #isHeld(): boolean {
    return this.#phase === 'authenticating' || this.#isFull;
  }

  #work(): void {
    while (!this.destroyed && !this.#isHeld()) {
      const frame = this.#framer.next(
        this.#phase === 'admitted' ? packetBytesMax : connectBytesMax,
      );
      if (frame.ok && frame.value === undefined) return;
      const taken = frame.ok && frame.value ? this.#take(frame.value) : frame;
      if (!taken.ok) this.#refuse(taken.refusal);
    }
  }

  #refuse({ code, detail }: Refusal): void {
    this.close(
      code === 'mqtt-too-large' || code === 'topic-forbidden' || code === 'overloaded'
        ? code
        : 'mqtt-malformed',
      detail ?? '',
    );
  }

  #take(frame: MqttFrame): Result<unknown> {
    const packet = parseMqttPacket(frame);
    if (!packet.ok) return packet;
    const isConnect = isConnectKind(packet.value);
    if (this.#phase === 'connecting') {
      if (!isConnect) return refuse('mqtt-malformed', 'first packet is no connect');
      return this.#connect(packet.value, frame);
    }
    if (isConnect) return refuse('mqtt-malformed', 'second connect');
    if (!this.#isWithinRate()) return refuse('overloaded', 'packets');
    if (packet.value.kind === 'publish') return this.#publish(packet.value, frame);
    this.#pass(frame);
    return ok(undefined);
  }

  #connect(packet: MqttPacket, frame: MqttFrame): Result<unknown> {
    if (packet.kind !== 'connect') {
      return this.#turnAway(CONNACK_OTHER_VERSION, refuse('mqtt-malformed', 'other version'));
    }
    if (packet.clientId === '') {
      return this.#turnAway(CONNACK_ID_REFUSED, refuse('mqtt-malformed', 'no client id'));
    }
    this.#place = this.#ports.placeOf(packet.clientId);
    if (!this.#isWillAllowed(packet)) {
      return this.#turnAway(CONNACK_NOT_AUTHORISED, refuse('topic-forbidden', 'will'));
    }
    const seconds = packet.keepAliveSeconds || keepAliveSecondsMax;
    this.#keepAliveMs = Math.min(seconds, keepAliveSecondsMax) * 1500;
    this.#phase = 'authenticating';
    this.#ports.onConnect(this);
    this.#pass(frame);
    return ok(undefined);
  }

  #turnAway(returnCode: number, refusal: Result<unknown>): Result<unknown> {
    this.#wasTurnedAway = true;
    this.#send(Buffer.from([0x20, 2, 0, returnCode]));
    return refusal;
  }

  /** A client that we do not know is refused by its password; its will is nobody's matter. */
  #isWillAllowed({ will }: MqttConnect): boolean {
    if (!will || !this.#place) return true;
    return (
      parseTopic(will.topic)?.channel === 'state' &&
      mayPublish(this.#place, will.topic, will.retained)
    );
  }

  #publish(packet: MqttPublish, frame: MqttFrame): Result<unknown> {
    const topic = parseTopic(packet.topic);
    const place = this.#place;
    if (!topic || !place || !mayPublish(place, packet.topic, packet.retained)) {
      return refuse('topic-forbidden', 'publish');
    }
    const { channel } = topic;
    if (channel === 'command') return refuse('topic-forbidden', 'publish');
    this.#ports.onUplink({
      channel,
      place,
      payload: packet.payload.toString('utf8'),
      at: this.#lastByteAt,
      retained: packet.retained,
    });
    if (channel === 'state') this.#pass(frame);
    else if (packet.qos === 1) {
      this.#send(Buffer.from([0x40, 2, packet.packetId >> 8, packet.packetId & 0xff]));
    }
    return ok(undefined);
  }

  /** A copy goes on: what the broker keeps must not keep the whole chunk. */
  #pass(frame: MqttFrame): void {
    this.#isFull = !this.push(Buffer.from(frame.bytes));
  }

  #send(bytes: Buffer): void {
    if (this.destroyed || this.#socket.destroyed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > unsentBytesMax) this.close('unread-too-much', '');
  }

  #isWithinRate(): boolean {
    const second = Math.floor(this.#lastByteAt / 1000);
    this.#packetsInSecond = second === this.#second ? this.#packetsInSecond + 1 : 1;
    this.#second = second;
    return this.#packetsInSecond <= packetsPerSecondMax;
  }

  /** Kept here, not by the broker, which does not see the packets that we take out (3.1.2.10). */
  #watchKeepAlive(ms: number): void {
    this.#cancelTimer = this.#ports.timers.after(ms, () => {
      const left = this.#lastByteAt + this.#keepAliveMs - this.#ports.clock.mono();
      if (left > 0) this.#watchKeepAlive(left);
      else this.close('keep-alive-missed', '');
    });
  }
}

function isConnectKind({ kind }: MqttPacket): boolean {
  return kind === 'connect' || kind === 'connect-other-version';
}
