import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { ApplicationRequest, ApplicationState } from '@greengate/contracts/wire/issuing';
import type { Actor, Application, ApplicationEvent, Lists } from '../issuing-port.ts';
import type { WorkingCalendar } from './calendar.ts';
import type { IssuingRules } from './rules.ts';

/** What a holder may do about an application. */
export type Exit = 'withdraw' | 'answer' | 'decline-video' | 'appeal' | 'apply';

export interface ApplicationFlow {
  /** `latest` is the holder's newest: one is open at a time. */
  submit(
    request: ApplicationRequest,
    latest: Application | undefined,
    now: EpochMs,
  ): Result<Application>;
  /** The application after an event; a refusal leaves it as it was. Time on one that is not due changes nothing. */
  after(application: Application, event: ApplicationEvent, now: EpochMs): Result<Application>;
}

/** Pure: the calendar and the periods are data, the instant is an argument. */
export function applicationFlow(calendar: WorkingCalendar, rules: IssuingRules): ApplicationFlow {
  const clockFrom = (now: EpochMs) => calendar.addWorking(now, rules.decideHours * hourMs);
  return {
    submit: ({ community, purpose, mayCall }, latest, now) => {
      if (latest !== undefined && !isClosed(latest)) return refuse('application-open');
      return ok({
        ...{ community, purpose, mayCall, state: 'submitted', since: now, by: HOLDER },
        ...{ submittedAt: now, decideBy: clockFrom(now), escalatedAt: null, autoIssueAt: null },
        ...{ silenceIssues: true, answerBy: null, asks: 0, askedFor: [], refusedFor: null },
      });
    },
    after: (application, event, now) => {
      switch (event.kind) {
        case 'time':
          return ok(afterTime(application, event.lists, now, { calendar, clockFrom }));
        case 'withdraw':
          return isClosed(application)
            ? refuse('application-closed')
            : ok(closed(application, 'withdrawn', HOLDER, now));
        case 'answer':
          if (application.state !== 'asked-for-more') return refuse('application-closed');
          return ok(requeued(application, HOLDER, now, clockFrom(now)));
        case 'decline-video':
          if (application.state !== 'video-requested') return refuse('application-closed');
          return ok({ ...application, state: 'queued', since: now, by: HOLDER });
        case 'decision':
          return decided(application, event, now, rules);
        case 'appeal-upheld':
          return upheld(application, event, now);
      }
    },
  };
}

/** When time alone will do something to it; undefined when it waits for a person. */
export function dueAt(application: Application): EpochMs | undefined {
  switch (application.state) {
    case 'submitted':
    case 'comparing':
      return application.since;
    case 'queued':
    case 'video-requested':
      if (application.escalatedAt === null) return application.decideBy ?? undefined;
      return application.autoIssueAt ?? undefined;
    case 'asked-for-more':
      return application.answerBy ?? undefined;
    case 'issued':
    case 'auto-issued':
    case 'refused':
    case 'withdrawn':
      return undefined;
  }
}

/** The ways that a holder has out of where it stands: never none. */
export function exitsOf(application: Application): readonly Exit[] {
  const { state, escalatedAt } = application;
  const late: readonly Exit[] = escalatedAt === null ? [] : ['appeal'];
  switch (state) {
    case 'submitted':
    case 'comparing':
    case 'queued':
      return ['withdraw', ...late];
    case 'asked-for-more':
      return ['answer', 'withdraw', ...late];
    case 'video-requested':
      return ['decline-video', 'withdraw', ...late];
    case 'refused':
      return ['appeal', 'apply'];
    case 'issued':
    case 'auto-issued':
    case 'withdrawn':
      return ['apply'];
  }
}

export function isClosed({ state }: Pick<Application, 'state'>): boolean {
  return (
    state === 'issued' || state === 'auto-issued' || state === 'refused' || state === 'withdrawn'
  );
}

const hourMs = 3_600_000;
const HOLDER: Actor = { kind: 'holder' };
const SYSTEM: Actor = { kind: 'system' };

interface Clockwork {
  readonly calendar: WorkingCalendar;
  clockFrom(now: EpochMs): EpochMs;
}

/** One step of what time does. Whoever calls goes on until nothing is due. */
function afterTime(
  application: Application,
  lists: Lists,
  now: EpochMs,
  { calendar, clockFrom }: Clockwork,
): Application {
  const due = dueAt(application);
  if (due === undefined || now < due) return application;
  const { state, escalatedAt } = application;
  const silenceIssues = application.silenceIssues && lists.clean;
  switch (state) {
    case 'submitted':
      return { ...application, state: 'comparing', since: now, by: SYSTEM };
    case 'comparing':
      return { ...application, state: 'queued', since: now, by: SYSTEM, silenceIssues };
    case 'asked-for-more':
      return requeued(application, SYSTEM, now, clockFrom(now));
    default:
      if (escalatedAt === null) return escalated(application, silenceIssues, now, calendar);
      if (silenceIssues) return closed(application, 'auto-issued', SYSTEM, now);
      return { ...application, silenceIssues: false, autoIssueAt: null };
  }
}

function escalated(
  application: Application,
  silenceIssues: boolean,
  now: EpochMs,
  calendar: WorkingCalendar,
): Application {
  const from = application.decideBy ?? now;
  const autoIssueAt = silenceIssues ? calendar.nextDayAt18(from) : null;
  return { ...application, escalatedAt: now, silenceIssues, autoIssueAt };
}

/** Back to the officer, with a clock of its own. An officer who has asked was not silent: silence no longer issues. */
function requeued(
  application: Application,
  by: Actor,
  now: EpochMs,
  decideBy: EpochMs,
): Application {
  const clock = { decideBy, escalatedAt: null, answerBy: null };
  return { ...application, ...clock, state: 'queued', since: now, by };
}

function decided(
  application: Application,
  { officer, decision, lists }: Extract<ApplicationEvent, { kind: 'decision' }>,
  now: EpochMs,
  rules: IssuingRules,
): Result<Application> {
  const { state, asks } = application;
  if (state !== 'queued' && state !== 'video-requested') return refuse('application-closed');
  const by: Actor = { kind: 'staff', name: officer };
  switch (decision.kind) {
    case 'issue':
      return lists.clean
        ? ok(closed(application, 'issued', by, now))
        : refuse('application-lists-not-clean');
    case 'refuse':
      return ok({ ...closed(application, 'refused', by, now), refusedFor: decision.ground });
    case 'ask-for-more':
      if (asks >= rules.asksCount) return refuse('application-asked-enough');
      return ok({
        ...asking(application, 'asked-for-more', by, now),
        ...{ askedFor: decision.items, decideBy: null },
        answerBy: epochMs(now + rules.answerHours * hourMs),
      });
    case 'request-video':
      if (asks >= rules.asksCount) return refuse('application-asked-enough');
      if (!application.mayCall) return refuse('application-no-call');
      return ok(asking(application, 'video-requested', by, now));
  }
}

function asking(
  application: Application,
  state: 'asked-for-more' | 'video-requested',
  by: Actor,
  now: EpochMs,
): Application {
  const asks = application.asks + 1;
  return { ...application, state, since: now, by, asks, silenceIssues: false, autoIssueAt: null };
}

/** An appeal against a refusal, or against silence, puts the officer's word in place of the first. */
function upheld(
  application: Application,
  { officer, lists }: Extract<ApplicationEvent, { kind: 'appeal-upheld' }>,
  now: EpochMs,
): Result<Application> {
  if (!exitsOf(application).includes('appeal')) return refuse('application-closed');
  if (!lists.clean) return refuse('application-lists-not-clean');
  return ok(closed(application, 'issued', { kind: 'staff', name: officer }, now));
}

function closed(
  application: Application,
  state: ApplicationState,
  by: Actor,
  now: EpochMs,
): Application {
  const open = { decideBy: null, autoIssueAt: null, answerBy: null, refusedFor: null };
  return { ...application, ...open, state, since: now, by };
}
