import { z } from 'zod';
import { regionIdSchema } from '../ids.ts';
import { idNumberSchema } from './holder.ts';

const date = z.iso.date();

/** POST /v1/lists/{kind}, by an operator: people put on a list; who is there already keeps the first date. */
export const listImportSchema = z.strictObject({
  entries: z
    .array(z.strictObject({ idNumber: idNumberSchema, since: date }))
    .min(1)
    .max(1000),
});

export const RISK_LEVELS = ['low', 'medium', 'high'] as const;

/** POST /v1/areas, by an operator: the risk of administrative divisions. */
export const areaRiskSchema = z.strictObject({
  areas: z
    .array(
      z.strictObject({
        division: regionIdSchema,
        level: z.enum(RISK_LEVELS),
        from: date,
        until: date,
      }),
    )
    .min(1)
    .max(1000),
});

/** How many rows were taken and how many holders got a new score for it. */
export const evidenceAcceptedSchema = z.strictObject({
  accepted: z.int().nonnegative(),
  rescored: z.int().nonnegative(),
});
