import { ok, type Result } from '@greengate/contracts/result';
import type { AppealRequest } from '@greengate/contracts/wire/issuing';
import type {
  AppealOutcome,
  AppealRow,
  AppealStore,
  ApplicationRow,
  OverrideRow,
} from '../issuing-port.ts';
import { ProblemError, problemFor } from '../problem.ts';
import { appealAfter, appealDueAt, makeAppeal } from './appeal.ts';
import { applicationFlow, exitsOf } from './application.ts';
import { type DeskDeps, must, newId } from './desk.ts';
import { compareLists } from './lists.ts';
import { liftOverride, overrideStateAt } from './override.ts';
import { applicationSteps } from './steps.ts';

export interface AppealDesk {
  appeal(holder: string, request: AppealRequest): Promise<AppealRow>;
  withdraw(holder: string, id: string): Promise<AppealRow>;
  judge(officer: string, id: string, outcome: 'upheld' | 'rejected'): Promise<AppealRow>;
  /** Reports what is late. Answers how many. */
  doDue(count: number): Promise<number>;
}

type Against = Parameters<Parameters<AppealStore['moveAppeal']>[1]>[1];

export function appealDesk(deps: DeskDeps): AppealDesk {
  const { store, clock, random, log, rules, calendar, rescore } = deps;
  const steps = applicationSteps(applicationFlow(calendar, rules));

  /** What an upheld appeal mends by itself. Against the rules' own colour it does nothing: lists and areas are corrected. */
  const mended = (
    officer: string,
    { application, override, evidence }: Against,
  ): Result<Partial<AppealOutcome>> => {
    const now = clock.now();
    if (application && exitsOf(application).includes('appeal')) {
      const lists = compareLists(evidence, now, rules);
      const event = { kind: 'appeal-upheld', officer, lists } as const;
      const step = steps.move(application, event, lists, now);
      return step.ok ? ok({ application: step.value }) : step;
    }
    if (override && overrideStateAt(override, now, rules) === 'effective') {
      const lifted = liftOverride(override, officer, now, rules);
      return lifted.ok ? ok({ override: lifted.value }) : lifted;
    }
    return ok({});
  };

  return {
    appeal: async (holder, request) => {
      const target = await targetOf(deps, holder, request);
      const made = makeAppeal(request, target.disputed, clock.now(), rules);
      const row = { ...made, id: newId(random), holder, division: target.division };
      const isNew = await store.addAppeal(row, appealDueAt(row) ?? null);
      if (!isNew) throw new ProblemError('already-exists');
      return row;
    },
    withdraw: async (holder, id) => {
      // Before anything is read of whose it is: the time tells no more than the answer (THREATS T21).
      if ((await store.appeal(id))?.holder !== holder) throw new ProblemError('not-found');
      const moved = await store.moveAppeal(id, (row) => {
        const after = appealAfter(row, { kind: 'withdraw' }, clock.now());
        return after.ok ? ok({ appeal: after.value, dueAt: null }) : after;
      });
      return must(moved);
    },
    judge: async (officer, id, outcome) => {
      const moved = await store.moveAppeal(id, (row, against) => {
        // Whoever decided since the appeal was made does not judge it either.
        const by = against.application?.by;
        const since = by?.kind === 'staff' && !row.disputed.includes(by.name) ? [by.name] : [];
        const disputed = [...row.disputed, ...since].slice(0, 2);
        const event = { kind: 'decision', officer, outcome } as const;
        const after = appealAfter({ ...row, disputed }, event, clock.now());
        if (!after.ok) return after;
        const mending = outcome === 'upheld' ? mended(officer, against) : ok({});
        return mending.ok ? ok({ appeal: after.value, dueAt: null, ...mending.value }) : mending;
      });
      const row = must(moved);
      await rescore([row.holder]);
      return row;
    },
    doDue: async (count) => {
      const now = clock.now();
      const due = await store.dueAppeals(now, count);
      for (const id of due) {
        await store.moveAppeal(id, (row) => {
          const after = appealAfter(row, { kind: 'time' }, now);
          if (!after.ok) return after;
          return ok({ appeal: after.value, dueAt: appealDueAt(after.value) ?? null });
        });
      }
      if (due.length > 0) log.error('appeals are late', { count: due.length });
      return due.length;
    },
  };
}

interface Target {
  /** Who may not judge. */
  readonly disputed: readonly string[];
  /** Where it is judged. */
  readonly division: string;
}

/** What an appeal is against, if it is the holder's own and there is something to say against it. */
async function targetOf(
  { store, clock, rules }: DeskDeps,
  holder: string,
  { against }: AppealRequest,
): Promise<Target> {
  if (against.kind === 'application') {
    const row = own(await store.application(against.id), holder);
    if (!exitsOf(row).includes('appeal')) throw problemFor({ code: 'application-closed' });
    return { disputed: row.by.kind === 'staff' ? [row.by.name] : [], division: row.community };
  }
  const [latest] = await store.applicationsOf(holder, 1);
  const division = latest?.community ?? (await store.status(holder))?.division;
  if (division === undefined) throw new ProblemError('not-declared');
  if (against.kind === 'status') return { disputed: [], division };
  const row = own(await store.override(against.id), holder);
  if (overrideStateAt(row, clock.now(), rules) !== 'effective') {
    throw problemFor({ code: 'override-closed' });
  }
  const disputed = [row.proposedBy, row.answeredBy].filter((name) => name !== null);
  return { disputed, division };
}

function own<T extends ApplicationRow | OverrideRow>(row: T | undefined, holder: string): T {
  if (row?.holder !== holder) throw new ProblemError('not-found');
  return row;
}
