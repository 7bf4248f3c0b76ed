import { gm65DataBytesMax, replyDataBytesMax } from './limits.ts';

export type ReplyDialect = 'gm65' | 'mt1' | 'ssi';

/** What a scanner answers to a command. `data` is what it read back; an acknowledgement of GM65 is one byte 00. */
export interface ScannerReply {
  readonly dialect: ReplyDialect;
  readonly ok: boolean;
  readonly data: Uint8Array;
}

/** Knows the binary replies of one dialect in a stream that codes share (HARDWARE 1). */
export interface ReplyReader {
  /** Whether a reply may begin with this byte, and then: also behind the first bytes of a code, or only where none has begun. */
  begins(byte: number): 'anywhere' | 'between-codes' | 'no';
  /**
   * The whole length of the reply that stands in `[from, to)`, as far as these bytes tell: more than there are when it goes on,
   * 0 when it is none.
   */
  lengthOf(bytes: Uint8Array, from: number, to: number): number;
  /** Undefined where a checksum is wrong. `[from, to)` has the length that was told. */
  read(bytes: Uint8Array, from: number, to: number): ScannerReply | undefined;
}

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc & 0xffff;
});

/** CRC-CCITT: polynomial 0x1021, from 0, not reflected. */
export function crcCcitt(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0;
  for (let at = from; at < to; at++) {
    crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[(crc >> 8) ^ (bytes[at] ?? 0)] ?? 0);
  }
  return crc;
}

export function xorOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum ^= bytes[at] ?? 0;
  return sum;
}

/** Two's complement of the sum, as SSI has it: packet and checksum add up to 0. */
export function ssiChecksum(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += bytes[at] ?? 0;
  return -sum & 0xffff;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** `02 00 | type | length | data | CRC`; type 00 is success, and anything else is silence. */
const gm65: ReplyReader = {
  begins: (byte) => (byte === 0x02 ? 'anywhere' : 'no'),
  lengthOf(bytes, from, to) {
    if (to - from < 2) return 2;
    if (bytes[from + 1] !== 0x00) return 0;
    if (to - from < 4) return bytes[from + 2] === 0x00 || to - from < 3 ? to - from + 1 : 0;
    if (bytes[from + 2] !== 0x00) return 0;
    const data = bytes[from + 3] ?? 0;
    return data === 0 || data > gm65DataBytesMax ? 0 : 6 + data;
  },
  read(bytes, from, to) {
    if (crcCcitt(bytes, from + 2, to - 2) !== uint16(bytes, to - 2)) return undefined;
    return { dialect: 'gm65', ok: true, data: bytes.slice(from + 4, to - 2) };
  },
};

/** `5A | 01 or 02 | length, two bytes | data | XOR of all since the 5A | A5`; data 90 00 is success. Z is a letter of codes. */
const mt1: ReplyReader = {
  begins: (byte) => (byte === 0x5a ? 'between-codes' : 'no'),
  lengthOf(bytes, from, to) {
    if (to - from < 2) return 2;
    if (bytes[from + 1] !== 0x01 && bytes[from + 1] !== 0x02) return 0;
    if (to - from < 4) return bytes[from + 2] === 0x00 || to - from < 3 ? to - from + 1 : 0;
    if (bytes[from + 2] !== 0x00) return 0;
    const data = bytes[from + 3] ?? 0;
    return data === 0 || data > replyDataBytesMax ? 0 : 6 + data;
  },
  read(bytes, from, to) {
    if (bytes[to - 1] !== 0xa5) return undefined;
    if (xorOf(bytes, from + 1, to - 2) !== bytes[to - 2]) return undefined;
    const data = bytes.slice(from + 4, to - 2);
    const isStatus = data.length === 2 && (data[0] ?? 0) >= 0x60;
    return { dialect: 'mt1', ok: !isStatus || uint16(data, 0) === 0x9000, data };
  },
};

const SSI_ACK = 0xd0;
const SSI_NAK = 0xd1;
const SSI_PARAMETERS = 0xc6;
const SSI_REVISION = 0xa4;

/** `length | opcode | 00: from the scanner | status | data | checksum`; the length leaves the checksum out. */
const ssi: ReplyReader = {
  // A CR, LF or TAB ends a code, and what is printable belongs to one.
  begins: (byte) => {
    const ends = byte === 0x09 || byte === 0x0a || byte === 0x0d;
    return byte >= 0x04 && byte < 0x20 && !ends ? 'anywhere' : 'no';
  },
  lengthOf(bytes, from, to) {
    if (to - from < 2) return 2;
    const opcode = bytes[from + 1];
    const isKnown =
      opcode === SSI_ACK ||
      opcode === SSI_NAK ||
      opcode === SSI_PARAMETERS ||
      opcode === SSI_REVISION;
    if (!isKnown) return 0;
    if (to - from < 3) return 3;
    if (bytes[from + 2] !== 0x00) return 0;
    return (bytes[from] ?? 0) + 2;
  },
  read(bytes, from, to) {
    if (ssiChecksum(bytes, from, to - 2) !== uint16(bytes, to - 2)) return undefined;
    return { dialect: 'ssi', ok: bytes[from + 1] !== SSI_NAK, data: bytes.slice(from + 4, to - 2) };
  },
};

export const REPLY_READERS: Readonly<Record<ReplyDialect, ReplyReader>> = { gm65, mt1, ssi };
