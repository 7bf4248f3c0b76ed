import { z } from 'zod';
import { packProblemsCountMax, problemRowsCountMax } from '../limits.ts';
import { isReasonCode, type ReasonCode } from '../refusals.ts';
import { packFindingSchema } from './packs.ts';

/** What is wrong with one row, and never what it holds. */
export const problemRowSchema = z.strictObject({
  row: z.int().nonnegative(),
  /** Empty for the row as a whole. */
  field: z.string(),
  problem: z.string(),
});
export type ProblemRow = z.infer<typeof problemRowSchema>;

/** application/problem+json (RFC 9457): `code` is of the registry; `detail` says what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.custom<ReasonCode>((value) => typeof value === 'string' && isReasonCode(value)),
  detail: z.exactOptional(z.string()),
  /** The title in Chinese. */
  zh: z.exactOptional(z.string()),
  /** The rows of an import that are wrong, by their index in the request: the first of them. */
  rows: z.exactOptional(z.array(problemRowSchema).max(problemRowsCountMax)),
  /** How many are wrong in all. */
  rowsWrong: z.exactOptional(z.int().positive()),
  /** What speaks against a pack: the first of it, and how much more there is. */
  problems: z.exactOptional(z.array(packFindingSchema).max(packProblemsCountMax)),
  omitted: z.exactOptional(z.int().nonnegative()),
});
export type Problem = z.infer<typeof problemSchema>;

/** The 409 answer of POST /v1/passages: the next number the cloud expects, and what it holds. */
export const passageGapSchema = problemSchema.extend({
  gap: z.int().positive(),
  acked: z.int().nonnegative(),
});
