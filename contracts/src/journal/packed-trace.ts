import { toHex } from '../bytes.ts';
import { type LaneId, laneIdSchema, type PassageId, type ReplicaKey } from '../ids.ts';
import { VERDICTS } from '../rules/admit.ts';
import { CLOCK_TRUSTS } from '../time.ts';
import type { PassageEvent, PassageIntent } from '../wire/passage.ts';
import { KINDS, placeIn, unpackEvent } from './packed-event.ts';

/** What a start asks of a passage of before: whether it was let in, by which code, and whether it came to its end. */
export type IntentTrace = Pick<
  PassageIntent,
  'kind' | 'at' | 'clock' | 'passage' | 'lane' | 'key' | 'step' | 'verdict'
>;
export type PassageTrace =
  | IntentTrace
  | { readonly kind: 'outcome'; readonly passage: PassageId }
  | { readonly kind: 'alarm' };

/**
 * The trace of a packed event, in a tenth of the time that the whole of it takes: a start reads thousands, and people wait for
 * it. Undefined for what `unpackEvent` would not take either, as far as the trace goes. `seq`: the number of the row.
 */
export function traceOf(payload: Uint8Array, seq: number): PassageTrace | undefined {
  const items = itemsOf(payload);
  // A row with names, as they were written before.
  if (items === undefined) return traced(unpackEvent(payload, seq));
  const kind = typeof items[0] === 'number' ? KINDS[items[0]] : undefined;
  if (kind === undefined || kind === 'alarm') return kind && { kind };
  const passage = hexOf(items[placeIn(kind, 'passage')], PASSAGE_BYTES) as PassageId | undefined;
  if (passage === undefined) return undefined;
  if (kind === 'outcome') return { kind, passage };
  return intentOf(passage, items);
}

function intentOf(passage: PassageId, items: readonly Item[]): IntentTrace | undefined {
  const [at, lane, step] = [items[PLACES.at], items[PLACES.lane], items[PLACES.step]];
  const clock = word(CLOCK_TRUSTS, items[PLACES.clock]);
  const verdict = word(VERDICTS, items[PLACES.verdict]);
  const key = items[PLACES.key] === null ? null : hexOf(items[PLACES.key], KEY_BYTES);
  const isNamed = typeof lane === 'string' && isLane(lane) && key !== undefined;
  const isTimed = typeof at === 'number' && (step === null || typeof step === 'number');
  if (!isNamed || !isTimed || clock === undefined || verdict === undefined) return undefined;
  return { kind: 'intent', at, clock, passage, lane, key: key as ReplicaKey | null, step, verdict };
}

const PASSAGE_BYTES = 16;
const KEY_BYTES = 8;
const PLACES = {
  at: placeIn('intent', 'at'),
  clock: placeIn('intent', 'clock'),
  lane: placeIn('intent', 'lane'),
  key: placeIn('intent', 'key'),
  step: placeIn('intent', 'step'),
  verdict: placeIn('intent', 'verdict'),
};

function traced(event: PassageEvent | undefined): PassageTrace | undefined {
  if (event === undefined || event.kind === 'alarm') return event && { kind: event.kind };
  if (event.kind === 'outcome') return { kind: event.kind, passage: event.passage };
  const { kind, at, clock, passage, lane, key, step, verdict } = event;
  return { kind, at, clock, passage, lane, key, step, verdict };
}

function hexOf(item: Item | undefined, bytes: number): string | undefined {
  return item instanceof Uint8Array && item.length === bytes ? toHex(item) : undefined;
}

function word<Word>(words: readonly Word[], item: Item | undefined): Word | undefined {
  return typeof item === 'number' ? words[item] : undefined;
}

// A station has a few lanes and thousands of rows.
const lanes = new Set<string>();
const lanesCountMax = 256;
function isLane(text: string): text is LaneId {
  if (lanes.has(text)) return true;
  const known = laneIdSchema.safeParse(text).success;
  if (known && lanes.size < lanesCountMax) lanes.add(text);
  return known;
}

type Item = number | string | Uint8Array | null;

/** The items of a CBOR array of whole numbers, bytes, short ASCII texts and nulls; undefined for anything else. */
function itemsOf(bytes: Uint8Array): Item[] | undefined {
  const head = bytes[0] ?? 0;
  if (head >> 5 !== ARRAY || (head & 31) >= WIDE) return undefined;
  const items: Item[] = [];
  let at = 1;
  for (let left = head & 31; left > 0; left--) {
    const first = bytes[at] ?? BREAK;
    const width = widthOf(first);
    if (at + width >= bytes.length) return undefined;
    const count = countAt(bytes, at, width);
    const start = at + 1 + width;
    at = hasBody(first) ? start + count : start;
    const item = at > bytes.length ? undefined : itemOf(first, count, bytes.subarray(start, at));
    if (item === undefined) return undefined;
    items.push(item);
  }
  return at === bytes.length ? items : undefined;
}

const [UINT, BYTES, TEXT, ARRAY] = [0, 2, 3, 4];
const WIDE = 24;
const [NULL, BREAK] = [0xf6, 0xff];
const textBytesMax = 64;

/** How many bytes behind the head hold its number: 1, 2, 4, 8, or more than there ever are. */
function widthOf(first: number): number {
  const low = first & 31;
  return first === NULL || low < WIDE ? 0 : 1 << (low - WIDE);
}

function hasBody(first: number): boolean {
  return first >> 5 === BYTES || first >> 5 === TEXT;
}

function itemOf(first: number, count: number, body: Uint8Array): Item | undefined {
  if (first === NULL) return null;
  const major = first >> 5;
  if (major === UINT) return count <= Number.MAX_SAFE_INTEGER ? count : undefined;
  if (major === BYTES) return body;
  return major === TEXT && count <= textBytesMax ? String.fromCharCode(...body) : undefined;
}

/** What stands in the head of an item, or in the bytes behind it. */
function countAt(bytes: Uint8Array, at: number, width: number): number {
  if (width === 0) return (bytes[at] ?? 0) & 31;
  let value = 0;
  for (let n = 1; n <= width; n++) value = value * 256 + (bytes[at + n] ?? 0);
  return value;
}
