import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCbor } from '../../src/cbor.ts';
import { packEvent, unpackEvent } from '../../src/journal/packed-event.ts';
import { traceOf } from '../../src/journal/packed-trace.ts';
import { RUNGS, STALENESSES, VERDICTS } from '../../src/rules/admit.ts';
import { CLOCK_TRUSTS } from '../../src/time.ts';
import { encodeEvent, OUTCOMES, type PassageDraft } from '../../src/wire/passage.ts';
import * as sample from '../sample-events.ts';

const { seq: _intentSeq, ...intent } = sample.intent;
const { seq: _outcomeSeq, ...outcome } = sample.outcome;
const { seq: _alarmSeq, ...alarm } = sample.alarm;
const refused: PassageDraft = {
  ...{ ...intent, key: null, step: null },
  ...{ verdict: 'refuse', clock: 'untrusted' },
};

describe('a packed event', () => {
  test.each([intent, refused, outcome, alarm])('comes out as it went in: %o', (draft) => {
    expect(unpackEvent(packEvent(draft), 9)).toEqual({ ...draft, seq: 9 });
  });

  test('a place keeps its word: the bytes that stand in journals', () => {
    const row = decodeCbor(packEvent({ ...intent, at: 5, verdict: 'refer', clock: 'holdover' }));
    expect(row.ok && (row.value as unknown[]).slice(0, 3)).toEqual([0, 5, 1]);
    expect(row.ok && (row.value as unknown[])[7]).toBe(VERDICTS.indexOf('refer'));
    // Pinned: who reorders one of these lists misreads every journal that there is.
    expect(
      [CLOCK_TRUSTS, VERDICTS, RUNGS, STALENESSES, OUTCOMES].map((each) => each.join()),
    ).toEqual(LISTS);
    expect(packEvent(intent).length).toBeLessThan(90);
    expect(packEvent(outcome).length).toBeLessThan(50);
  });

  test('rows of before, with names, are read; another number in them is not believed', () => {
    const row = encodeEvent({ ...outcome, seq: 4 });
    expect(unpackEvent(row, 4)).toEqual({ ...outcome, seq: 4 });
    expect(unpackEvent(row, 5)).toBeUndefined();
  });

  test('any bytes are an event or none, and never an exception', () => {
    const good = packEvent(intent);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 120 }),
          fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
            const bad = good.slice();
            bad[at] = byte;
            return bad;
          }),
        ),
        (bytes) => {
          const event = unpackEvent(bytes, 1);
          if (event) expect(event.seq).toBe(1);
        },
      ),
    );
  });
});

describe('the trace of a packed event', () => {
  const { at, clock, passage, lane, key, step, verdict } = intent;
  const whole = { kind: 'intent', at, clock, passage, lane, key, step, verdict };
  test('is what a start asks of it, also of rows with names', () => {
    expect(traceOf(packEvent(intent), 9)).toEqual(whole);
    expect(traceOf(packEvent(refused), 9)).toEqual({
      ...{ ...whole, key: null, step: null },
      ...{ verdict: 'refuse', clock: 'untrusted' },
    });
    expect(traceOf(packEvent({ ...intent, step: 59_421_337 }), 9)).toMatchObject({
      step: 59_421_337,
    });
    expect(traceOf(packEvent(outcome), 9)).toEqual({ kind: 'outcome', passage });
    expect(traceOf(packEvent(alarm), 9)).toEqual({ kind: 'alarm' });
    expect(traceOf(encodeEvent({ ...intent, seq: 4 }), 4)).toEqual(whole);
    expect(traceOf(encodeEvent({ ...intent, seq: 4 }), 5)).toBeUndefined();
  });

  test('of any bytes, it is that of the event in them, and never an exception', () => {
    const drafts = [intent, refused, outcome, alarm].map(packEvent);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 120 }),
          fc.tuple(fc.nat(3), fc.nat(200), fc.nat(255)).map(([which, place, byte]) => {
            const bad = (drafts[which] ?? new Uint8Array(1)).slice();
            bad[place % bad.length] = byte;
            return bad;
          }),
          fc
            .tuple(fc.nat(3), fc.nat(200))
            .map(([which, end]) => (drafts[which] ?? new Uint8Array(1)).subarray(0, end)),
        ),
        (bytes) => {
          const [trace, event] = [traceOf(bytes, 1), unpackEvent(bytes, 1)];
          if (event) expect(event).toMatchObject(trace ?? { kind: 'no trace' });
        },
      ),
      { numRuns: 3000 },
    );
  });
});

const LISTS = [
  'trusted,holdover,untrusted',
  'admit,refer,refuse',
  'policy,code,red,replica,code-colour,attendant,thermometer',
  'fresh,aged,restricted,blind',
  'completed,timed-out,reversed,refused,referred,unreachable,interrupted',
];
