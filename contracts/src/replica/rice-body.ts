import { COLOURS } from '../code/colour.ts';
import type { ReplicaKey } from '../ids.ts';
import { segmentEntriesCountMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { epochMs } from '../time.ts';
import { type BitReader, type BitWriter, bitReader, bitWriter } from './bits.ts';
import type { StatusEntry } from './status-entry.ts';

/**
 * The encoding of sealed segments. Rows of one fate (colour, next colour, end) stand together, and of each only the gap
 * to the key before is written, Rice-coded: for n random keys log2(2^64 / n) + 1.5 bits. A fate is written once, and
 * costs each of its rows what it is worth, the logarithm of its share. Versions are not written: a row of a segment
 * is in force as of its end, and has that version.
 *
 *     rows u32 | first key 8 | fates: 1, colours 4 bits, end in seconds u32 (or 0, gamma of the seconds since the fate
 *     before of the same colours) | gamma of its rows | k 6 bits | gaps | at the end zeros up to a whole byte
 */
export function encodeRiceBody(entries: readonly StatusEntry[]): Uint8Array {
  const keys = entries.map(({ key }) => keyOf(key));
  const order = entries.map((_, i) => i).sort((a, b) => compare(at(keys, a), at(keys, b)));
  const fates = new Map<string, { bits: number; seconds: number; keys: Key[] }>();
  for (const i of order) {
    const entry = at(entries, i);
    const bits = COLOURS.indexOf(entry.colour) | (COLOURS.indexOf(entry.nextColour) << 2);
    const seconds = entry.validUntil / 1000;
    const name = `${bits} ${seconds}`;
    const fate = fates.get(name);
    if (fate) fate.keys.push(at(keys, i));
    else fates.set(name, { bits, seconds, keys: [at(keys, i)] });
  }
  const first = order[0] === undefined ? { high: 0, low: 0 } : at(keys, order[0]);
  const out = bitWriter();
  for (const word of [entries.length, first.high, first.low]) out.put(word, 32);
  const sorted = [...fates.values()].sort((a, b) => a.bits - b.bits || a.seconds - b.seconds);
  for (const [i, fate] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before?.bits === fate.bits) {
      out.put(0, 1);
      out.putGamma(fate.seconds - before.seconds);
    } else {
      out.put(16 + fate.bits, 5);
      out.put(fate.seconds, 32);
    }
    out.putGamma(fate.keys.length);
    putGaps(out, fate.keys, first);
  }
  out.align();
  return out.bytes();
}

/**
 * Refuses (`segment-malformed`) unless fates and the keys of each strictly rise, no key is there twice, all that is
 * announced is there and nothing else. Every row gets the version `to`. Rows come sorted by key.
 */
export function decodeRiceBody(body: Uint8Array, to: number): Result<StatusEntry[]> {
  const bits = bitReader(body);
  const count = bits.take(32);
  const first: Key = { high: bits.take(32), low: bits.take(32) };
  // A row is two bits or more, so a body cannot announce more than it holds.
  if (count > segmentEntriesCountMax || count * 2 > bits.left()) return refuse('segment-malformed');
  const rows = { high: new Uint32Array(count), low: new Uint32Array(count), count: 0 };
  const fates: Fate[] = [];
  while (rows.count < count) {
    const fate = takeFate(bits, fates.at(-1));
    const own = bits.takeGamma();
    if (!fate || own === 0 || own > count - rows.count) return refuse('segment-malformed');
    if (!takeGaps(bits, own, first, rows)) return refuse('segment-malformed');
    fates.push({ ...fate, ends: rows.count });
  }
  bits.align();
  if (bits.spoilt() || bits.left() > 0) return refuse('segment-malformed');
  return sortedEntries(rows, fates, to);
}

/** A key as two 32-bit halves: exact, where a number is not, and many times faster than a bigint. */
interface Key {
  readonly high: number;
  readonly low: number;
}

interface Fate {
  readonly bits: number;
  readonly seconds: number;
  /** The number of rows up to the end of this fate. */
  readonly ends: number;
}

interface Rows {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  count: number;
}

const WORD = 2 ** 32;
const K_MAX = 63;
const K_BITS = 6;

function keyOf(key: string): Key {
  return { high: Number.parseInt(key.slice(0, 8), 16), low: Number.parseInt(key.slice(8), 16) };
}

function compare(a: Key, b: Key): number {
  return a.high - b.high || a.low - b.low;
}

/** The next fate; undefined unless it stands behind the one before. */
function takeFate(bits: BitReader, before: Fate | undefined): Omit<Fate, 'ends'> | undefined {
  if (bits.take(1) === 0) {
    if (!before) return undefined;
    const seconds = before.seconds + bits.takeGamma();
    return seconds < WORD ? { bits: before.bits, seconds } : undefined;
  }
  const fate = { bits: bits.take(4), seconds: bits.take(32) };
  return before && before.bits >= fate.bits ? undefined : fate;
}

/** Writes k and the gaps of rising keys. */
function putGaps(out: BitWriter, keys: readonly Key[], first: Key): void {
  const gaps = gapsOf(keys, first);
  const k = parameterOf(gaps);
  out.put(k, K_BITS);
  for (const { high, low } of gaps) {
    if (k >= 32) {
      out.putUnary(high >>> (k - 32));
      out.put(lowBits(high, k - 32), k - 32);
      out.put(low, 32);
    } else {
      out.putUnary(high * 2 ** (32 - k) + (low >>> k));
      out.put(lowBits(low, k), k);
    }
  }
}

/** The first gap is to `first`, which is not above it; between two keys there is a step at least, which is not counted. */
function gapsOf(keys: readonly Key[], first: Key): Key[] {
  return keys.map((key, i) => {
    const before = keys[i - 1] ?? first;
    const below = key.low - before.low - (i === 0 ? 0 : 1);
    const borrow = below < 0 ? 1 : 0;
    const high = key.high - before.high - borrow;
    if (high < 0) throw new RangeError('a key is there twice');
    return { high, low: below + borrow * WORD };
  });
}

function lowBits(value: number, width: number): number {
  return width >= 32 ? value : value & (2 ** width - 1);
}

/** The k that makes the gaps shortest, by their mean: of the two next to its best guess. */
function parameterOf(gaps: readonly Key[]): number {
  const sizes = gaps.map(({ high, low }) => high * WORD + low);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const guess = Math.floor(Math.log2(Math.max(1, mean * Math.LN2)));
  const costOf = (k: number) =>
    sizes.reduce((sum, size) => sum + Math.floor(size / 2 ** k) + k + 1, 0);
  const candidates = [guess, guess + 1].map((k) => Math.min(K_MAX, Math.max(0, k)));
  return candidates.reduce((best, k) => (costOf(k) < costOf(best) ? k : best));
}

/** Reads `own` keys of one fate; false where they pass the last key there can be. */
function takeGaps(bits: BitReader, own: number, first: Key, rows: Rows): boolean {
  const k = bits.take(K_BITS);
  if (own * (k + 1) > bits.left()) return false;
  // No gap is 2^64 or wider.
  const onesMax = Math.min(bits.left(), 2 ** (64 - k));
  let { high, low } = first;
  let step = 0;
  for (let i = 0; i < own; i++) {
    const ones = bits.takeUnary(onesMax);
    const rest = k > 32 ? bits.take(k - 32) : 0;
    const lowest = bits.take(Math.min(k, 32));
    const gapHigh = k >= 32 ? ones * 2 ** (k - 32) + rest : Math.floor((ones * 2 ** k) / WORD);
    const gapLow = k >= 32 ? lowest : ((ones * 2 ** k) % WORD) + lowest;
    const sum = low + gapLow + step;
    low = sum % WORD;
    high += gapHigh + Math.floor(sum / WORD);
    if (high >= WORD || bits.spoilt()) return false;
    rows.high[rows.count] = high;
    rows.low[rows.count] = low;
    rows.count += 1;
    step = 1;
  }
  return true;
}

function sortedEntries(rows: Rows, fates: readonly Fate[], to: number): Result<StatusEntry[]> {
  const { high, low, count } = rows;
  const fateOf = new Uint32Array(count);
  for (const [i, { ends }] of fates.entries()) fateOf.fill(i, fates[i - 1]?.ends ?? 0, ends);
  const meant = fates.map(({ bits, seconds }) => ({
    colour: at(COLOURS, bits & 3),
    nextColour: at(COLOURS, bits >> 2),
    validUntil: epochMs(seconds * 1000),
  }));
  const entries: StatusEntry[] = [];
  let last = '';
  for (const i of merged(rows, fates)) {
    // Two words of eight digits each: the form of a key, by construction.
    const key = (hex(at(high, i)) + hex(at(low, i))) as ReplicaKey;
    if (key === last) return refuse('segment-malformed');
    last = key;
    const { colour, nextColour, validUntil } = at(meant, at(fateOf, i));
    entries.push({ ver: to, key, colour, nextColour, validUntil });
  }
  return ok(entries);
}

/** The rows by key: each fate is a sorted run, and two runs after the other are merged until one is left. */
function merged(rows: Rows, fates: readonly Fate[]): Uint32Array {
  let order = new Uint32Array(rows.count).map((_, i) => i);
  let spare = new Uint32Array(rows.count);
  let ends = [0, ...fates.map((fate) => fate.ends)];
  while (ends.length > 2) {
    const next = [0];
    for (let run = 2; run <= ends.length; run += 2) {
      const middle = at(ends, run - 1);
      const end = ends[run] ?? middle;
      mergeRuns(rows, order, spare, [at(ends, run - 2), middle, end]);
      next.push(end);
    }
    [order, spare] = [spare, order];
    ends = next;
  }
  return order;
}

/** Merges two neighbouring runs of row numbers from one array into the other. */
function mergeRuns(
  { high, low }: Rows,
  from: Uint32Array,
  into: Uint32Array,
  [start, middle, end]: readonly [number, number, number],
): void {
  let [a, b] = [start, middle];
  for (let to = start; to < end; to++) {
    const [i, j] = [from[a] ?? 0, from[b] ?? 0];
    const order = (high[i] ?? 0) - (high[j] ?? 0) || (low[i] ?? 0) - (low[j] ?? 0);
    if (b >= end || (a < middle && order <= 0)) {
      into[to] = i;
      a += 1;
    } else {
      into[to] = j;
      b += 1;
    }
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** An element that is there by construction. */
function at<T>(all: { readonly [i: number]: T }, i: number): T {
  const found = all[i];
  if (found === undefined) throw new RangeError(`no element ${i}`);
  return found;
}
