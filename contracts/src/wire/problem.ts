import { z } from 'zod';
import { isReasonCode, type ReasonCode } from '../refusals.ts';

/** application/problem+json (RFC 9457): `code` is of the registry; `detail` says what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.custom<ReasonCode>((value) => typeof value === 'string' && isReasonCode(value)),
  detail: z.exactOptional(z.string()),
  /** The title in Chinese. */
  zh: z.exactOptional(z.string()),
});
export type Problem = z.infer<typeof problemSchema>;

/** The 409 answer of POST /v1/passages: the next number the cloud expects, and what it holds. */
export const passageGapSchema = problemSchema.extend({
  gap: z.int().positive(),
  acked: z.int().nonnegative(),
});
