import { fromHex, toHex } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { RUNGS, STALENESSES, VERDICTS } from '../rules/admit.ts';
import { CLOCK_TRUSTS } from '../time.ts';
import {
  OUTCOMES,
  type PassageDraft,
  type PassageEvent,
  passageEventSchema,
} from '../wire/passage.ts';

/**
 * An event as the journal keeps it: its fields in a fixed order, without their names, digits as bytes and words as
 * their place in the contract's lists. Three days without a cloud are eight million rows, and have to fit in a gibibyte.
 */
export function packEvent(draft: PassageDraft): Uint8Array {
  const { kind } = draft;
  const values: Readonly<Record<string, unknown>> = draft;
  return encodeCbor([
    KINDS.indexOf(kind),
    ...LAYOUT[kind].map(([name, codec]) => codec.pack(values[name])),
  ]);
}

/** The event of a row with this number; undefined for what nobody packed. Reads rows of before, with names, too. */
export function unpackEvent(payload: Uint8Array, seq: number): PassageEvent | undefined {
  const item = decodeCbor(payload);
  if (!item.ok) return undefined;
  const fields = item.value instanceof Map ? Object.fromEntries(item.value) : named(item.value);
  if (fields === undefined) return undefined;
  const event = passageEventSchema.safeParse({ seq, ...fields });
  return event.success && event.data.seq === seq ? event.data : undefined;
}

interface Codec {
  readonly pack: (value: unknown) => unknown;
  readonly unpack: (packed: unknown) => unknown;
}

const asItIs: Codec = { pack: (value) => value, unpack: (packed) => packed };
const hex: Codec = {
  pack: (value) => (typeof value === 'string' ? fromHex(value) : value),
  unpack: (packed) => (packed instanceof Uint8Array ? toHex(packed) : packed),
};
// A place never changes its word: lists grow at their end.
const oneOf = (words: readonly string[]): Codec => ({
  pack: (value) => words.indexOf(String(value)),
  unpack: (packed) => (typeof packed === 'number' ? words[packed] : packed),
});

type Layout = readonly (readonly [name: string, codec: Codec])[];

export const KINDS = ['intent', 'outcome', 'alarm'] as const;
const LAYOUT: Readonly<Record<PassageDraft['kind'], Layout>> = {
  intent: [
    ['at', asItIs],
    ['clock', oneOf(CLOCK_TRUSTS)],
    ['passage', hex],
    ['lane', asItIs],
    ['key', hex],
    ['step', asItIs],
    ['verdict', oneOf(VERDICTS)],
    ['reason', asItIs],
    ['rung', oneOf(RUNGS)],
    ['staleness', oneOf(STALENESSES)],
    ['replicaVer', asItIs],
    ['policyVer', asItIs],
  ],
  outcome: [
    ['at', asItIs],
    ['passage', hex],
    ['lane', asItIs],
    ['outcome', oneOf(OUTCOMES)],
  ],
  alarm: [
    ['at', asItIs],
    ['lane', asItIs],
    ['reason', asItIs],
  ],
};

/** Where a field lies in the packed event; 0 is its kind. */
export function placeIn(kind: PassageDraft['kind'], field: string): number {
  return 1 + LAYOUT[kind].findIndex(([name]) => name === field);
}

function named(packed: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(packed)) return undefined;
  const [place, ...values] = packed as readonly unknown[];
  const kind = typeof place === 'number' ? KINDS[place] : undefined;
  if (kind === undefined || values.length !== LAYOUT[kind].length) return undefined;
  const fields = LAYOUT[kind].map(([name, codec], at) => [name, codec.unpack(values[at])]);
  return { kind, ...Object.fromEntries(fields) };
}
