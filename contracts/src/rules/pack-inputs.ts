import { z } from 'zod';
import { scoringFactsSchema } from './facts.ts';
import { packTestsCountMax, packThresholdsCountMax } from './limits.ts';
import { label, text } from './pack-words.ts';

const INPUT_TYPES = ['boolean', 'integer', 'text', 'date', 'colour', 'list'] as const;

/** One fact that a pack's expressions may read. What is in every item of a list has `*` for the index: `lists.*.kind`. */
export const packInputSchema = z
  .strictObject({
    path: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]*(?:\.(?:\*|[A-Za-z][A-Za-z0-9]*))*$/)
      .max(100),
    type: z.enum(INPUT_TYPES),
    /** All that a text can be; without it, any text. */
    values: z.array(z.string().max(64)).min(1).max(64).exactOptional(),
    /** Whether it may be missing. */
    nullable: z.boolean().exactOptional(),
  })
  .refine((input) => input.values === undefined || input.type === 'text', {
    error: 'only a text has a list of values',
    path: ['values'],
  });
export type PackInput = z.infer<typeof packInputSchema>;

/** Numbers of a scheme that its expressions read as `thresholds.<name>`. */
export const packThresholdsSchema = z
  .record(
    z
      .string()
      .regex(/^[a-z][A-Za-z0-9]*$/)
      .max(64),
    z.int(),
  )
  .refine((all) => Object.keys(all).length <= packThresholdsCountMax, {
    error: `more than ${packThresholdsCountMax} thresholds`,
  });

/** One person of whom the pack's author says what their verdict must be. Colours are the scheme's own. */
export const packTestSchema = z.strictObject({
  name: text,
  facts: scoringFactsSchema,
  expect: z.strictObject({
    colour: label,
    nextColour: label.exactOptional(),
    /** ISO 8601. */
    validUntil: z.iso.datetime({ offset: true }).exactOptional(),
    /** Ids of the rules in the verdict, the deciding one first. */
    rules: z.array(label).exactOptional(),
  }),
});
export type PackTest = z.infer<typeof packTestSchema>;

export const packTestsSchema = z.array(packTestSchema).max(packTestsCountMax);
