import { z } from 'zod';
import { documentSchema } from './issuing.ts';

/** The colours that a person may set by hand. */
export const OVERRIDE_COLOURS = ['green', 'yellow', 'red'] as const;
export type OverrideColour = (typeof OVERRIDE_COLOURS)[number];

/** Kinds of document that a colour set by hand may rest on. */
export const EVIDENCE_KINDS = [
  'laboratory-report',
  'epidemiological-report',
  'quarantine-order',
  'quarantine-release',
  'correction-record',
  'appeal-decision',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

interface OverrideReason {
  /** Whether it asks for a worse colour than the rules do, or lets a better one through. */
  readonly effect: 'worsens' | 'lifts';
  readonly colours: readonly OverrideColour[];
  readonly evidence: readonly EvidenceKind[];
  readonly zh: string;
  readonly en: string;
}

/**
 * Why a colour may be set by hand: for each reason the colours that it can give and the documents that it needs.
 * All are reasons of health or mend an error; there is none for anything else (DOMAIN 3: the 1,317 depositors).
 */
export const OVERRIDE_REASONS = {
  'test-positive': {
    effect: 'worsens',
    colours: ['red'],
    evidence: ['laboratory-report'],
    zh: '检测结果为阳性，名单尚未更新。',
    en: 'A test was positive; the lists do not have it yet.',
  },
  'contact-found': {
    effect: 'worsens',
    colours: ['red', 'yellow'],
    evidence: ['epidemiological-report'],
    zh: '流行病学调查判定为接触者。',
    en: 'An investigation found a contact with a case.',
  },
  'quarantine-ordered': {
    effect: 'worsens',
    colours: ['red', 'yellow'],
    evidence: ['quarantine-order'],
    zh: '已下达隔离医学观察决定。',
    en: 'Isolation was ordered.',
  },
  'quarantine-over': {
    effect: 'lifts',
    colours: ['green', 'yellow'],
    evidence: ['quarantine-release'],
    zh: '隔离已解除，名单尚未更新。',
    en: 'Isolation has ended; the lists do not have it yet.',
  },
  'test-negative': {
    effect: 'lifts',
    colours: ['green', 'yellow'],
    evidence: ['laboratory-report'],
    zh: '检测结果为阴性，排除感染。',
    en: 'A test was negative and rules an infection out.',
  },
  'record-in-error': {
    effect: 'lifts',
    colours: ['green', 'yellow'],
    evidence: ['correction-record', 'appeal-decision'],
    zh: '记录有误，正在更正。',
    en: 'A record is wrong and is being corrected.',
  },
} as const satisfies Record<string, OverrideReason>;
export type OverrideReasonId = keyof typeof OVERRIDE_REASONS;

const reasonIds = Object.keys(OVERRIDE_REASONS) as [OverrideReasonId, ...OverrideReasonId[]];
const idSchema = z.string().regex(/^[0-9a-f]{32}$/);
const instant = z.int().nonnegative();
const evidenceSchema = z.strictObject({
  kind: z.enum(EVIDENCE_KINDS),
  ...documentSchema.shape,
});

/** POST /v1/overrides, by the first of two operators. It has no effect until another one approves it. */
export const overrideProposalSchema = z
  .strictObject({
    holder: idSchema,
    colour: z.enum(OVERRIDE_COLOURS),
    reason: z.enum(reasonIds),
    evidence: evidenceSchema,
    /** Milliseconds since 1970; at most 14 days ahead. */
    expiresAt: instant,
  })
  .refine(({ reason, colour }) => reasonOf(reason).colours.includes(colour), {
    error: 'this reason does not give this colour',
    path: ['reason'],
  })
  .refine(({ reason, evidence }) => reasonOf(reason).evidence.includes(evidence.kind), {
    error: 'this reason needs another kind of evidence',
    path: ['evidence', 'kind'],
  });
export type OverrideProposal = z.infer<typeof overrideProposalSchema>;

/** POST /v1/overrides/{id}/approval, by the second. They name the evidence that they have read. */
export const overrideApprovalSchema = z.strictObject({
  decision: z.enum(['approve', 'refuse']),
  evidenceSha256: documentSchema.shape.sha256,
});
export type OverrideApproval = z.infer<typeof overrideApprovalSchema>;

export const OVERRIDE_STATES = [
  'proposed',
  'effective',
  'refused',
  'unanswered',
  'lifted',
  'expired',
] as const;
export type OverrideState = (typeof OVERRIDE_STATES)[number];

/** What operators and the holder see of an override; the holder sees no names. */
export const overrideViewSchema = z.strictObject({
  id: idSchema,
  colour: z.enum(OVERRIDE_COLOURS),
  reason: z.enum(reasonIds),
  zh: z.string(),
  en: z.string(),
  state: z.enum(OVERRIDE_STATES),
  proposedAt: instant,
  expiresAt: instant,
});

/** What operators and auditors see of an override. */
export const overrideRecordSchema = z.strictObject({
  ...overrideViewSchema.shape,
  holder: idSchema,
  evidence: evidenceSchema,
  proposedBy: z.string(),
  answeredBy: z.string().nullable(),
  liftedBy: z.string().nullable(),
});

/** GET /v1/overrides: the newest first. */
export const overridePageSchema = z.strictObject({
  rows: z.array(overrideRecordSchema),
  /** For `before` of the next page; null at the end. */
  next: z.string().nullable(),
});

/** GET /v1/overrides/mine, by the holder: each colour that was set by hand, and how to say something against it. */
export const noticesSchema = z.strictObject({
  notices: z.array(
    z.strictObject({
      override: idSchema,
      at: instant,
      colour: z.enum(OVERRIDE_COLOURS),
      reason: z.enum(reasonIds),
      zh: z.string(),
      en: z.string(),
      expiresAt: instant,
    }),
  ),
});

export const OVERRIDE_ALARM_KINDS = [
  'person-rate',
  'pair-rate',
  'foreign-divisions',
  'region-rate',
] as const;

/** GET /v1/override-alarms: whose overrides are stopped, and why. Those that nobody cleared come first. */
export const overrideAlarmsSchema = z.strictObject({
  alarms: z.array(
    z.strictObject({
      id: idSchema,
      kind: z.enum(OVERRIDE_ALARM_KINDS),
      people: z.array(z.string()).min(1).max(2),
      count: z.int(),
      limit: z.int(),
      raisedAt: instant,
      clearedAt: instant.nullable(),
      clearedBy: z.string().nullable(),
    }),
  ),
});

function reasonOf(reason: OverrideReasonId): OverrideReason {
  return OVERRIDE_REASONS[reason];
}
