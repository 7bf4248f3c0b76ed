import {
  appealDecisionSchema,
  appealQueueSchema,
  appealViewSchema,
  officerApplicationSchema,
  officerCaseSchema,
  officerDecisionSchema,
  queuePageSchema,
} from '@greengate/contracts/wire/issuing';
import { coversDivision, divisionStem } from '../area.ts';
import { parseWith, readJson } from '../body.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, mustReach, officerOf } from '../route.ts';
import type { AppealDesk } from './appeal-desk.ts';
import type { ApplicationDesk } from './application-desk.ts';
import type { DeskDeps } from './desk.ts';
import { nextOf, officerAppeal, officerApplication, queueQuery } from './views.ts';

/** What officers see and decide: of their own areas, and of no other is there anything to be found. */
export function officerRoutes(
  app: CloudApp,
  { store }: Pick<DeskDeps, 'store'>,
  applications: ApplicationDesk,
  appeals: AppealDesk,
): void {
  const callers = ['officer'] as const;
  addRoute(app, {
    method: 'get',
    path: '/v1/queue',
    summary: 'Applications that wait for a decision, the most urgent first.',
    callers,
    looks: true,
    query: queueQuery,
    answer: queuePageSchema,
    handler: async (c) => {
      const { community, after, limit } = parseWith(queueQuery, c.req.query());
      const rows = await store.queue(stemsOf(officerOf(c).areas, community), after, limit);
      const next = nextOf(rows, limit, ({ decideBy }) => decideBy);
      return c.json({ rows: rows.map(officerApplication), next });
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/queue/{id}',
    summary: 'An application, with the colour that rules and lists give at this moment.',
    callers,
    answer: officerCaseSchema,
    looks: true,
    handler: async (c) => {
      const row = await store.application(c.req.param('id') ?? '');
      if (row === undefined) throw new ProblemError('not-found');
      mustReach(c, row.community);
      const status = await store.status(row.holder);
      const reasons = (status?.matched ?? []).map(({ rule, reason, zh, en }) => {
        return { rule, reason, zh, en };
      });
      const colour = status?.colour ?? null;
      return c.json({ application: officerApplication(row), colour, reasons });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/applications/{id}/decision',
    summary: 'Issue, refuse, ask for more, or request a video call.',
    callers,
    body: officerDecisionSchema,
    answer: officerApplicationSchema,
    handler: async (c) => {
      const decision = await readJson(c, officerDecisionSchema);
      const id = c.req.param('id') ?? '';
      const row = await store.application(id);
      if (row === undefined) throw new ProblemError('not-found');
      mustReach(c, row.community);
      const decided = await applications.decide(officerOf(c).id, id, decision);
      return c.json(officerApplication(decided));
    },
  });
  appealRoutes(app, store, appeals);
}

function appealRoutes(app: CloudApp, store: DeskDeps['store'], appeals: AppealDesk): void {
  const callers = ['officer'] as const;
  addRoute(app, {
    method: 'get',
    path: '/v1/appeals',
    summary: 'Open appeals, the most urgent first.',
    callers,
    looks: true,
    query: queueQuery,
    answer: appealQueueSchema,
    handler: async (c) => {
      const { community, after, limit } = parseWith(queueQuery, c.req.query());
      const rows = await store.openAppeals(stemsOf(officerOf(c).areas, community), after, limit);
      const next = nextOf(rows, limit, ({ decideBy }) => decideBy);
      return c.json({ rows: rows.map(officerAppeal), next });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/appeals/{id}/decision',
    summary: 'Uphold or reject an appeal against what somebody else decided.',
    callers,
    body: appealDecisionSchema,
    answer: appealViewSchema,
    handler: async (c) => {
      const { outcome } = await readJson(c, appealDecisionSchema);
      const id = c.req.param('id') ?? '';
      const row = await store.appeal(id);
      if (row === undefined) throw new ProblemError('not-found');
      mustReach(c, row.division);
      return c.json(officerAppeal(await appeals.judge(officerOf(c).id, id, outcome)));
    },
  });
}

/** What the divisions begin with that an officer asks for. A community that is none of theirs is not found. */
function stemsOf(areas: readonly string[], community: string | undefined): readonly string[] {
  if (community === undefined) return areas.map(divisionStem);
  if (!areas.some((area) => coversDivision(area, community))) throw new ProblemError('not-found');
  return [divisionStem(community)];
}
