import { communityIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import {
  type ApplicationRequest,
  applicationViewSchema,
  type OfficerDecision,
} from '@greengate/contracts/wire/issuing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applicationFlow, dueAt, exitsOf, isClosed } from '../../src/issue/application.ts';
import { workingCalendar } from '../../src/issue/calendar.ts';
import { chinaWorkingDays } from '../../src/issue/china-working-days.ts';
import { ISSUING_RULES } from '../../src/issue/rules.ts';
import type { Application, ApplicationEvent } from '../../src/issuing-port.ts';
import { overlayOf } from '../../src/overlay.ts';

const flow = applicationFlow(workingCalendar(chinaWorkingDays), ISSUING_RULES);
const at = (text: string): EpochMs => epochMs(Date.parse(`${text}:00+08:00`));
const NOW = at('2022-03-01T09:00');
const HOUR = 3_600_000;
const CLEAN = { clean: true };
const LISTED = { clean: false };
const ANSWER = { kind: 'answer', documents: [] } as const;

const request = {
  community: communityIdSchema.parse('330106001007'),
  purpose: 'work',
  mayCall: true,
} as const;

function submit(what: ApplicationRequest): Application {
  const result = flow.submit(what, undefined, NOW);
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
}

function must(application: Application, event: ApplicationEvent, now: EpochMs = NOW): Application {
  const result = flow.after(application, event, now);
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
}

function codeOf(application: Application, event: ApplicationEvent, now: EpochMs = NOW): string {
  const result = flow.after(application, event, now);
  return result.ok ? 'ok' : result.refusal.code;
}

/** What time does until `now`, with the lists as they are then. */
function pass(application: Application, now: EpochMs, lists = CLEAN): Application {
  let one = application;
  for (let step = 0; step < 10; step++) {
    const due = dueAt(one);
    if (due === undefined || now < due) return one;
    one = must(one, { kind: 'time', lists }, now);
  }
  throw new Error('time never ends');
}

const decision = (
  kind: 'issue' | 'request-video',
  officer = 'li',
  lists = CLEAN,
): ApplicationEvent => ({ kind: 'decision', officer, decision: { kind }, lists });
const refusal: ApplicationEvent = {
  kind: 'decision',
  officer: 'li',
  decision: { kind: 'refuse', ground: 'not-resident' },
  lists: CLEAN,
};
const asking: ApplicationEvent = {
  kind: 'decision',
  officer: 'li',
  decision: { kind: 'ask-for-more', items: ['proof-of-residence'] },
  lists: CLEAN,
};

const submitted = submit(request);
const queued = pass(submitted, NOW);

describe('an application', () => {
  test('is compared at once and waits for an officer for six working hours', () => {
    expect(submitted).toMatchObject({ state: 'submitted', by: { kind: 'holder' } });
    expect(must(submitted, { kind: 'time', lists: CLEAN }).state).toBe('comparing');
    expect(queued).toMatchObject({ state: 'queued', by: { kind: 'system' } });
    expect(queued.decideBy).toBe(at('2022-03-01T16:30'));
    expect(dueAt(queued)).toBe(queued.decideBy);
  });

  test('is the only open one of its holder', () => {
    const again = flow.submit(request, queued, NOW);
    expect(again.ok ? 'ok' : again.refusal.code).toBe('application-open');
    expect(flow.submit(request, must(queued, refusal), NOW).ok).toBe(true);
    expect(flow.submit(request, must(queued, { kind: 'withdraw' }), NOW).ok).toBe(true);
  });

  test('is issued or refused by an officer, who is named', () => {
    expect(must(queued, decision('issue'))).toMatchObject({
      state: 'issued',
      by: { kind: 'staff', name: 'li' },
      decideBy: null,
    });
    expect(must(queued, refusal)).toMatchObject({ state: 'refused', refusedFor: 'not-resident' });
    expect(codeOf(queued, decision('issue', 'li', LISTED))).toBe('application-lists-not-clean');
    expect(codeOf(must(queued, refusal), decision('issue'))).toBe('application-closed');
  });

  test('is answered by the holder when more is asked, and gets a clock of its own then', () => {
    const asked = must(queued, asking);
    expect(asked).toMatchObject({
      state: 'asked-for-more',
      askedFor: ['proof-of-residence'],
      decideBy: null,
      answerBy: NOW + 72 * HOUR,
    });
    const later = at('2022-03-02T09:00');
    const answered = must(asked, ANSWER, later);
    expect(answered).toMatchObject({ state: 'queued', decideBy: at('2022-03-02T16:30') });
    expect(codeOf(answered, ANSWER)).toBe('application-closed');
    const silent = pass(asked, epochMs(NOW + 72 * HOUR));
    expect(silent).toMatchObject({ state: 'queued', by: { kind: 'system' }, answerBy: null });
  });

  test('is not asked about for ever: after the third time the officer decides', () => {
    let one = queued;
    for (let time = 0; time < ISSUING_RULES.asksCount; time++) {
      one = must(must(one, asking), ANSWER);
    }
    expect(codeOf(one, asking)).toBe('application-asked-enough');
    expect(codeOf(one, decision('request-video'))).toBe('application-asked-enough');
    expect(must(one, refusal).state).toBe('refused');
  });

  test('may need a call, to which nobody is forced', () => {
    const called = must(queued, decision('request-video'));
    expect(called).toMatchObject({ state: 'video-requested', decideBy: queued.decideBy });
    expect(must(called, decision('issue')).state).toBe('issued');
    expect(must(called, { kind: 'decline-video' }).state).toBe('queued');
    expect(codeOf(queued, { kind: 'decline-video' })).toBe('application-closed');
    const shy = pass(submit({ ...request, mayCall: false }), NOW);
    expect(codeOf(shy, decision('request-video'))).toBe('application-no-call');
  });

  test('may be withdrawn as long as it is open', () => {
    for (const open of [submitted, queued, must(queued, asking)]) {
      expect(must(open, { kind: 'withdraw' }).state).toBe('withdrawn');
    }
    expect(codeOf(must(queued, refusal), { kind: 'withdraw' })).toBe('application-closed');
  });

  test('that was refused, or is late, is issued when another officer upholds the appeal', () => {
    const event = { kind: 'appeal-upheld', officer: 'wang', lists: CLEAN } as const;
    const won = must(must(queued, refusal), event);
    expect(won).toMatchObject({ state: 'issued', by: { name: 'wang' }, refusedFor: null });
    expect(must(pass(queued, at('2022-03-01T16:30')), event).state).toBe('issued');
    expect(codeOf(queued, event)).toBe('application-closed');
    expect(codeOf(must(queued, refusal), { ...event, lists: LISTED })).toBe(
      'application-lists-not-clean',
    );
  });
});

describe('silence', () => {
  const late = at('2022-03-01T16:30');
  const evening = at('2022-03-02T18:00');

  test('is escalated after six working hours, and issues by 18:00 of the next day when the lists are clean', () => {
    expect(pass(queued, epochMs(late - 1))).toEqual(queued);
    const escalated = pass(queued, late);
    expect(escalated).toMatchObject({ state: 'queued', escalatedAt: late, autoIssueAt: evening });
    expect(pass(escalated, epochMs(evening - 1))).toEqual(escalated);
    expect(pass(escalated, evening)).toMatchObject({
      state: 'auto-issued',
      by: { kind: 'system' },
      escalatedAt: late,
    });
  });

  test('issues nothing when the lists speak against it, at whichever time, also not when they fall silent later', () => {
    for (const when of [NOW, late, evening]) {
      let one = submitted;
      for (const now of [NOW, late, evening]) one = pass(one, now, now === when ? LISTED : CLEAN);
      expect(one).toMatchObject({ state: 'queued', escalatedAt: late, autoIssueAt: null });
      expect(dueAt(one)).toBeUndefined();
      expect(pass(one, at('2022-06-01T00:00'))).toEqual(one);
      expect(exitsOf(one)).toEqual(['withdraw', 'appeal']);
      expect(must(one, decision('issue'), evening).state).toBe('issued');
    }
  });

  test('issues nothing that an officer has asked about', () => {
    const declined = must(must(queued, decision('request-video')), { kind: 'decline-video' });
    const answered = must(must(queued, asking), ANSWER);
    for (const one of [declined, answered, must(queued, decision('request-video'))]) {
      const later = pass(one, at('2022-06-01T00:00'));
      expect([isClosed(later), later.escalatedAt, later.autoIssueAt]).toEqual([
        false,
        at('2022-06-01T00:00'),
        null,
      ]);
    }
  });

  test('does all its steps after a stop of the cloud', () => {
    expect(pass(submitted, at('2022-03-10T00:00')).state).toBe('auto-issued');
  });
});

const lists = fc.record({ clean: fc.boolean() });
const events: fc.Arbitrary<ApplicationEvent> = fc.oneof(
  fc.record({ kind: fc.constant('time' as const), lists }),
  fc.constant(ANSWER),
  fc.constant({ kind: 'decline-video' as const }),
  { arbitrary: fc.constant({ kind: 'withdraw' as const }), weight: 1 },
  fc.record({
    kind: fc.constant('decision' as const),
    officer: fc.constantFrom('li', 'wang'),
    decision: fc.constantFrom<OfficerDecision>(
      { kind: 'issue' },
      { kind: 'refuse', ground: 'not-resident' },
      { kind: 'ask-for-more', items: ['travel-record'] },
      { kind: 'request-video' },
    ),
    lists,
  }),
  fc.record({
    kind: fc.constant('appeal-upheld' as const),
    officer: fc.constant('zhao'),
    lists,
  }),
);
const histories = fc.array(
  fc.record({ event: events, wait: fc.integer({ min: 0, max: 200 * HOUR }) }),
  { maxLength: 30 },
);

/** Plays a history; what is refused leaves things as they are. Gives every state on the way. */
function play(history: readonly { event: ApplicationEvent; wait: number }[]) {
  const met: { application: Application; event?: ApplicationEvent }[] = [
    { application: submitted },
  ];
  let now: number = NOW;
  let one = submitted;
  for (const { event, wait } of history) {
    now += wait;
    const result = flow.after(one, event, epochMs(now));
    if (!result.ok) continue;
    one = result.value;
    met.push({ application: one, event });
  }
  return { met, now: epochMs(now) };
}

/** What a holder does to take an exit; `appeal` is decided by an officer, `apply` begins anew. */
const TAKEN: Readonly<Record<string, ApplicationEvent>> = {
  withdraw: { kind: 'withdraw' },
  answer: ANSWER,
  'decline-video': { kind: 'decline-video' },
  appeal: { kind: 'appeal-upheld', officer: 'zhao', lists: CLEAN },
};

describe('in every history', () => {
  test('P36 an application has a way out for its holder, and each way out works', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { met, now } = play(history);
        for (const { application } of met) {
          const exits = exitsOf(application);
          expect(exits.length).toBeGreaterThan(0);
          expect(exits.includes('apply')).toBe(isClosed(application));
          for (const exit of exits) {
            const event = TAKEN[exit];
            if (event !== undefined) expect(codeOf(application, event, now)).toBe('ok');
          }
          if (!isClosed(application)) {
            expect(dueAt(application) !== undefined || exits.includes('appeal')).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('black-and-white admits nobody: while it is open, or refused, its holder is kept from green', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (history, needed) => {
        for (const { application } of play(history).met) {
          if (application.state === 'withdrawn') continue;
          const { heldBack } = overlayOf({ overrides: [], application }, needed, NOW);
          expect(heldBack).toBe(!['issued', 'auto-issued'].includes(application.state));
        }
      }),
    );
  });

  test('silence issues only what was clean each time and what no officer asked about', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { met } = play(history);
        if (met.at(-1)?.application.state !== 'auto-issued') return;
        for (const { event } of met) {
          if (event === undefined) continue;
          expect(event.kind).toBe('time');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('time comes to rest, and what time has done it does not do again', () => {
    fc.assert(
      fc.property(histories, lists, (history, now) => {
        const { met } = play(history);
        const last = met.at(-1)?.application ?? submitted;
        const rested = pass(last, at('2023-06-01T00:00'), now);
        expect(pass(rested, at('2023-06-01T00:00'), now)).toEqual(rested);
      }),
    );
  });
});

test('what a holder is told fits the wire', () => {
  const { by: _by, asks: _asks, silenceIssues: _s, escalatedAt, mayCall: _m, ...shown } = queued;
  const view = { ...shown, id: 'ab'.repeat(16), escalated: escalatedAt !== null };
  expect(applicationViewSchema.safeParse({ ...view, exits: exitsOf(queued) }).success).toBe(true);
  expect(applicationViewSchema.safeParse({ ...view, exits: [] }).success).toBe(false);
});
