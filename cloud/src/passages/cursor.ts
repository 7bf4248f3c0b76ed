import { gatewayIdSchema } from '@greengate/contracts/ids';
import { passageRowSchema } from '@greengate/contracts/wire/passage';
import { z } from 'zod';
import { pageLimit } from '../page.ts';
import type { PassageMark } from '../ports.ts';

const cursor = z
  .string()
  .regex(/^[a-z0-9-]{1,32}:[1-9][0-9]{0,14}:[1-9][0-9]{0,14}$/)
  .transform((text): PassageMark => {
    const [gateway, epoch, seq] = text.split(':');
    return { gateway: gatewayIdSchema.parse(gateway), epoch: Number(epoch), seq: Number(seq) };
  });

/** The query of GET /v1/passages. */
export const pageQuerySchema = z.strictObject({
  gateway: gatewayIdSchema.optional(),
  /** `next` of the page before. */
  after: cursor.optional(),
  limit: pageLimit,
});

/** Rows by gateway, epoch and seq. `next` is null on the last page. */
export const passagePageSchema = z.strictObject({
  rows: z.array(passageRowSchema),
  next: z.string().nullable(),
});

/** The same for events that were acknowledged and could not be stored; `payload` is hex of what came. */
export const deadLetterPageSchema = z.strictObject({
  rows: z.array(
    z.strictObject({
      gateway: gatewayIdSchema,
      epoch: z.int(),
      seq: z.int(),
      reason: z.string(),
      payload: z.string(),
    }),
  ),
  next: z.string().nullable(),
});

/** Where the next page begins, if there may be one. */
export function nextOf(found: readonly PassageMark[], limit: number): string | null {
  const last = found.at(-1);
  return last !== undefined && found.length === limit ? cursorOf(last) : null;
}

function cursorOf({ gateway, epoch, seq }: PassageMark): string {
  return `${gateway}:${epoch}:${seq}`;
}
