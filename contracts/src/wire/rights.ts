import { z } from 'zod';

const row = z.record(z.string(), z.unknown());

/** GET /v1/records: rows by the name of their kind. */
export const recordsSchema = z.strictObject({ records: z.record(z.string(), z.array(row)) });

/** GET /v1/export: the same, with the person. */
export const exportSchema = z.strictObject({
  person: z.strictObject({ name: z.string(), idNumber: z.string(), phone: z.string() }),
  records: z.record(z.string(), z.array(row)),
});

/** GET /v1/looks: the newest first; `next` is for `before` of the next page. */
export const looksPageSchema = z.strictObject({
  looks: z.array(
    z.strictObject({
      seq: z.int().positive(),
      /** Milliseconds since 1970. */
      at: z.int().nonnegative(),
      role: z.string(),
      action: z.string(),
    }),
  ),
  next: z.int().nullable(),
});

/** PUT /v1/person. */
export const personCorrectionSchema = z
  .strictObject({
    name: z.string().min(1).max(64).exactOptional(),
    phone: z
      .string()
      .regex(/^\+?[0-9]{5,15}$/)
      .exactOptional(),
  })
  .refine(({ name, phone }) => name !== undefined || phone !== undefined, 'nothing to correct');

/** DELETE /v1/person. `kept`: what the law keeps. */
export const forgottenSchema = z.strictObject({
  forgotten: z.literal(true),
  kept: z.array(z.enum(['control-lists', 'audit'])),
});
