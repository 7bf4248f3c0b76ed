import { ok, type Result, refuse } from '@greengate/contracts/result';
import type {
  ApplicationRequest,
  applicationAnswerSchema,
  OfficerDecision,
} from '@greengate/contracts/wire/issuing';
import type { z } from 'zod';
import { coversDivision } from '../area.ts';
import type { Evidence } from '../evidence-port.ts';
import type { ApplicationEvent, ApplicationRow, ApplicationStep } from '../issuing-port.ts';
import { ProblemError } from '../problem.ts';
import { applicationFlow } from './application.ts';
import { type DeskDeps, must, newId } from './desk.ts';
import { compareLists } from './lists.ts';
import { applicationSteps } from './steps.ts';

export interface ApplicationDesk {
  apply(holder: string, request: ApplicationRequest): Promise<ApplicationRow>;
  answer(
    holder: string,
    id: string,
    answer: z.infer<typeof applicationAnswerSchema>,
  ): Promise<ApplicationRow>;
  decide(officer: string, id: string, decision: OfficerDecision): Promise<ApplicationRow>;
  /** Does what time alone does. Answers how many moved. */
  doDue(count: number): Promise<number>;
}

export function applicationDesk(deps: DeskDeps): ApplicationDesk {
  const { store, clock, random, log, region, rules, calendar, rescore } = deps;
  const steps = applicationSteps(applicationFlow(calendar, rules));

  /** One event on an application, in a transaction that sees the lists as they are then. */
  const move = async (
    id: string,
    eventOf: (row: ApplicationRow, clean: boolean) => Result<ApplicationEvent>,
  ): Promise<ApplicationRow> => {
    const now = clock.now();
    const moved = await store.moveApplication(id, (row, evidence) => {
      const lists = compareLists(evidence, now, rules);
      const event = eventOf(row, lists.clean);
      return event.ok ? steps.move(row, event.value, lists, now) : event;
    });
    const row = must(moved);
    await rescore([row.holder]);
    return row;
  };

  return {
    apply: async (holder, request) => {
      if (!coversDivision(region, request.community)) {
        throw new ProblemError('request-invalid', 'The community is not of this region.');
      }
      const now = clock.now();
      const submit = (latest: ApplicationRow | undefined, evidence: Evidence | undefined) =>
        evidence === undefined
          ? refuse('not-declared')
          : steps.submit(request, latest, compareLists(evidence, now, rules), now);
      const row = must(await store.submitApplication(newId(random), holder, submit));
      await rescore([holder]);
      return row;
    },
    answer: async (holder, id, answer) => {
      // Before anything is read of whose it is: the time tells no more than the answer (THREATS T21).
      if ((await store.application(id))?.holder !== holder) throw new ProblemError('not-found');
      return move(id, () =>
        ok(answer.kind === 'documents' ? { kind: 'answer', documents: answer.documents } : answer),
      );
    },
    decide: (officer, id, decision) =>
      move(id, (_row, clean) => ok({ kind: 'decision', officer, decision, lists: { clean } })),
    doDue: async (count) => {
      const now = clock.now();
      let moved = 0;
      let escalated = 0;
      for (const id of await store.dueApplications(now, count)) {
        let events: ApplicationStep['events'] = [];
        await store.moveApplication(id, (row, evidence) => {
          const step = steps.settle(row, compareLists(evidence, now, rules), now);
          events = step.events;
          return events.length === 0 ? refuse('application-closed') : ok(step);
        });
        if (events.length > 0) moved += 1;
        if (events.some(({ event }) => event === 'escalated')) escalated += 1;
      }
      if (escalated > 0) log.error('applications are late', { count: escalated });
      return moved;
    },
  };
}
