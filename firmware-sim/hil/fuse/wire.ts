/** The FUSE protocol (linux/fuse.h, version 7): what is read from and written to /dev/fuse. Little-endian as the machine is. */
export const OP = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  access: 34,
  interrupt: 36,
  destroy: 38,
  ioctl: 39,
  poll: 40,
  batchForget: 42,
} as const;

const REQUEST_HEADER_BYTES = 40;
const ANSWER_HEADER_BYTES = 16;
const NOTIFY_POLL = 1;
const MINOR = 31;
const FOPEN_DIRECT_IO = 1;
const S_IFDIR = 0o040_000;
const S_IFREG = 0o100_000;
/** What sysfs says of every attribute. */
const FILE_BYTES = 4096n;

/** Most bytes that a write to a file of ours may hold, and that are read from /dev/fuse at once beside a header. */
const writeBytesMax = 128 * 1024;
export const requestBytesMax = writeBytesMax + 4096;

export interface Request {
  readonly op: number;
  readonly unique: bigint;
  readonly node: bigint;
  /** Thread that makes the call, as the namespace that mounted numbers it. */
  readonly pid: number;
  readonly body: Buffer;
}

/** One request as the kernel wrote it; undefined when it is none. */
export function decodeRequest(bytes: Buffer): Request | undefined {
  if (bytes.length < REQUEST_HEADER_BYTES || bytes.readUInt32LE(0) !== bytes.length) {
    return undefined;
  }
  return {
    op: bytes.readUInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    node: bytes.readBigUInt64LE(16),
    pid: bytes.readUInt32LE(32),
    body: bytes.subarray(REQUEST_HEADER_BYTES),
  };
}

/** An answer; `errno` 0 is a success. */
export function encodeAnswer(unique: bigint, errno: number, body: Uint8Array): Buffer {
  const answer = Buffer.alloc(ANSWER_HEADER_BYTES + body.length);
  answer.writeUInt32LE(answer.length, 0);
  answer.writeInt32LE(-errno, 4);
  answer.writeBigUInt64LE(unique, 8);
  answer.set(body, ANSWER_HEADER_BYTES);
  return answer;
}

/** Wakes whoever polls the open file that the kernel calls `poller`. */
export function encodePollWake(poller: bigint): Buffer {
  const notice = Buffer.alloc(ANSWER_HEADER_BYTES + 8);
  notice.writeUInt32LE(notice.length, 0);
  notice.writeInt32LE(NOTIFY_POLL, 4);
  notice.writeBigUInt64LE(poller, ANSWER_HEADER_BYTES);
  return notice;
}

export function encodeInit(): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(7, 0);
  body.writeUInt32LE(MINOR, 4);
  body.writeUInt16LE(16, 16);
  body.writeUInt16LE(12, 18);
  body.writeUInt32LE(writeBytesMax, 20);
  body.writeUInt32LE(1, 24);
  return body;
}

function encodeAttributes(node: bigint, isFolder: boolean): Buffer {
  const attributes = Buffer.alloc(88);
  attributes.writeBigUInt64LE(node, 0);
  attributes.writeBigUInt64LE(isFolder ? 0n : FILE_BYTES, 8);
  attributes.writeUInt32LE(isFolder ? S_IFDIR | 0o755 : S_IFREG | 0o666, 60);
  attributes.writeUInt32LE(isFolder ? 2 : 1, 64);
  attributes.writeUInt32LE(4096, 80);
  return attributes;
}

/** Nothing is cached: names come and go, as lines are exported and given back. */
export function encodeEntry(node: bigint, isFolder: boolean): Buffer {
  const body = Buffer.alloc(40);
  body.writeBigUInt64LE(node, 0);
  return Buffer.concat([body, encodeAttributes(node, isFolder)]);
}

export function encodeAttributesAnswer(node: bigint, isFolder: boolean): Buffer {
  return Buffer.concat([Buffer.alloc(16), encodeAttributes(node, isFolder)]);
}

/** Every read and write reaches us. */
export function encodeOpened(handle: bigint): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64LE(handle, 0);
  body.writeUInt32LE(FOPEN_DIRECT_IO, 8);
  return body;
}

export function encodeWritten(bytes: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(bytes, 0);
  return body;
}

export function encodeIoctl(result: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeInt32LE(result, 0);
  return body;
}

export function encodePoll(events: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(events, 0);
  return body;
}

/** As many names from `offset` on as fit in `size` bytes. */
export function encodeNames(names: readonly string[], offset: number, size: number): Buffer {
  const entries: Buffer[] = [];
  let length = 0;
  for (const [at, name] of [...names.entries()].slice(offset)) {
    const text = Buffer.from(name);
    const entry = Buffer.alloc(24 + Math.ceil(text.length / 8) * 8);
    entry.writeBigUInt64LE(BigInt(at + 1), 0);
    entry.writeBigUInt64LE(BigInt(at + 1), 8);
    entry.writeUInt32LE(text.length, 16);
    entry.set(text, 24);
    if (length + entry.length > size) break;
    entries.push(entry);
    length += entry.length;
  }
  return Buffer.concat(entries);
}

/** A name that ends with a zero byte. */
export function decodeName(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end < 0 ? body.length : end);
}

export interface Transfer {
  readonly handle: bigint;
  readonly offset: number;
  readonly size: number;
}

/** Where and how much, of a read, a write or a listing. */
export function decodeTransfer(body: Buffer): Transfer {
  return {
    handle: body.readBigUInt64LE(0),
    offset: Number(body.readBigUInt64LE(8)),
    size: Math.min(body.readUInt32LE(16), writeBytesMax),
  };
}

/** What a write brings along. */
export function decodeWriteData(body: Buffer): Buffer {
  return body.subarray(40, 40 + decodeTransfer(body).size);
}

export function decodeIoctl(body: Buffer) {
  return {
    handle: body.readBigUInt64LE(0),
    command: body.readUInt32LE(12),
    argument: body.readBigUInt64LE(16),
  };
}

export function decodePoll(body: Buffer) {
  return {
    handle: body.readBigUInt64LE(0),
    poller: body.readBigUInt64LE(8),
    isToBeWoken: (body.readUInt32LE(16) & 1) === 1,
  };
}
