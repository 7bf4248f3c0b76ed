import type { holderStatusSchema } from '@greengate/contracts/wire/holder';
import type { z } from 'zod';
import type { StatusRow } from '../ports.ts';
import { ProblemError } from '../problem.ts';

/** What a holder is told. Refuses `not-declared`. */
export function statusAnswer(status: StatusRow | undefined): z.infer<typeof holderStatusSchema> {
  if (status === undefined) throw new ProblemError('not-declared');
  const { colour, nextColour, validUntil, ver, pack, matched } = status;
  const reasons = matched.map(({ rule, reason, zh, en }) => ({ rule, reason, zh, en }));
  return { colour, nextColour, validUntil, ver, pack, reasons };
}
