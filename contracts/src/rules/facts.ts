import { z } from 'zod';
import { COLOURS } from '../code/colour.ts';
import { regionIdSchema } from '../ids.ts';
import { temperatureCentiCMax, temperatureCentiCMin } from '../limits.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { factsListEntriesCountMax, factsReportsCountMax } from './limits.ts';

const dateTime = z
  .string()
  .max(40)
  .refine((text) => text.includes('T') && parseDateTime(text) !== null, {
    error: 'not an ISO 8601 date-time with seconds, such as 2020-03-01T08:00:00+08:00',
  });

const dateOrDateTime = z
  .string()
  .max(40)
  .refine((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && parseDateTime(text) !== null, {
    error: 'not an ISO 8601 date or date-time, such as 2020-03-01',
  });

/** The key-person control lists (DOMAIN 2). */
export const LIST_KINDS = [
  'confirmed',
  'suspected',
  'asymptomatic',
  'close-contact',
  'returnee',
  'released',
] as const;
export const listKindSchema = z.enum(LIST_KINDS);
export type ListKind = z.infer<typeof listKindSchema>;

/**
 * What is known about one person when a colour is computed: plain JSON, all times ISO 8601 text.
 *
 * A text without an offset counts as UTC, as CertLogic has it; a bare date is its first instant.
 */
export const scoringFactsSchema = z.strictObject({
  /** The instant of scoring. The scorer sets it, so that stored facts can be replayed by themselves. */
  now: dateTime,
  declaration: z.strictObject({
    at: dateTime,
    symptoms: z.strictObject({ fever: z.boolean(), dryCough: z.boolean(), fatigue: z.boolean() }),
    /** Consecutive days lived in the region. */
    residenceDays: z.int().min(0).max(100_000),
    contactOfCase: z.boolean(),
    highRiskTravel: z.boolean(),
    /** Hundredths of a degree Celsius, as in the latest reading or report: 3730 is 37.3. */
    temperatureCentiC: z.int().min(temperatureCentiCMin).max(temperatureCentiCMax).nullable(),
    /** What the holder needs to travel for; absent when nobody asked. */
    purpose: z.enum(['work', 'school', 'other']).exactOptional(),
  }),
  /** The entries that stand now: whoever was taken off a list is not here. */
  lists: z
    .array(
      z.strictObject({
        kind: listKindSchema,
        since: dateOrDateTime,
        /** Days since `since` with a daily report that was clean; absent counts as none. */
        reportedDays: z.int().min(0).max(100_000).exactOptional(),
      }),
    )
    .max(factsListEntriesCountMax),
  /** Risk of the area that the person has lived in. */
  area: z.strictObject({ level: z.enum(['low', 'medium', 'high']) }),
  /** The latest daily report, or null when none was made since the declaration. */
  lastReportAt: dateTime.nullable(),
  /** Areas that travel records (rail, air, road) place the person in; absent when none were asked for. */
  journeys: z
    .array(z.strictObject({ level: z.enum(['low', 'medium', 'high']), leftAt: dateOrDateTime }))
    .max(factsReportsCountMax)
    .exactOptional(),
  /** What other regions say of the person; absent when none was asked. */
  elsewhere: z
    .array(
      z.strictObject({ region: regionIdSchema, colour: z.enum(COLOURS), since: dateOrDateTime }),
    )
    .max(factsReportsCountMax)
    .exactOptional(),
});
export type ScoringFacts = z.infer<typeof scoringFactsSchema>;
