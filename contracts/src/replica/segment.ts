import { z } from 'zod';
import { toHex } from '../bytes.ts';
import type { Crypto, SignEd25519 } from '../crypto.ts';
import { type Sha256Hex, sha256HexSchema } from '../ids.ts';
import { segmentBytesMax, snapshotPartsCountMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '../time.ts';
import { type ControlDocument, decodeControlBody, encodeControlBody } from './control.ts';
import { decodeFixedBody, encodeFixedBody } from './fixed-body.ts';
import { decodeRiceBody, encodeRiceBody } from './rice-body.ts';
import { type CheckSignature, decodeSignedBlock, encodeSignedBlock } from './signed-block.ts';
import type { StatusEntry } from './status-entry.ts';
import { CONTROL, type StreamName, streamNameSchema } from './streams.ts';

export const SEGMENT_LEVELS = ['tail', 'minute', 'hour', 'day', 'snapshot'] as const;
export type SegmentLevel = (typeof SEGMENT_LEVELS)[number];

/** A run of changes of one stream, `from` (exclusive) to `to` (inclusive); empty when they are equal. */
export interface SegmentHead {
  readonly stream: StreamName;
  /** Replication epoch: a new one voids all that came before (PROTOCOLS 3). */
  readonly epoch: number;
  readonly level: SegmentLevel;
  readonly from: number;
  readonly to: number;
  /** The stream's newest change when this was signed: what is past `to` is still to come. */
  readonly head: number;
  /** Of a snapshot, which run of the keys: number `part` of `parts` equal ones. Everything else is part 0 of 1. */
  readonly part: number;
  readonly parts: number;
  /** The cloud's clock when it signed. */
  readonly signedAt: EpochMs;
}

/** A status segment carries entries; the control stream's carries documents. */
export type Segment = SegmentHead &
  (
    | { readonly kind: 'status'; readonly entries: readonly StatusEntry[] }
    | {
        readonly kind: 'control';
        readonly documents: readonly ControlDocument[];
        /** Documents that this version cannot read: what it holds of them stays in force. */
        readonly unread: number;
      }
  );

// The number of a body's encoding. A tail keeps each row's own version and is cheap to make; what is sealed is small.
const FIXED_WIDTH = 1;
const CONTROL_CBOR = 2;
const RICE = 3;
const MAGIC = 'GGS1';

/** What is signed of a segment; `encoding` says how its body reads. */
export const segmentHeaderSchema = z.strictObject({
  stream: streamNameSchema,
  epoch: z.int().positive(),
  level: z.enum(SEGMENT_LEVELS),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  head: z.int().nonnegative(),
  part: z.int().nonnegative(),
  parts: z.int().positive().max(snapshotPartsCountMax),
  signedAt: z.int().nonnegative().max(EPOCH_MS_MAX),
  encoding: z.int(),
  bodySha256: sha256HexSchema,
});

/**
 * Encodes and signs. The result is immutable and addressed by its hash. Of a sealed segment every row comes back with
 * the version `to`.
 */
export function encodeSegment(
  segment: Segment,
  sha256: Crypto['sha256'],
  sign: SignEd25519,
): Uint8Array {
  const encoding = encodingOf(segment);
  const body =
    segment.kind === 'control'
      ? encodeControlBody(segment.documents)
      : encoding === FIXED_WIDTH
        ? encodeFixedBody(segment.entries, segment.from)
        : encodeRiceBody(segment.entries);
  const { stream, epoch, level, from, to, head, part, parts, signedAt } = segment;
  const bodySha256 = toHex(sha256(body));
  const header = {
    ...{ stream, epoch, level, from, to, head, part, parts, signedAt },
    ...{ encoding, bodySha256 },
  };
  return encodeSignedBlock(MAGIC, new Map(Object.entries(header)), body, sign);
}

/**
 * Decodes a segment of the expected stream. Refusals: the `block-*` ones, `segment-too-large`,
 * `segment-stream-mismatch`, `segment-hash-mismatch` (one flipped bit of the body), `segment-malformed`.
 */
export function decodeSegment(
  bytes: Uint8Array,
  expected: StreamName,
  sha256: Crypto['sha256'],
  check: CheckSignature,
): Result<Segment> {
  if (bytes.length > segmentBytesMax) return refuse('segment-too-large');
  const block = decodeSignedBlock(MAGIC, bytes, check);
  if (!block.ok) return block;
  const { header: raw, body } = block.value;
  const header = segmentHeaderSchema.safeParse(raw instanceof Map ? Object.fromEntries(raw) : raw);
  if (!header.success || !isRange(header.data)) return refuse('segment-malformed');
  const { encoding, bodySha256, signedAt, ...head } = header.data;
  if (head.stream !== expected) return refuse('segment-stream-mismatch');
  if (toHex(sha256(body)) !== bodySha256) return refuse('segment-hash-mismatch');
  const whole = { ...head, signedAt: epochMs(signedAt) };
  return encoding === encodingOf(whole) ? decodeBody(whole, body) : refuse('segment-malformed');
}

/** The address of a segment: SHA-256 of all its bytes. */
export function segmentHash(bytes: Uint8Array, sha256: Crypto['sha256']): Sha256Hex {
  return sha256HexSchema.parse(toHex(sha256(bytes)));
}

function encodingOf({ stream, level }: Pick<SegmentHead, 'stream' | 'level'>): number {
  if (stream === CONTROL) return CONTROL_CBOR;
  return level === 'tail' ? FIXED_WIDTH : RICE;
}

function decodeBody(head: SegmentHead, body: Uint8Array): Result<Segment> {
  if (head.stream === CONTROL) {
    const documents = decodeControlBody(body, head.from, head.to);
    return documents.ok ? ok({ ...head, kind: 'control', ...documents.value }) : documents;
  }
  const decoded =
    encodingOf(head) === FIXED_WIDTH
      ? decodeFixedBody(body, head.from, head.to)
      : decodeRiceBody(body, head.to);
  if (!decoded.ok) return decoded;
  const entries = decoded.value;
  // By key, so the first and the last of them tell of all.
  const strays = [entries[0], entries.at(-1)].some(
    (one) => one && partOf(one.key, head) !== head.part,
  );
  if (strays || (entries.length > 0 && head.from === head.to)) return refuse('segment-malformed');
  return ok({ ...head, kind: 'status', entries });
}

/** Which part of a snapshot a key belongs to; `parts` is a power of two. */
export function partOf(key: string, { parts }: { readonly parts: number }): number {
  return Math.floor((Number.parseInt(key.slice(0, 8), 16) * parts) / 2 ** 32);
}

type Range = Pick<SegmentHead, 'stream' | 'level' | 'from' | 'to' | 'head' | 'part' | 'parts'>;

function isRange({ stream, level, from, to, head, part, parts }: Range): boolean {
  if (from > to || to > head || part >= parts || !Number.isInteger(Math.log2(parts))) return false;
  if (level !== 'snapshot' || stream === CONTROL) return parts === 1;
  return from === 0;
}
