import { Duplex } from 'node:stream';
import { isReasonCode } from '@greengate/contracts/refusals';
import { type Draw, mutate } from '../draw.ts';
import { builtEdge, type Target } from '../target.ts';

interface Guard extends Duplex {
  admit(): void;
  begin(): void;
}

interface GuardModule {
  readonly MqttGuard: new (socket: Duplex, ports: object) => Guard;
}

/** Closings that are not refusals of what was said. */
const silentCloses = ['connect-late', 'keep-alive-missed', 'unread-too-much'];
const topic = 'greengate/1/gw-1/lane-1/scanner-1/';
const place = { gateway: 'gw-1', lane: 'lane-1', device: 'scanner-1' };

export const mqttTarget: Target = {
  name: 'mqtt',
  about: 'the guard in front of the broker: packets of a client, before and after it was let in',
  prepare: async () => {
    const { MqttGuard } = await builtEdge<GuardModule>('devices/mqtt-guard');
    const packets = corpus();
    return (draw) => {
      const socket = new Socket();
      let closed = 'open';
      let connects = 0;
      const guard = new MqttGuard(socket, {
        clock: { now: () => 0, mono: () => 0, trust: () => 'trusted' },
        timers: { after: () => () => undefined },
        placeOf: (id: string) => (id === 'scanner-1' ? place : undefined),
        onConnect: () => {
          connects += 1;
        },
        onUplink: ({ channel }: { channel: string }) => {
          if (channel === 'command') throw new Error('a command came from a device');
        },
        onRefused: (reason: string) => {
          if (!isReasonCode(reason) && !silentCloses.includes(reason)) {
            throw new TypeError(`no reason: ${reason}`);
          }
          closed = reason;
        },
      });
      const isIn = draw.chance(0.8);
      if (isIn) {
        socket.hear(packets[0] ?? Buffer.alloc(0));
        guard.admit();
        guard.begin();
      }
      for (const chunk of chop(said(draw, packets), draw)) socket.hear(chunk);
      if (connects > 1) throw new Error('two connects came through');
      const isShut = guard.destroyed;
      guard.destroy();
      return isShut && closed === 'open' ? 'ended' : closed;
    };
  },
};

/** A socket that takes everything and tells what the case says. */
class Socket extends Duplex {
  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  hear(bytes: Buffer): void {
    if (!this.destroyed) this.emit('data', bytes);
  }
}

function said(draw: Draw, packets: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (let left = 1 + draw.int(4); left > 0; left--) {
    const packet = draw.pick(packets);
    const whole = draw.chance(0.5) ? mutate(packet, draw, packets) : packet;
    // A length that fits keeps the case going past the framing.
    parts.push(draw.chance(0.6) ? withLength(whole) : whole);
  }
  return Buffer.concat(parts);
}

function withLength(whole: Buffer): Buffer {
  const body = whole.subarray(2);
  return packet(whole[0] ?? 0x30, body.subarray(0, 2000));
}

function chop(input: Buffer, draw: Draw): Buffer[] {
  if (draw.chance(0.3)) return [input];
  const chunks: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const to = at + 1 + draw.int(64);
    chunks.push(input.subarray(at, to));
    at = to;
  }
  return chunks;
}

/** A CONNECT first, then one of every packet that a device may send, and of some that it may not. */
function corpus(): Buffer[] {
  const connect = (flags: number, ...rest: Buffer[]) =>
    packet(0x10, field('MQTT'), Buffer.of(4, flags, 0, 60), field('scanner-1'), ...rest);
  const login = [field('scanner-1'), field('secret')];
  return [
    connect(0xc2, ...login),
    connect(0xee, field(`${topic}state`), field('{"state":"offline"}'), ...login),
    connect(0x02),
    packet(0x30, field(`${topic}temperature`), Buffer.from('{"celsius":36.5}')),
    packet(0x32, field(`${topic}scan`), Buffer.of(0, 1), Buffer.from('{"code":"GC1:X"}')),
    packet(0x33, field(`${topic}state`), Buffer.of(0, 2), Buffer.from('{"state":"online"}')),
    packet(0x34, field(`${topic}scan`), Buffer.of(0, 3), Buffer.from('{}')),
    packet(0x40, Buffer.of(0, 9)),
    packet(0x82, Buffer.of(0, 4), field(`${topic}command`), Buffer.of(1)),
    packet(0x82, Buffer.of(0, 5), field('#'), Buffer.of(0), field('+/a/#'), Buffer.of(2)),
    packet(0xa2, Buffer.of(0, 6), field(`${topic}command`)),
    packet(0xc0),
    packet(0xe0),
    packet(0x62, Buffer.of(0, 3)),
  ];
}

function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const low = body.length % 128;
  const length = body.length < 128 ? [low] : [low + 128, Math.floor(body.length / 128)];
  return Buffer.concat([Buffer.of(first, ...length), body]);
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
