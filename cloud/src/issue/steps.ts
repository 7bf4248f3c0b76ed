import { ok, type Result } from '@greengate/contracts/result';
import type { EpochMs } from '@greengate/contracts/time';
import type { ApplicationRequest } from '@greengate/contracts/wire/issuing';
import type {
  Actor,
  Application,
  ApplicationEvent,
  ApplicationRecord,
  ApplicationStep,
  Lists,
} from '../issuing-port.ts';
import { type ApplicationFlow, dueAt } from './application.ts';

/** An application with what time does to it at once, and the lines of its history. Pure. */
export interface ApplicationSteps {
  submit(
    request: ApplicationRequest,
    latest: Application | undefined,
    lists: Lists,
    now: EpochMs,
  ): Result<ApplicationStep>;
  /** One event, and whatever time does then. */
  move(
    application: Application,
    event: ApplicationEvent,
    lists: Lists,
    now: EpochMs,
  ): Result<ApplicationStep>;
  /** Only what time does. */
  settle(application: Application, lists: Lists, now: EpochMs): ApplicationStep;
}

export function applicationSteps(flow: ApplicationFlow): ApplicationSteps {
  const settled = (
    application: Application,
    lists: Lists,
    now: EpochMs,
    before: readonly ApplicationRecord[],
  ): ApplicationStep => {
    const events = [...before];
    let one = application;
    for (let due = dueAt(one); due !== undefined && due <= now; due = dueAt(one)) {
      const next = flow.after(one, { kind: 'time', lists }, now);
      if (!next.ok) break;
      const late = one.escalatedAt === null && next.value.escalatedAt !== null;
      const { state } = next.value;
      events.push({
        at: now,
        event: late ? 'escalated' : 'time',
        state,
        by: { kind: 'system' },
        detail: { listsClean: lists.clean },
      });
      one = next.value;
    }
    return { application: one, dueAt: dueAt(one) ?? null, events };
  };
  return {
    submit: (request, latest, lists, now) => {
      const made = flow.submit(request, latest, now);
      if (!made.ok) return made;
      const { state, by } = made.value;
      return ok(settled(made.value, lists, now, [{ at: now, event: 'submitted', state, by }]));
    },
    move: (application, event, lists, now) => {
      const moved = flow.after(application, event, now);
      if (!moved.ok) return moved;
      const { state } = moved.value;
      const record = {
        at: now,
        event: event.kind,
        state,
        by: actorOf(event),
        detail: detailOf(event),
      };
      return ok(settled(moved.value, lists, now, [record]));
    },
    settle: (application, lists, now) => settled(application, lists, now, []),
  };
}

function actorOf(event: ApplicationEvent): Actor {
  switch (event.kind) {
    case 'time':
      return { kind: 'system' };
    case 'decision':
    case 'appeal-upheld':
      return { kind: 'staff', name: event.officer };
    default:
      return { kind: 'holder' };
  }
}

function detailOf(event: ApplicationEvent): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'decision':
      return { ...event.decision, listsClean: event.lists.clean };
    case 'answer':
      return { documents: event.documents };
    default:
      return {};
  }
}
