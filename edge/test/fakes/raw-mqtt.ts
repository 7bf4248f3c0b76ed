import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Bytes of MQTT packets, well-formed or not: what a library would not send. */
export function packet(first: number, ...fields: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(fields.map((field) => Buffer.from(field)));
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

/** A string or bytes with its length before it. */
export function field(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export interface RawConnect {
  name?: string;
  level?: number;
  flags?: number;
  id: string | Buffer;
  keepAlive?: number;
  rest?: Buffer;
}

export function connectPacket(options: RawConnect): Buffer {
  const { name = 'MQTT', level = 4, flags = 0xc2, id, keepAlive = 60 } = options;
  const rest = options.rest ?? Buffer.concat([field(id), field(`password of ${id}`)]);
  return packet(
    0x10,
    field(name),
    [level, flags, keepAlive >> 8, keepAlive & 0xff],
    field(id),
    rest,
  );
}

export function publishPacket(topic: string | Buffer, payload: string | Buffer, flags = 0) {
  const id = (flags & 6) === 0 ? [] : [0, 7];
  return packet(0x30 | flags, field(topic), id, Buffer.from(payload));
}

export function subscribePacket(filter: string | Buffer, qos = 1): Buffer {
  return packet(0x82, [0, 9], field(filter), [qos]);
}

/** A socket that says what it is told and keeps what it hears. */
export class RawClient {
  readonly socket: Socket;
  heard = Buffer.alloc(0);
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.heard = Buffer.concat([this.heard, chunk]);
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, 'connect');
    return client;
  }

  say(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }
}
