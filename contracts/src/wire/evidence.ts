import { z } from 'zod';
import { COLOURS } from '../code/colour.ts';
import { regionIdSchema } from '../ids.ts';
import { evidenceRowsCountMax } from '../limits.ts';
import { idNumberSchema } from './holder.ts';

const date = z.iso.date();
const instant = z.iso.datetime({ offset: true });

function rowsOf<T extends z.ZodType>(row: T) {
  return z.array(row).min(1).max(evidenceRowsCountMax);
}

export const listingSchema = z.strictObject({ idNumber: idNumberSchema, since: date });

/**
 * POST /v1/lists/{kind}, by an operator: people put on a list. Of several dates the first that no release has
 * ended counts, in whatever order they come.
 */
export const listImportSchema = z.strictObject({ entries: rowsOf(listingSchema) });

export const RISK_LEVELS = ['low', 'medium', 'high'] as const;

export const areaRowSchema = z.strictObject({
  division: regionIdSchema,
  level: z.enum(RISK_LEVELS),
  from: date,
  until: date,
});

/** POST /v1/areas, by an operator: the risk of administrative divisions. */
export const areaRiskSchema = z.strictObject({ areas: rowsOf(areaRowSchema) });

export const TRAVEL_MODES = ['rail', 'air', 'road'] as const;

export const journeySchema = z.strictObject({
  idNumber: idNumberSchema,
  mode: z.enum(TRAVEL_MODES),
  /** Where the person was. */
  division: regionIdSchema,
  leftOn: date,
});

/** POST /v1/journeys, by an operator: travel records; the same one twice counts once. */
export const journeysImportSchema = z.strictObject({ entries: rowsOf(journeySchema) });

export const elsewhereSchema = z.strictObject({
  idNumber: idNumberSchema,
  region: regionIdSchema,
  colour: z.enum(COLOURS),
  since: instant,
  validUntil: instant,
});

/** POST /v1/elsewhere, by an operator: what other regions say of people; of a region's the latest `since` counts, and the same one again corrects it. */
export const elsewhereImportSchema = z.strictObject({ entries: rowsOf(elsewhereSchema) });

/** The query of an import. `dryRun=true` answers what it would do, and does nothing. */
export const importQuerySchema = z.strictObject({
  dryRun: z.enum(['true', 'false']).default('false'),
});

/** Every row of an import is one of `added`, `unchanged`, `changed`; the same import again is `unchanged` alone. */
export const evidenceAcceptedSchema = z.strictObject({
  accepted: z.int().nonnegative(),
  /** Holders who get a new score for it; where they are very many, in the minutes after the answer. */
  rescored: z.int().nonnegative(),
  added: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  changed: z.int().nonnegative(),
});
export type EvidenceAccepted = z.infer<typeof evidenceAcceptedSchema>;

/** A declaration that a control list contradicted: no contact was declared, though the list knew of one by then. */
export const contradictionSchema = z.strictObject({
  holder: z.string(),
  /** Where the holder said to live. */
  division: regionIdSchema,
  declared: z.literal('no-contact'),
  list: z.literal('close-contact'),
  since: date,
  /** Milliseconds since 1970. */
  declaredAt: z.int().nonnegative(),
  foundAt: z.int().nonnegative(),
});
export type Contradiction = z.infer<typeof contradictionSchema>;

/** In the order in which they were found. `next` is null on the last page. */
export const contradictionPageSchema = z.strictObject({
  rows: z.array(contradictionSchema),
  next: z.string().nullable(),
});
