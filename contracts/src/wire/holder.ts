import { z } from 'zod';
import { CODE_KINDS, COLOURS } from '../code/colour.ts';
import { regionIdSchema, unitIdSchema } from '../ids.ts';
import { temperatureCentiCMax, temperatureCentiCMin } from '../limits.ts';

/**
 * The document that a person is known by: a resident identity number (GB 11643), 17 digits and a check
 * character; or a passport as country (ISO 3166, three letters), dash, number. Exists in the cloud only.
 */
export const idNumberSchema = z.string().regex(/^(?:[0-9]{17}[0-9X]|[A-Z]{3}-[A-Z0-9]{5,9})$/);

/** POST /v1/holders, by a registrar. */
export const holderRegistrationSchema = z.strictObject({
  name: z.string().min(1).max(64),
  idNumber: idNumberSchema,
  phone: z.string().regex(/^\+?[0-9]{5,15}$/),
});
/** `token`: the holder's bearer token, shown once. */
export const holderCreatedSchema = z.strictObject({ holderId: z.string(), token: z.string() });

export const symptomsSchema = z.strictObject({
  fever: z.boolean(),
  dryCough: z.boolean(),
  fatigue: z.boolean(),
});

/** Hundredths of a degree Celsius; null when none was taken. */
export const reportedTemperatureSchema = z
  .int()
  .min(temperatureCentiCMin)
  .max(temperatureCentiCMax)
  .nullable();

/** POST /v1/declarations, by the holder (DOMAIN 2). */
export const declarationSchema = z.strictObject({
  /** Administrative division where the holder lives. */
  division: regionIdSchema,
  symptoms: symptomsSchema,
  residenceDays: z.int().min(0).max(36_500),
  contactOfCase: z.boolean(),
  highRiskTravel: z.boolean(),
  temperatureCentiC: reportedTemperatureSchema,
  /** What the holder needs to travel for, where a scheme asks. */
  purpose: z.enum(['work', 'school', 'other']).exactOptional(),
  /** Employer or school of a holder who has one: it is told of a red as the community is. */
  unit: unitIdSchema.exactOptional(),
});
export type Declaration = z.infer<typeof declarationSchema>;

/** What a holder is told about their colour: never a colour without an explanation (DOMAIN 3). */
export const holderStatusSchema = z.strictObject({
  colour: z.enum(COLOURS),
  nextColour: z.enum(COLOURS),
  validUntil: z.int().nonnegative(),
  ver: z.int().positive(),
  pack: z.strictObject({ id: z.string(), version: z.int().positive() }),
  reasons: z.array(
    z.strictObject({ rule: z.string(), reason: z.string(), zh: z.string(), en: z.string() }),
  ),
});

/** POST /v1/codes, by the holder. A phone sends its compressed P-256 point (33 bytes) as hex. */
export const codeRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('phone'),
    publicKey: z.string().regex(/^0[23][0-9a-f]{64}$/),
  }),
  z.strictObject({ kind: z.literal('paper') }),
]);
/** `token`: hex of the COSE_Sign1; a phone presents it step by step, paper prints it. */
export const codeIssuedSchema = z.strictObject({
  kind: z.enum(CODE_KINDS),
  token: z.string().regex(/^(?:[0-9a-f]{2})+$/),
  expiresAt: z.int().nonnegative(),
});
