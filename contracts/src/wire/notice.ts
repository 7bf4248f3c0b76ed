import { z } from 'zod';
import { COLOURS } from '../code/colour.ts';
import { gatewayIdSchema, laneIdSchema, regionIdSchema, unitIdSchema } from '../ids.ts';
import { REPORT_TO } from '../rules/report.ts';

const instant = z.int().nonnegative();
const hex32 = z.string().regex(/^[0-9a-f]{32}$/);

/** What a notice tells, and no more: who gets it is told neither a name nor a number, only rules, codes and dates. */
export const noticeBodySchema = z.discriminatedUnion('about', [
  z.strictObject({
    about: z.literal('red'),
    colour: z.literal('red'),
    /** The colour from `validUntil` on, unless something new is learnt. */
    nextColour: z.enum(COLOURS),
    validUntil: instant,
    pack: z.strictObject({ id: z.string(), version: z.int().positive() }),
    reasons: z.array(z.strictObject({ rule: z.string(), reason: z.string() })),
  }),
  z.strictObject({
    about: z.literal('fever'),
    gateway: gatewayIdSchema,
    lane: laneIdSchema,
  }),
]);
export type NoticeBody = z.infer<typeof noticeBodySchema>;

/** The JSON that a webhook gets. The same `notice` may come twice; it is one notice. */
export const noticeMessageSchema = z.strictObject({
  notice: hex32,
  to: z.enum(REPORT_TO),
  region: regionIdSchema,
  /** Where the holder lives, or the gate's region when the holder is not known. */
  division: z.string().regex(/^[0-9]{6,12}$/),
  /** The same person has the same reference in all that one target gets, and another in what others get. */
  holder: hex32.nullable(),
  at: instant,
  tells: noticeBodySchema,
});
export type NoticeMessage = z.infer<typeof noticeMessageSchema>;

/** RFC 9421 over a webhook: these components in this order, one signature, Ed25519 by the cloud's key for notices. */
export const NOTICE_SIGNATURE = {
  label: 'greengate',
  tag: 'greengate-notice-1',
  components: ['@method', '@target-uri', 'content-digest', 'content-type', 'idempotency-key'],
  parameters: ['created', 'keyid', 'alg', 'tag'],
  algorithm: 'ed25519',
} as const;

/** A division of GB/T 2260: province, city or district (6 digits), township (9), community (12). */
const division = z.string().regex(/^[1-9][0-9]{5}(?:[0-9]{3}){0,2}$/);
const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/);

const scope = z.discriminatedUnion('to', [
  /** The division and all below it, unless a target stands nearer to the holder. */
  z.strictObject({ to: z.enum(['community', 'disease-control']), division }),
  z.strictObject({ to: z.literal('unit'), unit: unitIdSchema }),
]);

const delivery = z.discriminatedUnion('channel', [
  z.strictObject({
    channel: z.literal('webhook'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .refine(isPlainUrl, 'no user, password or fragment'),
  }),
  z.strictObject({ channel: z.literal('mail'), mail: z.email().max(254) }),
]);

/** PUT /v1/notice-targets, by an operator: adds a target, or replaces the one of that name. */
export const noticeTargetSchema = z.strictObject({ target: label, scope, delivery });
export type NoticeTargetRequest = z.infer<typeof noticeTargetSchema>;

/** A target as operators see it: `address` is masked, it may hold a token. */
export const noticeTargetShownSchema = z.strictObject({
  target: label,
  scope,
  channel: z.enum(['webhook', 'mail']),
  address: z.string(),
});

/** Why a notice to a holder was written: a red, a colour set by hand, a decision on what they asked for. */
export const HOLDER_ABOUT = ['red', 'override', 'decision'] as const;
export type HolderAbout = (typeof HOLDER_ABOUT)[number];

export const holderReasonSchema = z.strictObject({
  reason: z.string(),
  zh: z.string(),
  en: z.string(),
});
export type HolderReason = z.infer<typeof holderReasonSchema>;

/** GET /v1/notices/mine: what a holder was told, the newest first. */
export const holderNoticesSchema = z.strictObject({
  rows: z.array(
    z.strictObject({
      notice: hex32,
      about: z.enum(HOLDER_ABOUT),
      at: instant,
      reasons: z.array(holderReasonSchema),
    }),
  ),
  next: z.string().nullable(),
});

// One way to write it: what a lenient parser would mend, such as `https:user@host`, is refused.
function isPlainUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#@\\]+(?:[/?][^\s#\\]*)?$/i.test(text);
}
