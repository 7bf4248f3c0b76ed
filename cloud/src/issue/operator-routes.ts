import {
  overrideAlarmsSchema,
  overrideApprovalSchema,
  overridePageSchema,
  overrideProposalSchema,
  overrideRecordSchema,
} from '@greengate/contracts/wire/override';
import { parseWith, readJson } from '../body.ts';
import { addRoute, type CloudApp, personOf } from '../route.ts';
import type { DeskDeps } from './desk.ts';
import { ownRowsMax } from './limits.ts';
import type { OverrideDesk } from './override-desk.ts';
import { newestQuery, nextOf, overrideRecord } from './views.ts';

/** Colours set by hand: proposed by one operator, approved by another, seen by auditors. */
export function operatorRoutes(
  app: CloudApp,
  { store, clock, rules }: Pick<DeskDeps, 'store' | 'clock' | 'rules'>,
  desk: OverrideDesk,
): void {
  const operators = ['operator'] as const;
  const readers = ['operator', 'auditor'] as const;
  addRoute(app, {
    method: 'post',
    path: '/v1/overrides',
    summary: 'Propose a colour for a holder; it has no effect until another operator approves it.',
    callers: operators,
    body: overrideProposalSchema,
    answer: overrideRecordSchema,
    handler: async (c) => {
      const proposal = await readJson(c, overrideProposalSchema);
      const row = await desk.propose(personOf(c), proposal);
      return c.json(overrideRecord(row, clock.now(), rules));
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/overrides',
    summary: 'Colours set by hand, the newest first.',
    callers: readers,
    query: newestQuery,
    answer: overridePageSchema,
    looks: true,
    handler: async (c) => {
      const { before, limit } = parseWith(newestQuery, c.req.query());
      const found = await store.overrides(before, limit);
      const rows = found.map((row) => overrideRecord(row, clock.now(), rules));
      return c.json({ rows, next: nextOf(found, limit, ({ proposedAt }) => proposedAt) });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/overrides/{id}/approval',
    summary: 'Approve or refuse what another operator proposed, naming the evidence that was read.',
    callers: operators,
    body: overrideApprovalSchema,
    answer: overrideRecordSchema,
    handler: async (c) => {
      const approval = await readJson(c, overrideApprovalSchema);
      const row = await desk.answer(personOf(c), c.req.param('id') ?? '', approval);
      return c.json(overrideRecord(row, clock.now(), rules));
    },
  });
  addRoute(app, {
    method: 'delete',
    path: '/v1/overrides/{id}',
    summary: 'Lift a colour set by hand: what is left is what the rules say.',
    callers: operators,
    answer: overrideRecordSchema,
    handler: async (c) => {
      const row = await desk.lift(personOf(c), c.req.param('id') ?? '');
      return c.json(overrideRecord(row, clock.now(), rules));
    },
  });
  alarmRoutes(app, store, desk);
}

function alarmRoutes(app: CloudApp, store: DeskDeps['store'], desk: OverrideDesk): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/override-alarms',
    summary: 'Who was stopped from setting colours in bulk; those that nobody cleared first.',
    callers: ['operator', 'auditor'],
    answer: overrideAlarmsSchema,
    handler: async (c) => c.json({ alarms: await store.alarms(ownRowsMax) }),
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/override-alarms/{id}/clearance',
    summary: 'Let somebody else go on, after their alarm was explained.',
    callers: ['operator'],
    answer: overrideAlarmsSchema,
    handler: async (c) => {
      const alarm = await desk.clearAlarm(personOf(c), c.req.param('id') ?? '');
      return c.json({ alarms: [alarm] });
    },
  });
}
