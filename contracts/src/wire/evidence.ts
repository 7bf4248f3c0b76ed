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

/** POST /v1/lists/{kind}, by an operator: people put on a list; who is there already keeps the first date. */
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

/** POST /v1/elsewhere, by an operator: what other regions say of people; a later row of a region replaces its former. */
export const elsewhereImportSchema = z.strictObject({ entries: rowsOf(elsewhereSchema) });

/** How many rows were taken and how many holders got a new score for it. */
export const evidenceAcceptedSchema = z.strictObject({
  accepted: z.int().nonnegative(),
  rescored: z.int().nonnegative(),
});
