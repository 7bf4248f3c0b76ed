import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCbor } from '../../src/cbor.ts';
import { epochMs } from '../../src/time.ts';
import { encodeEvent, type PassageEvent, passageEventSchema } from '../../src/wire/passage.ts';
import { must } from '../refused.ts';
import { alarm, intent, outcome } from '../sample-events.ts';

const EVENTS: [string, PassageEvent][] = [
  ['intent', intent],
  ['outcome', outcome],
  ['alarm', alarm],
];

function shuffled<T extends object>(event: T, order: readonly number[]): T {
  const entries = Object.entries(event);
  const keyed = entries.map((entry, i) => [order[i] ?? 0, entry] as const);
  return Object.fromEntries(keyed.sort((a, b) => a[0] - b[0]).map(([, entry]) => entry)) as T;
}

describe('encodeEvent', () => {
  test.each(EVENTS)('an %s has the same bytes in any order of its fields', (_, event) => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 13, maxLength: 13 }), (order) => {
        expect(encodeEvent(shuffled(event, order))).toEqual(encodeEvent(event));
      }),
    );
  });

  test.each(EVENTS)('an %s comes back through JSON and CBOR as it was', (_, event) => {
    const received = passageEventSchema.parse(JSON.parse(JSON.stringify(event)));
    expect(encodeEvent(received)).toEqual(encodeEvent(event));
    const stored = must(decodeCbor(encodeEvent(event)));
    expect(passageEventSchema.parse(Object.fromEntries(stored as Map<string, unknown>))).toEqual(
      event,
    );
  });

  test('any change of any field changes the bytes', () => {
    const changes: Partial<typeof intent>[] = [
      { seq: 2 },
      { at: epochMs(intent.at + 1) },
      { clock: 'holdover' },
      { key: null },
      { verdict: 'refer' },
      { reason: 'status-yellow' },
      { rung: 'red' },
      { staleness: 'aged' },
      { replicaVer: 104 },
      { policyVer: 2 },
    ];
    const all = changes.map((change) => encodeEvent({ ...intent, ...change }).join());
    expect(new Set([...all, encodeEvent(intent).join()]).size).toBe(changes.length + 1);
  });

  test('a draft encodes without its number, and so otherwise than the event', () => {
    const { seq: _, ...draft } = intent;
    expect(encodeEvent(draft)).not.toEqual(encodeEvent(intent));
  });
});
