import { passageIdSchema } from '@greengate/contracts/ids';
import { describe, expect, test } from 'vitest';
import type { HeldEvent } from '../src/demo/journal.ts';
import { type Evidence, isFaulty, reportOf } from '../src/demo/report.ts';
import type { OrderReport, PassageReport } from '../src/messages.ts';

const idOf = (number: number) => passageIdSchema.parse(String(number).padStart(32, '0'));

function passage(number: number, change: Partial<PassageReport> = {}): PassageReport {
  const got = { action: 'open', reason: 'status-green', passage: idOf(number) } as const;
  return {
    kind: 'passage',
    lane: 'lane-1',
    at: number * 1000,
    person: `green-${number}`,
    passback: false,
    expected: { action: 'open', reason: 'status-green' },
    got,
    excused: false,
    latencyMs: number,
    ...change,
  };
}

function order(number: number, change: Partial<OrderReport> = {}): OrderReport {
  return {
    kind: 'order',
    lane: 'lane-1',
    at: number * 1000,
    passage: idOf(number),
    nonce: `n${number}`,
    action: 'open',
    reason: 'status-green',
    result: 'accepted',
    stray: false,
    ...change,
  };
}

function intent(number: number, change: Partial<HeldEvent> = {}): HeldEvent {
  const held = { epoch: 1, seq: number, kind: 'intent', passage: idOf(number) } as const;
  return { ...held, payload: `p${number}`, ...change };
}

/** A hundred passages without fault, changed as asked. */
function evidence(change: Partial<Evidence> = {}): Evidence {
  const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
  return {
    seed: 1,
    startedAt: 0,
    passages: numbers.map((number) => passage(number)),
    orders: numbers.map((number) => order(number)),
    cloudOutages: [{ from: 20_500, to: 40_500 }],
    kills: { gateway: 0, cloud: 1 },
    journal: numbers.map((number) => intent(number)),
    cloud: numbers.map((number) => intent(number)),
    ...change,
  };
}

describe('final report', () => {
  test('whoever had a fever at a gate is yellow when they come again, and only they', () => {
    const fever = { action: 'refuse', reason: 'temperature-fever' } as const;
    const yellow = { action: 'refuse', reason: 'status-yellow', passage: idOf(7) } as const;
    const first = passage(1, { person: 'f', expected: fever, got: { ...fever, passage: idOf(1) } });
    const again = passage(2, { person: 'f', expected: fever, got: yellow });
    const other = passage(3, { person: 'g', expected: fever, got: yellow });
    const of = (...passages: PassageReport[]) => reportOf(evidence({ passages })).disagreements;
    expect(of(first, again)).toBe(0);
    expect(of(again)).toBe(1);
    expect(of(first, other)).toBe(1);
  });

  test('a run without fault', () => {
    const report = reportOf(evidence());
    expect(report).toMatchObject({
      passages: 100,
      decidedWhileCloudDown: 20,
      verdicts: { 'status-green': 100 },
      disagreements: 0,
      latencyMs: { p50: 50, p99: 99, max: 100 },
      journalRows: 100,
      cloudRows: 100,
      lost: 0,
      duplicated: 0,
      undecided: 0,
    });
    expect(report.slowest[0]).toEqual({ lane: 'lane-1', second: 100, latencyMs: 100 });
    expect(isFaulty(report)).toBe(false);
  });

  test('a journal row that the cloud lacks, or has otherwise, is lost', () => {
    const { cloud } = evidence();
    const report = reportOf(
      evidence({ cloud: [intent(1, { payload: 'other' }), ...cloud.slice(1, -1)] }),
    );
    expect(report.lost).toBe(2);
    expect(isFaulty(report)).toBe(true);
  });

  test('an order without an intent anywhere is lost; one that only the cloud remembers is not', () => {
    const { journal, cloud } = evidence();
    expect(reportOf(evidence({ orders: [order(999)] })).lost).toBe(1);
    expect(reportOf(evidence({ journal: journal.slice(1), cloud })).lost).toBe(0);
  });

  test('an event twice in the cloud, or two intents of one passage, is duplicated', () => {
    const { cloud } = evidence();
    expect(reportOf(evidence({ cloud: [...cloud, intent(5)] })).duplicated).toBe(2);
    const again = intent(101, { passage: idOf(5) });
    expect(reportOf(evidence({ cloud: [...cloud, again] })).duplicated).toBe(1);
  });

  test('one order acted on twice is duplicated; a repeat that was turned down is not', () => {
    const { orders } = evidence();
    expect(reportOf(evidence({ orders: [...orders, order(5)] })).duplicated).toBe(1);
    const turnedDown = order(5, { result: 'repeated' });
    expect(reportOf(evidence({ orders: [...orders, turnedDown] })).duplicated).toBe(0);
  });

  test('told otherwise, told nothing, or told unasked are disagreements', () => {
    const { orders, passages } = evidence();
    const wrong = passage(1, { expected: { action: 'refuse', reason: 'status-red' } });
    const silent = passage(2, { got: null, latencyMs: null });
    const report = reportOf(
      evidence({
        passages: [wrong, silent, ...passages.slice(2)],
        orders: [order(1, { stray: true }), ...orders.slice(1)],
      }),
    );
    expect(report.disagreements).toBe(3);
    expect(report.faults).toHaveLength(3);
    expect(report.faults[0]).toContain('should get refuse status-red, got open status-green');
  });

  test('a gateway that was killed meanwhile excuses silence and nothing else', () => {
    const silent = passage(1, { got: null, latencyMs: null, excused: true });
    const report = reportOf(evidence({ passages: [silent], orders: [] }));
    expect(report).toMatchObject({ passages: 0, undecided: 1, disagreements: 0 });
    expect(report.latencyMs).toEqual({ p50: 0, p99: 0, max: 0 });
  });
});
