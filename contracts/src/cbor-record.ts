import { encodeCbor } from './cbor.ts';

/** What the fields of a flat record may hold. */
export type RecordValue = string | number | null;

/**
 * An encoder for flat records with these fields and no others: deterministic CBOR, byte for byte what `encodeCbor` makes
 * of their entries, in a fraction of the time, because the order of the keys and their bytes are found once. A cloud
 * encodes each event of each gate again to compare its hash. The bytes are a view of a
 * buffer that others share: nobody may write to them. Throws TypeError for a record with other fields, RangeError for a
 * number that is no safe integer.
 */
export function recordEncoder(
  keys: readonly string[],
): (record: Readonly<Record<string, RecordValue>>) => Uint8Array {
  const order = keys.map((key) => ({ key, bytes: encodeCbor(key) })).sort(byBytes);
  const fixedBytes = order.reduce((sum, { bytes }) => sum + bytes.length + HEAD_BYTES_MAX, 9);
  return (record) => {
    const { out, from } = roomFor(fixedBytes + textBytesMax(record, order));
    let at = writeHead(out, from, MAP, order.length);
    for (const { key, bytes } of order) {
      // A loop: `set` takes longer for so few bytes.
      for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i] ?? 0;
      at = writeValue(out, at + bytes.length, record[key] ?? null);
    }
    if (out === slab.bytes) slab.used = at;
    return out.subarray(from, at);
  };
}

/** What the texts of a record take at most. Throws TypeError for other fields than those of the encoder. */
function textBytesMax(
  record: Readonly<Record<string, RecordValue>>,
  order: readonly Field[],
): number {
  let bytesMax = 0;
  for (const { key } of order) {
    const value = record[key];
    if (typeof value === 'string') bytesMax += UTF8_BYTES_MAX * value.length;
    else if (value === undefined) throw new TypeError(`no field ${key}`);
  }
  if (Object.keys(record).length !== order.length) throw new TypeError('too many fields');
  return bytesMax;
}

// Records share slabs: a buffer of its own for each costs more than its bytes.
const slabBytes = 64 * 1024;
const slab = { bytes: new Uint8Array(0), used: 0 };

function roomFor(bytesMax: number): { readonly out: Uint8Array; readonly from: number } {
  if (bytesMax > slabBytes) return { out: new Uint8Array(bytesMax), from: 0 };
  if (slab.used + bytesMax > slab.bytes.length) {
    slab.bytes = new Uint8Array(slabBytes);
    slab.used = 0;
  }
  return { out: slab.bytes, from: slab.used };
}

interface Field {
  readonly key: string;
  /** The key as CBOR. */
  readonly bytes: Uint8Array;
}

/** Bytewise, as RFC 8949 section 4.2.1 orders keys. */
function byBytes({ bytes: a }: Field, { bytes: b }: Field): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

// Major types of RFC 8949 section 3.1, and the one simple value that records hold.
const UNSIGNED = 0x00;
const NEGATIVE = 0x20;
const TEXT = 0x60;
const MAP = 0xa0;
const NULL = 0xf6;
const HEAD_BYTES_MAX = 9;
const UTF8_BYTES_MAX = 3;

function writeValue(out: Uint8Array, at: number, value: RecordValue): number {
  if (value === null) {
    out[at] = NULL;
    return at + 1;
  }
  if (typeof value === 'string') return writeText(out, at, value);
  if (!Number.isSafeInteger(value)) throw new RangeError('a record holds safe integers only');
  return value >= 0
    ? writeHead(out, at, UNSIGNED, value)
    : writeHead(out, at, NEGATIVE, -1 - value);
}

function writeText(out: Uint8Array, at: number, text: string): number {
  const from = writeHead(out, at, TEXT, text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      const bytes = encodeCbor(text);
      out.set(bytes, at);
      return at + bytes.length;
    }
    out[from + i] = code;
  }
  return from + text.length;
}

/** A type and its number in the shortest form. */
function writeHead(out: Uint8Array, at: number, type: number, value: number): number {
  if (value < 24) {
    out[at] = type | value;
    return at + 1;
  }
  const lengthCode = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
  out[at] = type | (24 + lengthCode);
  const bytes = 1 << lengthCode;
  let rest = value;
  for (let i = at + bytes; i > at; i--) {
    out[i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  return at + 1 + bytes;
}
