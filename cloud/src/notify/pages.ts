import { REPORT_TO } from '@greengate/contracts/rules/report';
import { z } from 'zod';
import type { Notice, NoticeMark } from '../notice-port.ts';
import { noticeRowsDefault, noticeRowsMax } from './limits.ts';

const limit = z.coerce.number().int().min(1).max(noticeRowsMax).default(noticeRowsDefault);

const mark = z
  .string()
  .regex(/^[0-9]{1,16}:[0-9a-f]{32}$/)
  .transform((text): NoticeMark => {
    const [at, notice = ''] = text.split(':');
    return { at: Number(at), notice };
  });

/** The query of GET /v1/notices. */
export const noticesQuerySchema = z.strictObject({
  state: z.enum(['due', 'sent', 'dead']),
  /** `next` of the page before. */
  after: mark.optional(),
  limit,
});

/** The query of GET /v1/notices/mine. */
export const mineQuerySchema = z.strictObject({ after: mark.optional(), limit });

/** The query of GET /v1/notice-targets. */
export const targetsQuerySchema = z.strictObject({ after: z.string().max(64).optional(), limit });

/** Notices as operators see them: not whom they are about. */
export const noticePageSchema = z.strictObject({
  rows: z.array(
    z.strictObject({
      notice: z.string(),
      about: z.enum(['red', 'fever']),
      to: z.enum(REPORT_TO),
      target: z.string().nullable(),
      division: z.string(),
      at: z.int(),
      state: z.enum(['due', 'sent', 'dead']),
      /** When it is due; of one that is over, when it was over. */
      dueAt: z.int(),
      attempts: z.int(),
      failure: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});

export function noticeRow(notice: Notice): z.infer<typeof noticePageSchema>['rows'][number] {
  const { body, recipient, target = null, division, at, state, dueAt, attempts } = notice;
  return {
    ...{ notice: notice.notice, about: body.about, to: recipient, target, division },
    ...{ at, state, dueAt, attempts, failure: notice.failure ?? null },
  };
}

/** Where the next page begins, if there may be one. */
export function nextOf(rows: readonly NoticeMark[], limit: number): string | null {
  const last = rows.at(-1);
  return last !== undefined && rows.length === limit ? `${last.at}:${last.notice}` : null;
}
