import { z } from 'zod';
import { toHex } from '../bytes.ts';
import { COLOURS } from '../code/colour.ts';
import type { Crypto, SignEd25519 } from '../crypto.ts';
import { sha256HexSchema } from '../ids.ts';
import { digestsBytesMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '../time.ts';
import { type CheckSignature, decodeSignedBlock, encodeSignedBlock } from './signed-block.ts';
import type { StatusEntry } from './status-entry.ts';
import { type StreamName, streamNameSchema } from './streams.ts';

/** The keys fall into so many runs, by their first byte: what differs is told, and fetched again, by the bucket. */
export const DIGEST_BUCKETS_COUNT = 256;

/**
 * A checksum for each bucket: the sum of the hashes of its rows, four 32-bit words, each modulo 2^32. So the order of
 * the rows does not matter, and one that changes is taken out and another put in. Versions are not in it: a gateway
 * holds those of the segments that rows came in.
 */
export type DigestSums = Uint32Array;

/** The checksums of a stream as it stood at a version. */
export interface Digests {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly ver: number;
  /** The cloud's clock when it signed. */
  readonly signedAt: EpochMs;
  readonly sums: DigestSums;
}

/** A row as its hash sees it: the two halves of the key, colour + 4 * next colour, end in seconds. */
export interface DigestRow {
  readonly high: number;
  readonly low: number;
  readonly colours: number;
  readonly seconds: number;
}

export function emptySums(): DigestSums {
  return new Uint32Array(DIGEST_BUCKETS_COUNT * WORDS);
}

/** Adds a row to the sum of its bucket; with `sign` -1 takes it out again. */
export function addToSums(sums: DigestSums, row: DigestRow, sign: 1 | -1 = 1): void {
  const at = (row.high >>> 24) * WORDS;
  let [h1, h2, h3, h4] = mixed(row);
  h1 = finished(h1);
  h2 = finished(h2);
  h3 = finished(h3);
  h4 = finished(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  // Stored in 32 bits, so each sum is modulo 2^32.
  sums[at] = (sums[at] ?? 0) + sign * h1;
  sums[at + 1] = (sums[at + 1] ?? 0) + sign * ((h2 + h1) | 0);
  sums[at + 2] = (sums[at + 2] ?? 0) + sign * ((h3 + h1) | 0);
  sums[at + 3] = (sums[at + 3] ?? 0) + sign * ((h4 + h1) | 0);
}

export function digestRow({ key, colour, nextColour, validUntil }: StatusEntry): DigestRow {
  return {
    high: Number.parseInt(key.slice(0, 8), 16),
    low: Number.parseInt(key.slice(8), 16),
    colours: COLOURS.indexOf(colour) | (COLOURS.indexOf(nextColour) << 2),
    seconds: validUntil / 1000,
  };
}

/** Whether two have the same sum of a bucket. */
export function sameSum(a: DigestSums, b: DigestSums, bucket: number): boolean {
  const at = bucket * WORDS;
  return [0, 1, 2, 3].every((word) => a[at + word] === b[at + word]);
}

/** What is signed of the checksums; the sums follow, four 32-bit words a bucket, most significant byte first. */
export const digestsHeaderSchema = z.strictObject({
  stream: streamNameSchema,
  epoch: z.int().positive(),
  ver: z.int().nonnegative(),
  signedAt: z.int().nonnegative().max(EPOCH_MS_MAX),
  bodySha256: sha256HexSchema,
});

export function encodeDigests(
  { sums, ...head }: Digests,
  sha256: Crypto['sha256'],
  sign: SignEd25519,
): Uint8Array {
  const body = new Uint8Array(sums.length * 4);
  const view = new DataView(body.buffer);
  sums.forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  const header = { ...head, bodySha256: toHex(sha256(body)) };
  return encodeSignedBlock(MAGIC, new Map(Object.entries(header)), body, sign);
}

/**
 * Decodes the checksums of the expected stream, epoch and version: others, of before or after, are no answer. Refusals:
 * the `block-*` ones, `digests-malformed`, `digests-mismatch`.
 */
export function decodeDigests(
  bytes: Uint8Array,
  expected: Pick<Digests, 'stream' | 'epoch' | 'ver'>,
  sha256: Crypto['sha256'],
  check: CheckSignature,
): Result<Digests> {
  if (bytes.length > digestsBytesMax) return refuse('digests-malformed');
  const block = decodeSignedBlock(MAGIC, bytes, check);
  if (!block.ok) return block;
  const { header: raw, body } = block.value;
  const header = digestsHeaderSchema.safeParse(raw instanceof Map ? Object.fromEntries(raw) : raw);
  if (!header.success || body.length !== DIGEST_BUCKETS_COUNT * WORDS * 4) {
    return refuse('digests-malformed');
  }
  const { bodySha256, ...head } = header.data;
  if (toHex(sha256(body)) !== bodySha256) return refuse('digests-malformed');
  const { stream, epoch, ver } = expected;
  if (head.stream !== stream || head.epoch !== epoch || head.ver !== ver) {
    return refuse('digests-mismatch');
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const sums = emptySums().map((_, i) => view.getUint32(i * 4));
  return ok({ ...head, signedAt: epochMs(head.signedAt), sums });
}

const MAGIC = 'GGD1';
const WORDS = 4;

const BLOCK_BYTES = 16;
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * MurmurHash3_x86_128 of one block, the four words of a row, seed 0, up to its finishing. The sums are to find mistakes:
 * whoever would choose rows that cancel out has a signature or a seal to pass first. A thirtieth of what SHA-256 takes.
 */
function mixed({ high, low, seconds, colours }: DigestRow): [number, number, number, number] {
  const a = Math.imul(rotated(Math.imul(high, C1), 15), C2);
  const b = Math.imul(rotated(Math.imul(low, C2), 16), C3);
  const c = Math.imul(rotated(Math.imul(seconds, C3), 17), C4);
  const d = Math.imul(rotated(Math.imul(colours, C4), 18), C1);
  const e = (Math.imul(rotated(a, 19), 5) + 0x561ccd1b) | 0;
  const f = (Math.imul(rotated(b, 17), 5) + 0x0bcaa747) ^ BLOCK_BYTES;
  const g = (Math.imul(rotated(c, 15), 5) + 0x96cd1c35) ^ BLOCK_BYTES;
  const h = (Math.imul((rotated(d, 13) + e) | 0, 5) + 0x32ac3b17) ^ BLOCK_BYTES;
  const first = ((e ^ BLOCK_BYTES) + f + g + h) | 0;
  return [first, (f + first) | 0, (g + first) | 0, (h + first) | 0];
}

function finished(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
