import type { EpochMs } from '@greengate/contracts/time';
import type {
  appealQueueSchema,
  appealViewSchema,
  applicationViewSchema,
  officerApplicationSchema,
} from '@greengate/contracts/wire/issuing';
import { OVERRIDE_REASONS, type overrideRecordSchema } from '@greengate/contracts/wire/override';
import { z } from 'zod';
import type { AppealRow, ApplicationRow, OverrideRow, QueueMark } from '../issuing-port.ts';
import { pageLimit } from '../page.ts';
import { exitsOf } from './application.ts';
import { overrideStateAt } from './override.ts';
import type { IssuingRules } from './rules.ts';

/** What a holder is told of their application. */
export function applicationView(row: ApplicationRow): z.infer<typeof applicationViewSchema> {
  const { id, community, purpose, state, submittedAt, since, decideBy, autoIssueAt } = row;
  const { answerBy, refusedFor, askedFor, escalatedAt } = row;
  return {
    ...{ id, community, purpose, state, submittedAt, since, decideBy, autoIssueAt },
    ...{ answerBy, refusedFor, askedFor: [...askedFor], escalated: escalatedAt !== null },
    exits: [...exitsOf(row)],
  };
}

export function officerApplication(row: ApplicationRow): z.infer<typeof officerApplicationSchema> {
  return { ...applicationView(row), holder: row.holder, mayCall: row.mayCall };
}

export function appealView(row: AppealRow): z.infer<typeof appealViewSchema> {
  const { id, against, reason, state, madeAt, decideBy, decidedAt, escalatedAt } = row;
  const escalated = escalatedAt !== null;
  return { id, against: against.kind, reason, state, madeAt, decideBy, escalated, decidedAt };
}

export function officerAppeal(row: AppealRow): z.infer<typeof appealQueueSchema>['rows'][number] {
  const { holder, against, evidence } = row;
  const againstId = against.kind === 'status' ? null : against.id;
  return { ...appealView(row), holder, againstId, evidence };
}

export function overrideRecord(
  row: OverrideRow,
  now: EpochMs,
  rules: IssuingRules,
): z.infer<typeof overrideRecordSchema> {
  const { id, holder, colour, reason, evidence, proposedAt, expiresAt } = row;
  const { proposedBy, answeredBy, liftedBy } = row;
  const { zh, en } = OVERRIDE_REASONS[reason];
  const state = overrideStateAt(row, now, rules);
  return {
    ...{ id, holder, colour, reason, zh, en, state, evidence, proposedAt, expiresAt },
    ...{ proposedBy, answeredBy, liftedBy },
  };
}

const mark = z
  .string()
  .regex(/^[0-9]{1,15}:[0-9a-f]{32}$/)
  .transform((text): QueueMark => {
    const [decideBy = '', id = ''] = text.split(':');
    return { decideBy: Number(decideBy), id };
  });

/** The query of a queue: one community or division of the officer's, or else all of theirs. */
export const queueQuery = z.strictObject({
  community: z
    .string()
    .regex(/^[1-9][0-9]{5}(?:[0-9]{3}){0,2}$/)
    .optional(),
  after: mark.optional(),
  limit: pageLimit,
});

/** The query of a list that the newest begin. */
export const newestQuery = z.strictObject({ before: mark.optional(), limit: pageLimit });

/** Where the next page begins, if there may be one. */
export function nextOf<T extends { readonly id: string }>(
  rows: readonly T[],
  count: number,
  at: (row: T) => number | null,
): string | null {
  const last = rows.at(-1);
  return last === undefined || rows.length < count ? null : `${at(last) ?? 0}:${last.id}`;
}
