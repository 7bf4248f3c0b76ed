import { z } from 'zod';
import { COLOURS, type Colour } from '../code/colour.ts';
import { regionIdSchema } from '../ids.ts';
import { validateRule } from './certlogic.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { packDaysMax, packRulesCountMax, packTextCharsMax } from './limits.ts';

const colourSchema = z.enum(COLOURS);

const bySeverity: readonly Colour[] = ['green', 'pending', 'yellow', 'red'];

/** Rank for comparing: red > yellow > pending > green. */
export function severityOf(colour: Colour): number {
  return bySeverity.indexOf(colour);
}

/** The worse of two colours. */
export function moreSevere(a: Colour, b: Colour): Colour {
  return severityOf(a) >= severityOf(b) ? a : b;
}

const expression = z.unknown().superRefine((value, context) => {
  for (const { message } of validateRule(value)) context.addIssue({ code: 'custom', message });
});

const instant = z.string().refine((text) => parseDateTime(text) !== null, {
  error: 'not an ISO 8601 date or date-time',
});

const label = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
  .max(64);
const text = z.string().min(1).max(packTextCharsMax);
const days = z.int().min(1).max(packDaysMax);

/** What a verdict says about a rule: who it is, and why, to the holder. */
const explanation = { id: label, outcome: colourSchema, reason: label, zh: text, en: text };

const ruleSchema = z
  .strictObject({
    ...explanation,
    /** CertLogic over `ScoringFacts`; the rule matches when it is truthy. */
    when: expression,
    /** How long the outcome holds; null holds for as long as the rule matches. */
    holdDays: days.nullable(),
    /** CertLogic for the date that a hold counts from; null, or a falsy answer, is the instant of scoring. */
    holdFrom: expression.nullable(),
    /** The best colour that this rule allows once its hold is over; null without a hold. */
    next: colourSchema.nullable(),
    /** Set by the province: a region's own pack may add to it, never take from it (DOMAIN 3). */
    hardLine: z.boolean(),
  })
  .refine((rule) => (rule.holdDays === null) === (rule.next === null), {
    error: 'a hold needs the colour that follows it, and only a hold has one',
    path: ['next'],
  })
  .refine((rule) => rule.holdDays !== null || rule.holdFrom === null, {
    error: 'holdFrom without a hold',
    path: ['holdFrom'],
  })
  .refine((rule) => !rule.hardLine || rule.outcome !== 'green', {
    error: 'a hard line cannot be green',
    path: ['hardLine'],
  });
export type ScoringRule = z.infer<typeof ruleSchema>;

/**
 * A scoring pack as data: every threshold, text and date of a scheme is here and none is in the code.
 * PROTOCOLS 6; the expressions are CertLogic.
 */
export const scoringPackSchema = z
  .strictObject({
    id: label,
    version: z.int().min(1),
    region: regionIdSchema,
    /** From this instant on, ISO 8601. */
    validFrom: instant,
    /** Up to, not including, this instant; null is open-ended. */
    validUntil: instant.nullable(),
    rules: z.array(ruleSchema).max(packRulesCountMax),
    defaults: z.strictObject({
      /** The verdict when no rule matches. */
      clear: z.strictObject(explanation),
      /** What a code becomes at the end of its life; it never makes a worse colour better. */
      lapse: z.strictObject(explanation),
      /** Life of a code, from `codeValidFrom` on. */
      codeValidDays: days,
      /** CertLogic for the date that a code's life counts from; null is the instant of scoring. */
      codeValidFrom: expression.nullable(),
    }),
  })
  .refine((pack) => new Set(idsOf(pack)).size === idsOf(pack).length, {
    error: 'two rules of a pack share an id',
    path: ['rules'],
  });
export type ScoringPack = z.infer<typeof scoringPackSchema>;

function idsOf(pack: {
  readonly rules: readonly { readonly id: string }[];
  readonly defaults: {
    readonly clear: { readonly id: string };
    readonly lapse: { readonly id: string };
  };
}): string[] {
  return [pack.defaults.clear.id, pack.defaults.lapse.id, ...pack.rules.map((rule) => rule.id)];
}
