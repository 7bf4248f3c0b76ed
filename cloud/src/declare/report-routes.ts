import { holderStatusSchema } from '@greengate/contracts/wire/holder';
import { dailyReportSchema, reportPageSchema } from '@greengate/contracts/wire/report';
import { z } from 'zod';
import { parseWith, readJson } from '../body.ts';
import { chinaDay } from '../china-day.ts';
import type { ReportStore } from '../evidence-port.ts';
import { pageLimit } from '../page.ts';
import type { Clock, StatusRow } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, holderOf } from '../route.ts';
import { statusAnswer } from './status-answer.ts';

export interface ReportDeps {
  readonly store: ReportStore;
  readonly clock: Clock;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
  readonly current: (holder: string) => Promise<StatusRow | undefined>;
}

/** The daily report of temperature and symptoms, which keeps a code alive and ends a hold (DOMAIN 2). */
export function reportRoutes(app: CloudApp, { store, clock, rescore, current }: ReportDeps): void {
  addRoute(app, {
    method: 'post',
    path: '/v1/reports',
    summary: "Make the day's report; answers the colour that follows, and why.",
    callers: ['holder'],
    body: dailyReportSchema,
    answer: holderStatusSchema,
    handler: async (c) => {
      const report = await readJson(c, dailyReportSchema);
      const holder = holderOf(c);
      if ((await current(holder)) === undefined) throw new ProblemError('not-declared');
      const at = clock.now();
      await store.addReport(holder, { day: chinaDay(at), at, ...report });
      await rescore([holder]);
      return c.json(statusAnswer(await current(holder)));
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/reports',
    summary: "Read one's own daily reports, page by page, the newest first.",
    callers: ['holder'],
    query: querySchema,
    answer: reportPageSchema,
    handler: async (c) => {
      const { before, limit } = parseWith(querySchema, c.req.query());
      const rows = await store.reports(holderOf(c), before, limit);
      const next = rows.length < limit ? null : (rows.at(-1)?.day ?? null);
      return c.json({ rows, next });
    },
  });
}

const querySchema = z.strictObject({
  /** `next` of the page before: a day. */
  before: z.iso.date().optional(),
  limit: pageLimit,
});
