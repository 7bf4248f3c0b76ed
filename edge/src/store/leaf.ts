import { type ReplicaKey, replicaKeySchema } from '@greengate/contracts/ids';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import { leafRowsCountMax, leafRowsLoadedCountMax } from '../limits.ts';
import { compareKeys, isFormer, keyAt, ROW_BYTES, setFormer, statusAt, verAt } from './leaf-row.ts';
import { SEAL_BYTES, type Seal } from './seal.ts';

/**
 * All statuses of a run of keys, sealed as one: what it does not hold is known to be absent. A seal for each status
 * would show that one was changed, but not that it vanished.
 */
export interface Leaf {
  /** First and last key that it answers for. */
  readonly low: ReplicaKey;
  readonly high: ReplicaKey;
  readonly epoch: number;
  /** Grows with every renewal of the stream; rows of an older one are former. */
  readonly generation: number;
  /** Something of it was lost: what it does not hold is unknown. */
  readonly hole: boolean;
  /** By key, `ROW_BYTES` each. */
  readonly rows: Buffer;
}

/** Which renewal of a stream is being written. */
export type Renewal = Pick<Leaf, 'epoch' | 'generation'>;

export const FIRST_KEY = replicaKeySchema.parse('0'.repeat(16));
export const LAST_KEY = replicaKeySchema.parse('f'.repeat(16));

// seal 8 | low 8 | high 8 | epoch u32 | generation u32 | hole u8 | rows
const LOW_AT = SEAL_BYTES;
const HIGH_AT = LOW_AT + 8;
const EPOCH_AT = HIGH_AT + 8;
const GENERATION_AT = EPOCH_AT + 4;
const HOLE_AT = GENERATION_AT + 4;
const ROWS_AT = HOLE_AT + 1;

export function encodeLeaf(leaf: Leaf, stream: string, seal: Seal): Buffer {
  const bytes = Buffer.allocUnsafe(ROWS_AT + leaf.rows.length);
  bytes.write(leaf.low, LOW_AT, 'hex');
  bytes.write(leaf.high, HIGH_AT, 'hex');
  bytes.writeUInt32BE(leaf.epoch, EPOCH_AT);
  bytes.writeUInt32BE(leaf.generation, GENERATION_AT);
  bytes.writeUInt8(Number(leaf.hole), HOLE_AT);
  bytes.set(leaf.rows, ROWS_AT);
  bytes.set(seal.of(stream, bytes.subarray(LOW_AT)));
  return bytes;
}

/** Undefined: its seal does not hold, so nothing of it may be believed. */
export function decodeLeaf(bytes: Uint8Array, stream: string, seal: Seal): Leaf | undefined {
  const leaf = sealedBytes(bytes, stream, seal);
  return (
    leaf && {
      low: keyAt(leaf, LOW_AT),
      high: keyAt(leaf, HIGH_AT),
      epoch: leaf.readUInt32BE(EPOCH_AT),
      generation: leaf.readUInt32BE(GENERATION_AT),
      hole: leaf[HOLE_AT] === 1,
      rows: leaf.subarray(ROWS_AT),
    }
  );
}

/** What a leaf says of a key: its status, `absent` for certain, or `unknown`. Reads no more of it than it must. */
export function lookUp(
  bytes: Uint8Array,
  key: ReplicaKey,
  stream: string,
  seal: Seal,
): CachedStatus | 'absent' | 'unknown' {
  const leaf = sealedBytes(bytes, stream, seal);
  if (!leaf) return 'unknown';
  const wanted = Buffer.from(key, 'hex');
  const covers =
    compareKeys(leaf, LOW_AT, wanted, 0) <= 0 && compareKeys(leaf, HIGH_AT, wanted, 0) >= 0;
  if (!covers) return 'unknown';
  let first = 0;
  let last = (leaf.length - ROWS_AT) / ROW_BYTES - 1;
  while (first <= last) {
    const middle = (first + last) >> 1;
    const at = ROWS_AT + middle * ROW_BYTES;
    const order = compareKeys(leaf, at, wanted, 0);
    if (order === 0) return statusAt(leaf, at) ?? 'unknown';
    if (order < 0) first = middle + 1;
    else last = middle - 1;
  }
  return leaf[HOLE_AT] === 1 ? 'unknown' : 'absent';
}

/**
 * A leaf with `fresh` rows laid over it, both by key; undefined when nothing is news. A version replaces only an
 * older one; of a former generation it replaces any. More rows than a leaf holds make several leaves.
 */
export function mergeLeaf(leaf: Leaf, fresh: Buffer, renewal: Renewal): Leaf[] | undefined {
  const held = formerly(leaf, renewal);
  const rows = Buffer.allocUnsafe(held.length + fresh.length);
  let [length, at, news] = [0, 0, false];
  const take = (from: Buffer, start: number) => {
    from.copy(rows, length, start, start + ROW_BYTES);
    length += ROW_BYTES;
  };
  for (let next = 0; next < fresh.length; next += ROW_BYTES) {
    while (at < held.length && compareKeys(held, at, fresh, next) < 0) {
      take(held, at);
      at += ROW_BYTES;
    }
    const same = at < held.length && compareKeys(held, at, fresh, next) === 0;
    const stays = same && !isFormer(held, at) && verAt(held, at) >= verAt(fresh, next);
    take(stays ? held : fresh, stays ? at : next);
    if (same) at += ROW_BYTES;
    if (!stays) news = true;
  }
  held.copy(rows, length, at);
  length += held.length - at;
  return news ? splitLeaf({ ...leaf, ...renewal, rows: rows.subarray(0, length) }) : undefined;
}

/** Only what the generation itself brought: what it does not know is gone. Undefined when that is all there is. */
export function sweepLeaf(leaf: Leaf, renewal: Renewal): Leaf | undefined {
  const held = formerly(leaf, renewal);
  const rows: Buffer[] = [];
  for (let at = 0; at < held.length; at += ROW_BYTES) {
    if (!isFormer(held, at)) rows.push(held.subarray(at, at + ROW_BYTES));
  }
  const kept = rows.length * ROW_BYTES === held.length;
  if (kept && !leaf.hole && leaf.generation === renewal.generation) return undefined;
  return { ...leaf, ...renewal, hole: false, rows: Buffer.concat(rows) };
}

/** The key before or after; undefined past the end. */
export function neighbour(key: ReplicaKey, step: 1 | -1): ReplicaKey | undefined {
  const next = BigInt(`0x${key}`) + BigInt(step);
  if (next < 0n || next >= 1n << 64n) return undefined;
  return next.toString(16).padStart(16, '0') as ReplicaKey;
}

/** The rows as the renewal sees them: those of another generation are former. */
function formerly(leaf: Leaf, { generation }: Renewal): Buffer {
  if (leaf.generation === generation) return leaf.rows;
  const rows = Buffer.from(leaf.rows);
  for (let at = 0; at < rows.length; at += ROW_BYTES) setFormer(rows, at);
  return rows;
}

function splitLeaf(leaf: Leaf): Leaf[] {
  const { rows } = leaf;
  const count = rows.length / ROW_BYTES;
  if (count <= leafRowsCountMax) return [leaf];
  const each = Math.ceil(count / Math.ceil(count / leafRowsLoadedCountMax)) * ROW_BYTES;
  const leaves: Leaf[] = [];
  let { low } = leaf;
  for (let at = 0; at < rows.length; at += each) {
    const next = at + each < rows.length ? keyAt(rows, at + each) : undefined;
    const high = (next && neighbour(next, -1)) ?? leaf.high;
    leaves.push({ ...leaf, low, high, rows: rows.subarray(at, at + each) });
    low = next ?? low;
  }
  return leaves;
}

function sealedBytes(bytes: Uint8Array, stream: string, seal: Seal): Buffer | undefined {
  // A turned bit in a row's head makes its column of no kind at all.
  if (!(bytes instanceof Uint8Array)) return undefined;
  if (bytes.length < ROWS_AT || (bytes.length - ROWS_AT) % ROW_BYTES !== 0) return undefined;
  const held = seal.holds(stream, bytes.subarray(LOW_AT), bytes.subarray(0, LOW_AT));
  return held ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : undefined;
}
