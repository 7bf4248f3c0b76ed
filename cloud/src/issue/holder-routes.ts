import {
  appealSchema,
  appealsSchema,
  appealViewSchema,
  applicationAnswerSchema,
  applicationSchema,
  applicationsSchema,
  applicationViewSchema,
} from '@greengate/contracts/wire/issuing';
import { noticesSchema, OVERRIDE_REASONS } from '@greengate/contracts/wire/override';
import { readJson } from '../body.ts';
import { addRoute, type CloudApp, holderOf } from '../route.ts';
import type { AppealDesk } from './appeal-desk.ts';
import type { ApplicationDesk } from './application-desk.ts';
import type { DeskDeps } from './desk.ts';
import { ownRowsMax } from './limits.ts';
import { appealView, applicationView } from './views.ts';

/** What a holder asks for, answers, and says against a decision; and what they are told. */
export function holderRoutes(
  app: CloudApp,
  { store }: Pick<DeskDeps, 'store'>,
  applications: ApplicationDesk,
  appeals: AppealDesk,
): void {
  const callers = ['holder'] as const;
  addRoute(app, {
    method: 'post',
    path: '/v1/applications',
    summary: 'Apply for a code; until it is decided the code is black-and-white.',
    callers,
    body: applicationSchema,
    answer: applicationViewSchema,
    handler: async (c) => {
      const request = await readJson(c, applicationSchema);
      return c.json(applicationView(await applications.apply(holderOf(c), request)));
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/applications/mine',
    summary: "The holder's own applications, the newest first.",
    callers,
    answer: applicationsSchema,
    handler: async (c) => {
      const rows = await store.applicationsOf(holderOf(c), ownRowsMax);
      return c.json({ applications: rows.map(applicationView) });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/applications/{id}/answer',
    summary: 'Send what was asked for, decline a video call, or withdraw.',
    callers,
    body: applicationAnswerSchema,
    answer: applicationViewSchema,
    handler: async (c) => {
      const answer = await readJson(c, applicationAnswerSchema);
      const row = await applications.answer(holderOf(c), c.req.param('id') ?? '', answer);
      return c.json(applicationView(row));
    },
  });
  appealRoutes(app, store, appeals);
  addRoute(app, {
    method: 'get',
    path: '/v1/overrides/mine',
    summary: "Each colour of the holder's that two people set by hand, the newest first.",
    callers,
    answer: noticesSchema,
    handler: async (c) => {
      const rows = await store.notices(holderOf(c), ownRowsMax);
      const notices = rows.map((row) => {
        const { zh, en } = OVERRIDE_REASONS[row.reason];
        return { ...row, zh, en };
      });
      return c.json({ notices });
    },
  });
}

function appealRoutes(app: CloudApp, store: DeskDeps['store'], appeals: AppealDesk): void {
  const callers = ['holder'] as const;
  addRoute(app, {
    method: 'post',
    path: '/v1/appeals',
    summary: 'Appeal against a colour, a refusal, silence, or a colour set by hand.',
    callers,
    body: appealSchema,
    answer: appealViewSchema,
    handler: async (c) => {
      const request = await readJson(c, appealSchema);
      return c.json(appealView(await appeals.appeal(holderOf(c), request)));
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/appeals/mine',
    summary: "The holder's own appeals, the newest first.",
    callers,
    answer: appealsSchema,
    handler: async (c) => {
      const rows = await store.appealsOf(holderOf(c), ownRowsMax);
      return c.json({ appeals: rows.map(appealView) });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/appeals/{id}/withdrawal',
    summary: 'Withdraw an appeal.',
    callers,
    answer: appealViewSchema,
    handler: async (c) => {
      const row = await appeals.withdraw(holderOf(c), c.req.param('id') ?? '');
      return c.json(appealView(row));
    },
  });
}
