import { z } from 'zod';
import { regionIdSchema } from '../ids.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { parseRule } from './certlogic-parse.ts';
import { packDaysMax, packInputsCountMax, packRulesCountMax } from './limits.ts';
import { packColoursSchema } from './pack-colours.ts';
import { packInputSchema, packTestsSchema, packThresholdsSchema } from './pack-inputs.ts';
import { label, text } from './pack-words.ts';
import { REPORT_TO } from './report.ts';

const expression = z.unknown().superRefine((value, context) => {
  const params = { lint: 'expression-malformed' };
  for (const { message } of parseRule(value).problems)
    context.addIssue({ code: 'custom', message, params });
});

const instant = z.string().refine((text) => parseDateTime(text) !== null, {
  error: 'not an ISO 8601 date or date-time',
  params: { lint: 'date-unparseable' },
});

const days = z.int().min(1).max(packDaysMax);

/** What a verdict says about a rule: who it is, and why, to the holder. */
const wording = { id: label, outcome: label, reason: label, zh: text, en: text };

const ruleSchema = z
  .strictObject({
    ...wording,
    /** CertLogic over `ScoringFacts`; the rule matches when it is truthy. */
    when: expression,
    /** How long the outcome holds; null holds for as long as the rule matches. */
    holdDays: days.nullable(),
    /** CertLogic for the date that a hold counts from; null, or a falsy answer, is the instant of scoring. */
    holdFrom: expression.nullable(),
    /** The best colour that this rule allows once its hold is over; null without a hold. */
    next: label.nullable(),
    /** Set by the province: a region's own pack may add to it, never take from it (DOMAIN 3). */
    hardLine: z.boolean(),
    /** Stands beside the rule that decides, as a contradiction does: it need not decide any verdict itself. */
    informs: z.literal(true).exactOptional(),
    /** Who is told when the rule turns a holder red; absent: the community, and the unit of a holder who has one. */
    report: z.array(z.enum(REPORT_TO)).min(1).exactOptional(),
  })
  .refine((rule) => (rule.holdDays === null) === (rule.next === null), {
    error: 'a hold needs the colour that follows it, and only a hold has one',
    path: ['next'],
  })
  .refine((rule) => rule.holdDays !== null || rule.holdFrom === null, {
    error: 'holdFrom without a hold',
    path: ['holdFrom'],
  });
export type ScoringRule = z.infer<typeof ruleSchema>;

/**
 * A scoring pack as data: every threshold, text, colour and date of a scheme is here and none is in the code.
 * PROTOCOLS 6; the expressions are CertLogic over `ScoringFacts` and `thresholds`. docs/rules.md
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
    colours: packColoursSchema,
    thresholds: packThresholdsSchema,
    /** Every fact that an expression reads, and none besides. */
    inputs: z.array(packInputSchema).max(packInputsCountMax),
    rules: z.array(ruleSchema).max(packRulesCountMax),
    defaults: z.strictObject({
      /** The verdict when no rule matches. */
      clear: z.strictObject(wording),
      /** What a code becomes at the end of its life; it never makes a worse colour better. */
      lapse: z.strictObject(wording),
      /** Life of a code, from `codeValidFrom` on. */
      codeValidDays: days,
      /** CertLogic for the date that a code's life counts from; null is the instant of scoring. */
      codeValidFrom: expression.nullable(),
    }),
    tests: packTestsSchema,
  })
  .superRefine((pack, context) => {
    for (const path of repeatedNames(pack)) {
      const [first] = path;
      const message = `two ${first} of a pack share a name`;
      context.addIssue({ code: 'custom', message, path });
    }
    for (const path of unknownColours(pack)) {
      const message = 'the pack has no such colour';
      context.addIssue({ code: 'custom', message, path, params: { lint: 'colour-unknown' } });
    }
    const [best] = pack.colours;
    for (const [index, rule] of pack.rules.entries()) {
      if (!rule.hardLine || rule.outcome !== best?.id) continue;
      const path = ['rules', index, 'hardLine'];
      context.addIssue({ code: 'custom', message: 'a hard line cannot be the best colour', path });
    }
  });
export type ScoringPack = z.infer<typeof scoringPackSchema>;

/** What the checks across a pack look at. */
interface Names {
  readonly colours: readonly { readonly id: string }[];
  readonly inputs: readonly { readonly path: string }[];
  readonly rules: readonly ScoringRule[];
  readonly defaults: Readonly<
    Record<'clear' | 'lapse', { readonly id: string; readonly outcome: string }>
  >;
  readonly tests: readonly {
    readonly name: string;
    readonly expect: { readonly colour: string; readonly nextColour?: string };
  }[];
}

function repeatedNames({ colours, inputs, rules, defaults, tests }: Names): string[][] {
  const ids = [defaults.clear.id, defaults.lapse.id, ...rules.map((rule) => rule.id)];
  const repeats = (names: readonly string[]) => new Set(names).size !== names.length;
  return [
    ...(repeats(ids) ? [['rules']] : []),
    ...(repeats(colours.map((colour) => colour.id)) ? [['colours']] : []),
    ...(repeats(inputs.map((input) => input.path)) ? [['inputs']] : []),
    ...(repeats(tests.map((test) => test.name)) ? [['tests']] : []),
  ];
}

function unknownColours({ colours, rules, defaults, tests }: Names): (string | number)[][] {
  const known = new Set(colours.map((colour) => colour.id));
  const named: (readonly [string | null | undefined, (string | number)[]])[] = [
    [defaults.clear.outcome, ['defaults', 'clear', 'outcome']],
    [defaults.lapse.outcome, ['defaults', 'lapse', 'outcome']],
    ...rules.flatMap(
      (rule, index) =>
        [
          [rule.outcome, ['rules', index, 'outcome']] as const,
          [rule.next, ['rules', index, 'next']] as const,
        ] as [string | null, (string | number)[]][],
    ),
    ...tests.flatMap(
      (test, index) =>
        [
          [test.expect.colour, ['tests', index, 'expect', 'colour']],
          [test.expect.nextColour, ['tests', index, 'expect', 'nextColour']],
        ] as [string | undefined, (string | number)[]][],
    ),
  ];
  return named.flatMap(([id, path]) => (id == null || known.has(id) ? [] : [path]));
}
