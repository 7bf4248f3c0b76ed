import { holderNoticesSchema, noticeTargetSchema } from '@greengate/contracts/wire/notice';
import { z } from 'zod';
import { parseWith, readJson } from '../body.ts';
import type { NoticeStore } from '../notice-port.ts';
import type { Clock, Signer } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, holderOf } from '../route.ts';
import type { Sealer } from '../sealer.ts';
import {
  mineQuerySchema,
  nextOf,
  noticePageSchema,
  noticeRow,
  noticesQuerySchema,
  targetsQuerySchema,
} from './pages.ts';
import { shownTarget, targetOf, targetPageSchema, targetWrittenSchema } from './targets.ts';

export interface NotifyDeps {
  readonly store: NoticeStore;
  readonly clock: Clock;
  readonly addresses: Sealer;
  /** Signs webhooks. */
  readonly signer: Signer;
}

/** Who is told of a red or a fever, what became of it, and what a holder was told. */
export function notifyRoutes(app: CloudApp, deps: NotifyDeps): void {
  targetRoutes(app, deps);
  noticeRoutes(app, deps);
}

function targetRoutes(app: CloudApp, { store, clock, addresses, signer }: NotifyDeps): void {
  const signedBy = { keyId: signer.keyId, publicKey: signer.publicKey };

  addRoute(app, {
    method: 'put',
    path: '/v1/notice-targets',
    summary: 'Add or replace who is told of a red or a fever, and how.',
    callers: ['operator'],
    body: noticeTargetSchema,
    answer: targetWrittenSchema,
    handler: async (c) => {
      const target = targetOf(await readJson(c, noticeTargetSchema), addresses);
      await store.putNoticeTarget(target, clock.now());
      const answer: z.infer<typeof targetWrittenSchema> = {
        target: shownTarget(target, addresses),
        signedBy,
      };
      return c.json(answer);
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/notice-targets',
    summary: 'Who is told, page by page; addresses are masked.',
    callers: ['operator', 'auditor'],
    query: targetsQuerySchema,
    answer: targetPageSchema,
    handler: async (c) => {
      const { after, limit } = parseWith(targetsQuerySchema, c.req.query());
      const found = await store.noticeTargets(after, limit);
      const next = found.length === limit ? (found.at(-1)?.target ?? null) : null;
      const rows = found.map((one) => shownTarget(one, addresses));
      const page: z.infer<typeof targetPageSchema> = { rows, signedBy, next };
      return c.json(page);
    },
  });

  addRoute(app, {
    method: 'delete',
    path: '/v1/notice-targets/{target}',
    summary: 'Tell somebody no more; what was not sent yet becomes a dead letter.',
    callers: ['operator'],
    answer: z.strictObject({}),
    handler: async (c) => {
      const dropped = await store.dropNoticeTarget(c.req.param('target') ?? '');
      if (!dropped) throw new ProblemError('not-found');
      return c.json({});
    },
  });
}

function noticeRoutes(app: CloudApp, { store, clock }: NotifyDeps): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/notices',
    summary: 'Notices that are due, sent or dead, page by page; not whom they are about.',
    callers: ['operator', 'auditor'],
    query: noticesQuerySchema,
    answer: noticePageSchema,
    handler: async (c) => {
      const { state, after, limit } = parseWith(noticesQuerySchema, c.req.query());
      const found = await store.noticesIn(state, after, limit);
      const marks = found.map(({ dueAt, notice }) => ({ at: dueAt, notice }));
      const rows = found.map(noticeRow);
      const page: z.infer<typeof noticePageSchema> = { rows, next: nextOf(marks, limit) };
      return c.json(page);
    },
  });

  addRoute(app, {
    method: 'post',
    path: '/v1/notices/{notice}/retry',
    summary:
      'Send a dead notice again; one that had no target goes to those that there are by now.',
    callers: ['operator'],
    answer: retriedSchema,
    handler: async (c) => {
      const due = await store.retryNotice(c.req.param('notice') ?? '', clock.now());
      if (due === undefined) throw new ProblemError('not-found');
      if (due.length === 0) throw new ProblemError('notice-target-missing');
      const answer: z.infer<typeof retriedSchema> = { due: [...due] };
      return c.json(answer);
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/notices/mine',
    summary: 'What the holder was told, the newest first.',
    callers: ['holder'],
    query: mineQuerySchema,
    answer: holderNoticesSchema,
    handler: async (c) => {
      const { after, limit } = parseWith(mineQuerySchema, c.req.query());
      const found = await store.holderNotices(holderOf(c), after, limit);
      const rows = found.map((one) => ({ ...one, reasons: [...one.reasons] }));
      const page: z.infer<typeof holderNoticesSchema> = { rows, next: nextOf(found, limit) };
      return c.json(page);
    },
  });
}

/** Ids of what is due now. */
const retriedSchema = z.strictObject({ due: z.array(z.string()) });
