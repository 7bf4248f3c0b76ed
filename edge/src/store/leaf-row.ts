import { COLOURS } from '@greengate/contracts/code/colour';
import type { ReplicaKey } from '@greengate/contracts/ids';
import type { DigestRow } from '@greengate/contracts/replica/digests';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import { epochMs } from '@greengate/contracts/time';

/** One status: key 8 | version u48 | valid until in seconds u32 | colour + 4 * next colour + 16 * former. */
export const ROW_BYTES = 19;
const VER_AT = 8;
const UNTIL_AT = 14;
const BITS_AT = 18;
const FORMER = 16;

/** Rows of entries, in the order given; none is former. */
export function packRows(entries: readonly StatusEntry[]): Buffer {
  const rows = Buffer.allocUnsafe(entries.length * ROW_BYTES);
  let at = 0;
  for (const { key, ver, validUntil, colour, nextColour } of entries) {
    rows.writeUInt32BE(Number.parseInt(key.slice(0, 8), 16), at);
    rows.writeUInt32BE(Number.parseInt(key.slice(8), 16), at + 4);
    rows.writeUIntBE(ver, at + VER_AT, 6);
    rows.writeUInt32BE(validUntil / 1000, at + UNTIL_AT);
    rows[at + BITS_AT] = COLOURS.indexOf(colour) | (COLOURS.indexOf(nextColour) << 2);
    at += ROW_BYTES;
  }
  return rows;
}

/** Undefined for bits that mean nothing. */
export function statusAt(rows: Buffer, at: number): CachedStatus | undefined {
  const bits = rows[at + BITS_AT] ?? 255;
  const colour = COLOURS[bits & 3];
  const nextColour = COLOURS[(bits >> 2) & 3];
  if (bits > 31 || !colour || !nextColour) return undefined;
  const validUntil = epochMs(rows.readUInt32BE(at + UNTIL_AT) * 1000);
  return { ver: rows.readUIntBE(at + VER_AT, 6), colour, nextColour, validUntil };
}

/** As its checksum sees it. */
export function digestRowAt(rows: Buffer, at: number): DigestRow {
  return {
    high: rows.readUInt32BE(at),
    low: rows.readUInt32BE(at + 4),
    seconds: rows.readUInt32BE(at + UNTIL_AT),
    colours: (rows[at + BITS_AT] ?? 0) & ~FORMER,
  };
}

export function keyAt(rows: Buffer, at: number): ReplicaKey {
  return rows.toString('hex', at, at + 8) as ReplicaKey;
}

/** Below 0, 0 or above, as the key at `at` stands to the key of `other` at `otherAt`. */
export function compareKeys(rows: Buffer, at: number, other: Buffer, otherAt: number): number {
  const high = rows.readUInt32BE(at) - other.readUInt32BE(otherAt);
  return high === 0 ? rows.readUInt32BE(at + 4) - other.readUInt32BE(otherAt + 4) : high;
}

export function verAt(rows: Buffer, at: number): number {
  return rows.readUIntBE(at + VER_AT, 6);
}

/** In force until the stream is complete again; whatever is new replaces it. */
export function isFormer(rows: Buffer, at: number): boolean {
  return ((rows[at + BITS_AT] ?? 0) & FORMER) !== 0;
}

export function setFormer(rows: Buffer, at: number): void {
  rows[at + BITS_AT] = (rows[at + BITS_AT] ?? 0) | FORMER;
}
