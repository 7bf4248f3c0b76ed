import { connect, type Socket } from 'node:net';

/** What a client hears in a PUBLISH. `at` is when its last byte came in, on the monotonic clock. */
export interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly at: number;
}

export interface RawClientOptions {
  readonly port: number;
  readonly id: string;
  readonly password: string;
  /** False asks the broker to keep a session. */
  readonly clean?: boolean;
  readonly onPublish?: (heard: Heard) => void;
  readonly onClose?: () => void;
}

/** A client of one socket that adds next to nothing to what is measured through it: no queue, no timer, no retry. */
export interface RawClient {
  readonly socket: Socket;
  /** Returns when the bytes were handed to the kernel, on the monotonic clock. */
  publish(topic: string, payload: string | Buffer, qos?: 0 | 1): number;
  subscribe(filter: string, qos?: 0 | 1): Promise<void>;
  ping(): void;
  close(): void;
}

const keepAliveSeconds = 60;

/** Resolves at CONNACK 0; rejects when the broker refuses or the socket ends first. */
export function connectRaw(options: RawClientOptions): Promise<RawClient> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  const waiting = new Map<number, () => void>();
  let packetId = 0;
  const nextId = () => {
    packetId = (packetId % 0xffff) + 1;
    return packetId;
  };
  socket.on('error', () => undefined);
  socket.on('close', () => options.onClose?.());
  socket.write(connectPacket(options));

  const client: RawClient = {
    socket,
    publish(topic, payload, qos = 1) {
      const id = qos === 1 ? uint16(nextId()) : Buffer.alloc(0);
      const bytes = packet(0x30 | (qos << 1), field(topic), id, Buffer.from(payload));
      const at = performance.now();
      socket.write(bytes);
      return at;
    },
    subscribe(filter, qos = 1) {
      const id = nextId();
      socket.write(packet(0x82, uint16(id), field(filter), Buffer.of(qos)));
      return new Promise((done) => waiting.set(id, done));
    },
    ping: () => void socket.write(Buffer.of(0xc0, 0)),
    close: () => void socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    const hear = readPackets((first, body) => {
      const at = performance.now();
      if (first >> 4 === 2) {
        if (body[1] === 0) resolve(client);
        else reject(new Error(`CONNACK ${body[1]}`));
      } else if (first >> 4 === 3) {
        const heard = readPublish(first, body, at);
        if (heard.id !== undefined) socket.write(Buffer.concat([Buffer.of(0x40, 2), heard.id]));
        options.onPublish?.(heard);
      } else if (first >> 4 === 9) {
        const id = body.readUInt16BE(0);
        waiting.get(id)?.();
        waiting.delete(id);
      }
    });
    socket.on('data', hear);
    socket.once('close', () => reject(new Error('closed before the CONNACK')));
  });
}

function connectPacket({
  id,
  password,
  clean = true,
}: Pick<RawClientOptions, 'id' | 'password' | 'clean'>): Buffer {
  const flags = 0xc0 | (clean ? 2 : 0);
  const head = Buffer.of(4, flags, 0, keepAliveSeconds);
  return packet(0x10, field('MQTT'), head, field(id), field(id), field(password));
}

function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.of(first, ...length), body]);
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** Cuts a stream into packets; what it is fed comes from a broker, so it only has to be right for whole packets. */
function readPackets(onPacket: (first: number, body: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      let byte = 0x80;
      for (; byte >= 0x80 && at < 5; at++) {
        byte = held[at] ?? 0xff;
        length += (byte & 0x7f) * 128 ** (at - 1);
      }
      if (held.length < 2 || byte >= 0x80 || held.length < at + length) return;
      onPacket(held[0] ?? 0, held.subarray(at, at + length));
      held = held.subarray(at + length);
    }
  };
}

function readPublish(first: number, body: Buffer, at: number): Heard & { id?: Buffer } {
  const topicEnd = 2 + body.readUInt16BE(0);
  const topic = body.toString('utf8', 2, topicEnd);
  if ((first & 6) === 0) return { topic, payload: body.subarray(topicEnd), at };
  const id = body.subarray(topicEnd, topicEnd + 2);
  return { topic, payload: body.subarray(topicEnd + 2), at, id };
}
