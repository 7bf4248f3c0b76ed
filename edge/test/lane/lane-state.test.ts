import type { PassageId } from '@greengate/contracts/ids';
import { ok, refuse } from '@greengate/contracts/result';
import { VERDICTS, type Verdict } from '@greengate/contracts/rules/admit';
import { monoMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LANE_AT_START, reduceLane } from '../../src/lane/lane-state.ts';
import type { LaneEffect, LaneEvent, LaneRules, LaneState } from '../../src/lane/lane-types.ts';
import {
  grantMsMax,
  nextScanMsMax,
  passingMsMax,
  readingLateMsMax,
  sameCodeMs,
} from '../../src/limits.ts';
import type { Reading, TurnstileEvent } from '../../src/ports.ts';
import { passageId } from '../fixtures/drafts.ts';

const isWelcome = () => true;
const QUICK: LaneRules = { measures: false, readingMs: 0, measureMs: 0, isWelcome };
const MEASURES: LaneRules = { measures: true, readingMs: 5000, measureMs: 5000, isWelcome };
const A = passageId(1);
const B = passageId(2);

const scan = (text: string, at: number): LaneEvent => ({
  kind: 'scan',
  scan: { text, at: monoMs(at) },
});
const reading = (centiC: number, at: number): LaneEvent => ({
  kind: 'reading',
  reading: { centiC: ok(centiC), at: monoMs(at) },
});
const decided = (passage: PassageId, verdict: Verdict, taken = true): LaneEvent => ({
  kind: 'decided',
  passage,
  verdict,
  taken,
});
const said = (event: TurnstileEvent): LaneEvent => ({ kind: 'turnstile', event });
const online = said({ kind: 'presence', online: true });
const offline = said({ kind: 'presence', online: false });
const fire = said({ kind: 'fire', active: true });
const fireOver = said({ kind: 'fire', active: false });
const TIMER: LaneEvent = { kind: 'timer' };

/** Feeds events, each at its instant; the state at the end and every effect on the way, short. */
function run(rules: LaneRules, ...events: [number, LaneEvent][]) {
  let state: LaneState = LANE_AT_START;
  const effects: LaneEffect[] = [];
  for (const [at, event] of events) {
    const step = reduceLane(state, event, monoMs(at), rules);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, phase: state.phase.name, effects, told: effects.map(short) };
}

function short(effect: LaneEffect): string {
  switch (effect.kind) {
    case 'decide':
      return `decide ${effect.scan.text} ${effect.temperature.kind}`;
    case 'turn-away':
      return `turn away ${effect.scan.text}`;
    case 'close':
      return `close ${Number.parseInt(effect.passage, 16)} ${effect.outcome}`;
    case 'alarm':
      return `alarm ${effect.reason}`;
    case 'wake':
      return `wake ${effect.at}`;
  }
}

const GRANTED: [number, LaneEvent][] = [
  [0, online],
  [10, scan('a', 10)],
  [20, decided(A, 'admit')],
];

describe('the plain way through', () => {
  test('scan, decision, grant, passage, next', () => {
    const { told, phase } = run(
      QUICK,
      ...GRANTED,
      [30, said({ kind: 'started', passage: A })],
      [40, said({ kind: 'completed', passage: A })],
    );
    expect(told).toEqual([
      'decide a not-fitted',
      `wake ${20 + grantMsMax}`,
      `wake ${30 + passingMsMax}`,
      'close 1 completed',
    ]);
    expect(phase).toBe('idle');
  });

  test.for([
    ['refuse', 'close 1 refused'],
    ['refer', 'close 1 referred'],
  ] as const)('%s frees the lane at once', ([verdict, close]) => {
    const { told, phase } = run(QUICK, [0, online], [1, scan('a', 1)], [2, decided(A, verdict)]);
    expect(told).toEqual(['decide a not-fitted', close]);
    expect(phase).toBe('idle');
  });

  test.for(['completed', 'timed-out', 'reversed'] as const)('%s ends a grant', (kind) => {
    const { told, phase } = run(QUICK, ...GRANTED, [30, said({ kind, passage: A })]);
    expect(told.at(-1)).toBe(`close 1 ${kind}`);
    expect(phase).toBe('idle');
  });

  test('word of another passage changes nothing', () => {
    const { told, phase } = run(
      QUICK,
      ...GRANTED,
      [30, said({ kind: 'completed', passage: B })],
      [31, said({ kind: 'started', passage: B })],
    );
    expect(told).toHaveLength(2);
    expect(phase).toBe('granted');
  });

  test('a turnstile that says "turnstile-forced" is an alarm in every phase and changes none', () => {
    const forced = said({ kind: 'forced' });
    const { told, phase } = run(QUICK, ...GRANTED, [30, forced]);
    expect(told.at(-1)).toBe('alarm turnstile-forced');
    expect(phase).toBe('granted');
  });
});

describe('a turnstile that is quicker than its answer', () => {
  test('its words are kept until the grant stands', () => {
    const { told, phase } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, said({ kind: 'started', passage: A })],
      [3, said({ kind: 'completed', passage: A })],
      [4, decided(A, 'admit')],
    );
    expect(told.at(-1)).toBe('close 1 completed');
    expect(phase).toBe('idle');
  });

  test('F8: late words of the person before do not end the one of now', () => {
    const { phase } = run(
      QUICK,
      [0, online],
      [1, scan('b', 1)],
      [2, said({ kind: 'completed', passage: A })],
      [3, decided(B, 'admit')],
    );
    expect(phase).toBe('granted');
  });

  test('early words are bounded, and one that comes twice counts once', () => {
    const words = Array.from({ length: 50 }, (_, i): [number, LaneEvent] => [
      2 + i,
      said({ kind: 'started', passage: passageId(2 + Math.floor(i / 2)) }),
    ]);
    const { state } = run(QUICK, [0, online], [1, scan('a', 1)], ...words);
    expect(state.phase.name === 'deciding' && state.phase.early.length).toBe(4);
  });
});

describe('scanners repeat, people press on', () => {
  test('one code read again within a moment is one scan, in every phase', () => {
    const { told } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, scan('a', 2)],
      [3, decided(A, 'refuse')],
      [4, scan('a', 4)],
      [sameCodeMs, scan('a', sameCodeMs)],
    );
    expect(told).toEqual(['decide a not-fitted', 'close 1 refused']);
    const later = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [3, decided(A, 'refuse')],
      [sameCodeMs + 1, scan('a', sameCodeMs + 1)],
    );
    expect(later.told.at(-1)).toBe('decide a not-fitted');
  });

  test('the code of the person in the gate does not make that person the next', () => {
    const { state } = run(QUICK, ...GRANTED, [5000, scan('a', 5000)]);
    expect(state.next).toBeUndefined();
  });

  test('one person waits behind the one in the gate and is taken when it is free', () => {
    const { told, phase } = run(
      QUICK,
      ...GRANTED,
      [30, scan('b', 30)],
      [40, said({ kind: 'completed', passage: A })],
    );
    expect(told.slice(-2)).toEqual(['close 1 completed', 'decide b not-fitted']);
    expect(phase).toBe('deciding');
  });

  test('who waited for long is not let through when the gate is free at last', () => {
    const late = 35 + nextScanMsMax + 1;
    const { told } = run(
      QUICK,
      ...GRANTED,
      [25, said({ kind: 'started', passage: A })],
      [35, scan('b', 35)],
      [late, said({ kind: 'completed', passage: A })],
    );
    expect(told.slice(-2)).toEqual(['close 1 completed', 'turn away b']);
  });

  test('of several who press on the first is the next, and each of the others is told to wait, once', () => {
    const { told } = run(
      QUICK,
      ...GRANTED,
      [30, scan('b', 30)],
      [31, scan('c', 31)],
      [32, scan('b', 32)],
      [1000, scan('c', 1000)],
      [2500, scan('c', 2500)],
      [2600, scan('d', 2600)],
      [2700, said({ kind: 'completed', passage: A })],
    );
    expect(told.slice(2)).toEqual([
      'turn away c',
      'turn away d',
      'close 1 completed',
      'decide b not-fitted',
    ]);
  });

  test('what a decision waited for is where its time begins', () => {
    const since = (...args: Parameters<typeof run>) =>
      run(...args).effects.flatMap((effect) => (effect.kind === 'decide' ? [effect.since] : []));
    expect(since(QUICK, [0, online], [12, scan('a', 10)])).toEqual([10]);
    expect(since(MEASURES, [0, online], [10, scan('a', 10)], [900, reading(3650, 899)])).toEqual([
      899,
    ]);
    expect(since(MEASURES, [0, online], [10, scan('a', 10)], [5010, TIMER])).toEqual([5010]);
    const behind = since(
      QUICK,
      ...GRANTED,
      [30, scan('b', 30)],
      [4000, said({ kind: 'completed', passage: A })],
    );
    expect(behind).toEqual([10, 4000]);
  });
});

// Somebody has gone through, and no sample of theirs is on its way any more.
const LATE = readingLateMsMax;
const FREE: [number, LaneEvent][] = [
  [0, online],
  [1, scan('z', 1)],
  [2 + LATE, reading(3650, 2 + LATE)],
  [3 + LATE, decided(B, 'admit')],
  [4 + LATE, said({ kind: 'completed', passage: B })],
];
const T = 1000;

describe('temperature', () => {
  /** What is told after the lane has become free. */
  const then = (...events: [number, LaneEvent][]) => {
    const first = run(MEASURES, ...FREE);
    return run(MEASURES, ...FREE, ...events).told.slice(first.told.length);
  };

  test('a reading that is there belongs to the scan, once', () => {
    expect(
      then(
        [T, reading(3650, T)],
        [T + 100, scan('a', T + 100)],
        [T + 101, decided(A, 'refuse')],
        [T + 200, scan('b', T + 200)],
      ),
    ).toEqual(['decide a measured', 'close 1 refused', `wake ${T + 200 + 5000}`]);
  });

  test('another sample of the person inside is not the next person’s (T18)', () => {
    expect(
      then(
        [T, reading(3640, T)],
        [T + 20, scan('a', T + 20)],
        [T + 25, reading(3641, T + 25)],
        [T + 30, decided(A, 'admit')],
        [T + 40, reading(3642, T + 40)],
        [T + 50, said({ kind: 'started', passage: A })],
        [T + 60, reading(3643, T + 60)],
        [T + 70, said({ kind: 'completed', passage: A })],
        [T + 80, scan('b', T + 80)],
      ),
    ).toEqual([
      'decide a measured',
      `wake ${T + 30 + grantMsMax}`,
      `wake ${T + 50 + passingMsMax}`,
      'close 1 completed',
      `wake ${T + 5080}`,
    ]);
  });

  test('a sample that is still on its way when they are through is not the next person’s (T18)', () => {
    const through: [number, LaneEvent][] = [
      [T, reading(3640, T)],
      [T + 20, scan('a', T + 20)],
      [T + 30, decided(A, 'admit')],
      [T + 40, said({ kind: 'completed', passage: A })],
    ];
    const late = T + 40 + LATE;
    const toldWith = (at: number) => then(...through, [at, reading(3890, at)], [at, scan('b', at)]);
    expect(toldWith(late - 1).at(-1)).toBe(`wake ${late - 1 + 5000}`);
    expect(toldWith(late).at(-1)).toBe('decide b measured');
  });

  test.for(['refuse', 'refer'] as const)(
    'who is answered %s stands there still: no reading is the next person’s before they show a code',
    (verdict) => {
      const turned: [number, LaneEvent][] = [
        [T, reading(3890, T)],
        [T + 20, scan('a', T + 20)],
        [T + 30, decided(A, verdict)],
        [T + 4000, reading(3890, T + 4000)],
        [T + 4100, scan('b', T + 4100)],
        [T + 4100 + LATE - 1, reading(3890, T + 4100 + LATE - 1)],
      ];
      const own = T + 4100 + LATE;
      expect(then(...turned).at(-1)).toBe(`wake ${T + 4100 + 5000}`);
      expect(then(...turned, [own, reading(3640, own)]).at(-1)).toBe('decide b measured');
    },
  );

  test('a reading of who waits behind with a code shown is theirs', () => {
    const own = T + 35 + LATE;
    const waiting: [number, LaneEvent][] = [
      [T + 10, reading(3640, T + 10)],
      [T + 20, scan('a', T + 20)],
      [T + 30, decided(A, 'admit')],
      [T + 35, scan('b', T + 35)],
      [own, reading(3890, own)],
    ];
    const through = (at: number): [number, LaneEvent] => [
      at,
      said({ kind: 'completed', passage: A }),
    ];
    expect(then(...waiting, through(own + 10)).at(-1)).toBe('decide b measured');
    // Somebody else before the thermometer meanwhile: nobody can say whose it is, so both are let go.
    const pressed = then(...waiting, [own + 5, scan('c', own + 5)], through(own + 10));
    expect(pressed.slice(-3)).toEqual(['turn away c', 'close 1 completed', 'turn away b']);
  });

  test('an arm that is forced takes with it what was known of who stands there', () => {
    const forced = said({ kind: 'forced' });
    expect(then([T, reading(3640, T)], [T + 1, forced], [T + 2, scan('a', T + 2)])).toEqual([
      'alarm turnstile-forced',
      `wake ${T + 5002}`,
    ]);
    expect(then([T, scan('a', T)], [T + 1, forced]).slice(-2)).toEqual([
      'alarm turnstile-forced',
      'turn away a',
    ]);
  });

  test('a reading that is too old is not the next person’s', () => {
    const told = then([T, reading(3650, T)], [T + 5001, scan('a', T + 5001)]);
    expect(told).toEqual([`wake ${T + 10001}`]);
  });

  test('a reading that comes ends the wait; none in time is "temperature-missing"', () => {
    const own = 1 + LATE;
    const came = run(MEASURES, [0, online], [1, scan('a', 1)], [own, reading(3650, own)]);
    expect(came.told).toEqual(['wake 5001', 'decide a measured']);
    const none = run(MEASURES, [0, online], [1, scan('a', 1)], [5000, TIMER], [5001, TIMER]);
    expect(none.told).toEqual(['wake 5001', 'decide a missing']);
  });

  test.for(['temperature-invalid', 'temperature-out-of-range'] as const)(
    'T18: a sensor fault %s is told as such and never as a number',
    (reason) => {
      const fault: Reading = { centiC: refuse(reason), at: monoMs(500) };
      const { effects } = run(
        MEASURES,
        [0, online],
        [1, scan('a', 1)],
        [500, { kind: 'reading', reading: fault }],
      );
      expect(effects.at(-1)).toMatchObject({ temperature: { kind: 'fault', reason } });
    },
  );

  test('who is not welcome anyway is told at once, and does not wait for a reading', () => {
    const rules: LaneRules = { ...MEASURES, isWelcome: ({ text }) => text !== 'forged' };
    expect(run(rules, [0, online], [10, scan('forged', 10)]).told).toEqual([
      'decide forged missing',
    ]);
    expect(run(rules, [0, online], [10, scan('good', 10)]).phase).toBe('measuring');
  });

  test('a code held before the scanner does not begin the wait anew', () => {
    const { told } = run(
      MEASURES,
      [0, online],
      [1, scan('a', 1)],
      [2500, scan('a', 2500)],
      [4900, scan('a', 4900)],
      [5001, TIMER],
    );
    expect(told).toEqual(['wake 5001', 'decide a missing']);
  });

  test('another code during the wait is another person’s', () => {
    const { told } = run(
      MEASURES,
      [0, online],
      [1, scan('a', 1)],
      [100, scan('b', 100)],
      [350, reading(3650, 350)],
      [400, reading(3650, 400)],
    );
    expect(told).toEqual(['wake 5001', 'wake 5100', 'decide b measured']);
  });
});

describe('a turnstile that does not answer', () => {
  test('a lane begins in fault until its turnstile is there', () => {
    expect(LANE_AT_START.phase).toEqual({ name: 'fault', reason: 'turnstile-unreachable' });
    expect(run(QUICK, [0, online]).phase).toBe('idle');
    expect(run(QUICK, [0, online], [1, offline]).phase).toBe('fault');
  });

  test('an order that was not taken is a fault, and the scan after it tries again', () => {
    const { told, phase } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, decided(A, 'admit', false)],
    );
    expect(told.at(-1)).toBe('close 1 unreachable');
    expect(phase).toBe('fault');
    const again = run(
      QUICK,
      [1, scan('a', 1)],
      [2, decided(A, 'refuse', false)],
      [3, scan('b', 3)],
      [4, decided(B, 'admit')],
    );
    expect(again.told).toContain('close 1 unreachable');
    expect(again.phase).toBe('granted');
  });

  test('a network that goes during a passage does not end it: its timer does', () => {
    const gone = run(QUICK, ...GRANTED, [30, offline]);
    expect(gone.phase).toBe('granted');
    const ended = run(QUICK, ...GRANTED, [30, offline], [20 + grantMsMax, TIMER]);
    expect(ended.told.at(-1)).toBe('close 1 timed-out');
  });

  test('a grant and a passage without a last word end by their timers, not a moment before', () => {
    expect(run(QUICK, ...GRANTED, [19 + grantMsMax, TIMER]).phase).toBe('granted');
    expect(run(QUICK, ...GRANTED, [20 + grantMsMax, TIMER]).phase).toBe('idle');
    const passing: [number, LaneEvent][] = [
      ...GRANTED,
      [30, said({ kind: 'started', passage: A })],
    ];
    expect(run(QUICK, ...passing, [20 + grantMsMax, TIMER]).phase).toBe('passing');
    expect(run(QUICK, ...passing, [30 + passingMsMax, TIMER]).told.at(-1)).toBe(
      'close 1 timed-out',
    );
  });

  test('F19: a passage that broke off by a bug frees the lane', () => {
    expect(run(QUICK, [0, online], [1, scan('a', 1)], [2, { kind: 'failed' }]).phase).toBe('idle');
    expect(run(QUICK, ...GRANTED, [30, { kind: 'failed' }]).phase).toBe('granted');
  });
});

describe('P24 S5: "fire-release" frees the lane at every point', () => {
  const waiting: [number, LaneEvent][] = [...GRANTED, [30, scan('b', 30)]];
  const phases: [string, LaneRules, [number, LaneEvent][], string[]][] = [
    ['fault', QUICK, [], []],
    ['idle', QUICK, [[0, online]], []],
    [
      'measuring',
      MEASURES,
      [
        [0, online],
        [1, scan('a', 1)],
      ],
      [],
    ],
    [
      'deciding',
      QUICK,
      [
        [0, online],
        [1, scan('a', 1)],
      ],
      [],
    ],
    ['granted', QUICK, GRANTED, ['close 1 interrupted']],
    ['granted', QUICK, waiting, ['close 1 interrupted']],
    [
      'passing',
      QUICK,
      [...GRANTED, [30, said({ kind: 'started', passage: A })]],
      ['close 1 interrupted'],
    ],
    ['released', QUICK, [[0, fire]], []],
  ];

  test.for(phases)('%s', ([name, rules, before, closes]) => {
    const reached = run(rules, ...before);
    expect(reached.phase).toBe(name);
    const { phase, told } = run(rules, ...before, [100, fire]);
    expect(phase).toBe('released');
    expect(told.slice(reached.told.length)).toEqual([...closes, 'alarm fire-release']);
    const after = run(
      rules,
      ...before,
      [100, fire],
      [101, scan('z', 101)],
      [102, reading(3650, 102)],
    );
    expect(after.told).toEqual(told);
  });

  test('a decision that comes into a fire opens nothing and is closed', () => {
    const { told, phase } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, fire],
      [3, decided(A, 'admit')],
      [4, fireOver],
    );
    expect(told.slice(1)).toEqual(['alarm fire-release', 'close 1 interrupted']);
    expect(phase).toBe('idle');
  });

  test('a fire that comes and goes while one is decided: that one is closed, the next is not mistaken for it', () => {
    const { told, phase } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, fire],
      [3, fireOver],
      [4, scan('b', 4)],
      [5, decided(A, 'admit')],
      [6, decided(B, 'admit')],
    );
    expect(told.slice(1)).toEqual([
      'alarm fire-release',
      'close 1 interrupted',
      'decide b not-fitted',
      `wake ${6 + grantMsMax}`,
    ]);
    expect(phase).toBe('granted');
  });

  test('a bug in a passage during a fire does not hold the lane after it', () => {
    const { phase } = run(
      QUICK,
      [0, online],
      [1, scan('a', 1)],
      [2, fire],
      [3, { kind: 'failed' }],
      [4, fireOver],
    );
    expect(phase).toBe('idle');
  });
});

describe('any order of events', () => {
  const happening = fc.oneof(
    fc.record({ do: fc.constant('scan' as const), text: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ do: fc.constant('reading' as const), good: fc.boolean() }),
    fc.record({
      do: fc.constant('answer' as const),
      verdict: fc.constantFrom(...VERDICTS),
      taken: fc.boolean(),
    }),
    fc.record({ do: fc.constant('fail' as const) }),
    fc.record({
      do: fc.constant('word' as const),
      kind: fc.constantFrom(
        'started' as const,
        'completed' as const,
        'timed-out' as const,
        'reversed' as const,
      ),
      of: fc.nat({ max: 5 }),
    }),
    fc.record({ do: fc.constant('forced' as const) }),
    fc.record({ do: fc.constant('fire' as const), active: fc.boolean() }),
    fc.record({ do: fc.constant('presence' as const), online: fc.boolean() }),
    fc.record({ do: fc.constant('timer' as const) }),
  );
  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

  /** The lane and what stands around it: decisions under way, and what was granted and closed. */
  class World {
    state: LaneState = LANE_AT_START;
    now = 0;
    made = 0;
    underWay = 0;
    readonly answered: { passage: PassageId; grant: boolean }[] = [];
    readonly closes = new Map<PassageId, number>();
    readonly rules: LaneRules;

    constructor(rules: LaneRules) {
      this.rules = rules;
    }

    send(event: LaneEvent): void {
      const releasedBefore = this.state.phase.name === 'released';
      const step = reduceLane(this.state, event, monoMs(this.now), this.rules);
      this.state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === 'decide') {
          expect(releasedBefore || this.state.phase.name === 'released').toBe(false);
          this.underWay += 1;
        }
        if (effect.kind === 'close') {
          this.closes.set(effect.passage, (this.closes.get(effect.passage) ?? 0) + 1);
        }
        if (effect.kind === 'wake') expect(effect.at).toBeGreaterThanOrEqual(this.now);
      }
      expect(this.underWay).toBeLessThanOrEqual(1);
      const open = this.answered.filter(({ grant, passage }) => grant && !this.closes.has(passage));
      expect(open.length).toBeLessThanOrEqual(1);
      for (const count of this.closes.values()) expect(count).toBe(1);
    }

    answer(verdict: Verdict, taken: boolean): void {
      if (this.underWay === 0) return;
      this.underWay -= 1;
      this.made += 1;
      const passage = passageId(this.made);
      this.answered.push({ passage, grant: verdict === 'admit' && taken });
      this.send(decided(passage, verdict, taken));
    }

    happen(what: Happening): void {
      if (what.do === 'answer') this.answer(what.verdict, what.taken);
      else if (what.do !== 'fail') this.send(this.eventOf(what));
      else if (this.underWay > 0) {
        this.underWay -= 1;
        this.send({ kind: 'failed' });
      }
    }

    eventOf(what: Exclude<Happening, { do: 'answer' | 'fail' }>): LaneEvent {
      const at = monoMs(this.now);
      switch (what.do) {
        case 'scan':
          return scan(what.text, this.now);
        case 'reading': {
          const centiC = what.good ? ok(3650) : refuse('temperature-invalid');
          return { kind: 'reading', reading: { centiC, at } };
        }
        case 'word': {
          // Also of passages that are over, and of the one that is being decided.
          const passage = passageId(Math.max(1, this.made + 2 - what.of));
          return said({ kind: what.kind, passage });
        }
        case 'forced':
          return said({ kind: 'forced' });
        case 'fire':
          return said({ kind: 'fire', active: what.active });
        case 'presence':
          return said({ kind: 'presence', online: what.online });
        case 'timer':
          return TIMER;
      }
    }

    /** Nothing more comes from outside; what is under way comes to its end. */
    end(): void {
      this.send(fireOver);
      for (let i = 0; i < 10; i++) {
        this.answer('admit', true);
        this.now += passingMsMax;
        this.send(TIMER);
      }
    }
  }

  test.for([
    ['without a thermometer', QUICK],
    ['with one', MEASURES],
  ] as const)(
    'S5 F8 %s: never two grants, never an order when released, each decision closed exactly once',
    ([, rules]) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.constantFrom(0, 1, 50, 2000, 8000, 31_000), happening), {
            maxLength: 60,
          }),
          (events) => {
            const world = new World(rules);
            for (const [pause, what] of events) {
              world.now += pause;
              world.happen(what);
            }
            world.end();
            expect(['idle', 'fault']).toContain(world.state.phase.name);
            for (const { passage } of world.answered) expect(world.closes.get(passage)).toBe(1);
            expect(world.closes.size).toBe(world.answered.length);
          },
        ),
        { numRuns: 1500 },
      );
    },
  );
});
