import { z } from 'zod';
import { COLOURS } from '../code/colour.ts';
import { scoringFactsSchema } from '../rules/facts.ts';

const instant = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const colourSchema = z.enum(COLOURS);
const packName = z.strictObject({ id: z.string(), version: z.int() });

/** A verdict as it was given. */
const scoreSchema = z.strictObject({
  /** When it was given, milliseconds since 1970; names it. */
  at: instant,
  colour: colourSchema,
  nextColour: colourSchema,
  validUntil: instant,
  pack: packName,
  inputsHash: digest,
  verdictHash: digest,
});

export const scoresPageSchema = z.strictObject({
  /** The newest first. */
  scores: z.array(scoreSchema),
  /** For `before` of the next page; null at the end. */
  next: instant.nullable(),
});

/** Why a verdict was what it was: made anew from what was stored of it, always in the same bytes. */
export const explanationSchema = z.strictObject({
  score: scoreSchema,
  /** Whether the stored facts and the stored pack still give the stored verdict. */
  reproduced: z.boolean(),
  /** What the rules saw. */
  facts: scoringFactsSchema,
  /** Every rule that bore on the verdict, the one that decided first. */
  rules: z.array(
    z.strictObject({
      rule: z.string(),
      reason: z.string(),
      zh: z.string(),
      en: z.string(),
      /** Each path that the rule read, with the value found there. */
      values: z.record(z.string(), z.unknown()),
      /** Which part of the rule decided, with what it read; null for what no expression decides, such as a lapse. */
      because: z
        .strictObject({
          zh: z.string(),
          en: z.string(),
          deciders: z.array(z.looseObject({ at: z.string(), zh: z.string(), en: z.string() })),
          omitted: z.int(),
        })
        .nullable(),
    }),
  ),
});
export type ScoreExplanation = z.infer<typeof explanationSchema>;
