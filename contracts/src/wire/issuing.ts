import { z } from 'zod';
import { COLOURS } from '../code/colour.ts';
import { communityIdSchema, sha256HexSchema } from '../ids.ts';
import { documentReferenceCharsMax, documentReferenceCharsMin } from '../limits.ts';

/** Where an application stands. The last four end it; who wants another answer then applies anew, or appeals. */
export const APPLICATION_STATES = [
  'submitted',
  'comparing',
  'queued',
  'asked-for-more',
  'video-requested',
  'issued',
  'auto-issued',
  'refused',
  'withdrawn',
] as const;
export type ApplicationState = (typeof APPLICATION_STATES)[number];

/** Why an officer may refuse, and no other reason: what a holder cannot answer is no reason. */
export const REFUSAL_GROUNDS = {
  'not-resident': {
    zh: '不在本社区居住或居住不满期限。',
    en: 'Does not live in this community, or not long enough.',
  },
  'on-control-list': { zh: '属于重点人员名单。', en: 'Stands on a control list.' },
  'declaration-contradicted': {
    zh: '申报内容与核实情况不符。',
    en: 'What was declared does not agree with what was found.',
  },
  'identity-not-confirmed': { zh: '身份未能核实。', en: 'The identity could not be confirmed.' },
  'symptoms-seen': {
    zh: '视频核验时体温或症状不符合条件。',
    en: 'The temperature or the state seen in the call does not meet the conditions.',
  },
  'nothing-sent': { zh: '未按要求补充材料。', en: 'What was asked for was not sent.' },
} as const;
export type RefusalGround = keyof typeof REFUSAL_GROUNDS;

/** What an officer may ask an applicant for. */
export const MISSING_ITEMS = {
  'proof-of-residence': { zh: '居住证明', en: 'proof of residence' },
  'proof-of-work-or-school': { zh: '复工或就学证明', en: 'proof of work or school' },
  'end-of-isolation': { zh: '解除隔离证明', en: 'certificate that isolation has ended' },
  'negative-test': { zh: '核酸检测阴性报告', en: 'a negative test report' },
  'travel-record': { zh: '行程记录', en: 'a travel record' },
  'declaration-anew': { zh: '重新申报', en: 'the declaration, made anew' },
} as const;
export type MissingItem = keyof typeof MISSING_ITEMS;

/** What a holder may say against a decision about them. */
export const APPEAL_REASONS = {
  'not-my-record': { zh: '该记录不属于本人。', en: 'The record is not mine.' },
  'record-wrong': { zh: '记录内容有误。', en: 'The record is wrong.' },
  'was-not-there': { zh: '本人未到过该地区。', en: 'I was not in that area.' },
  'isolation-ended': { zh: '隔离已经解除。', en: 'My isolation has ended.' },
  'tested-negative': { zh: '检测结果为阴性。', en: 'I was tested negative.' },
  'refusal-unfounded': { zh: '拒绝理由不成立。', en: 'The refusal is not founded.' },
  'override-unfounded': {
    zh: '人工赋码理由不成立。',
    en: 'The colour set by hand is not founded.',
  },
  'no-decision-in-time': { zh: '超过时限未作决定。', en: 'No decision was made in time.' },
} as const;

/** Number of a document as its author wrote it; free text does not fit. */
export const documentReferenceSchema = z
  .string()
  .min(documentReferenceCharsMin)
  .max(documentReferenceCharsMax)
  .regex(/^[A-Z0-9](?:[A-Z0-9/-]*[A-Z0-9])?$/);

/** A document that stays where it is: here is its number, and the hash that shows it was not changed since. */
export const documentSchema = z.strictObject({
  reference: documentReferenceSchema,
  sha256: sha256HexSchema,
});

/** POST /v1/applications, by the holder. Symptoms and travel stand in the declaration and nowhere else. */
export const applicationSchema = z.strictObject({
  community: communityIdSchema,
  purpose: z.enum(['work', 'school', 'other']),
  /** Whether the officer may call the number that the holder registered with. */
  mayCall: z.boolean(),
});
export type ApplicationRequest = z.infer<typeof applicationSchema>;

const instant = z.int().nonnegative();
const idSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** What a holder is told of their application. Times are milliseconds since 1970. */
export const applicationViewSchema = z.strictObject({
  id: idSchema,
  community: communityIdSchema,
  purpose: z.enum(['work', 'school', 'other']),
  state: z.enum(APPLICATION_STATES),
  submittedAt: instant,
  /** Since when it stands so. */
  since: instant,
  /** By when somebody decides; null while it is the holder's turn, or all is decided. */
  decideBy: instant.nullable(),
  /** Whether the time for deciding has passed and it was reported upwards. */
  escalated: z.boolean(),
  /** When silence issues it, if the lists are still clean then; null when silence issues nothing. */
  autoIssueAt: instant.nullable(),
  /** By when the holder answers what was asked; later it goes back to the officer as it is. */
  answerBy: instant.nullable(),
  refusedFor: z.enum(keysOf(REFUSAL_GROUNDS)).nullable(),
  askedFor: z.array(z.enum(keysOf(MISSING_ITEMS))),
  /** What the holder may do now: never empty. */
  exits: z.array(z.enum(['withdraw', 'answer', 'decline-video', 'appeal', 'apply'])).min(1),
});

/** POST /v1/applications/{id}/answer, by the holder: documents for what was asked, or no video call please. */
export const applicationAnswerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('documents'), documents: z.array(documentSchema).max(6) }),
  z.strictObject({ kind: z.literal('decline-video') }),
  z.strictObject({ kind: z.literal('withdraw') }),
]);

/** POST /v1/applications/{id}/decision, by an officer of that area. */
export const officerDecisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('issue') }),
  z.strictObject({ kind: z.literal('refuse'), ground: z.enum(keysOf(REFUSAL_GROUNDS)) }),
  z.strictObject({
    kind: z.literal('ask-for-more'),
    items: z.array(z.enum(keysOf(MISSING_ITEMS))).min(1),
  }),
  z.strictObject({ kind: z.literal('request-video') }),
]);
export type OfficerDecision = z.infer<typeof officerDecisionSchema>;

/** POST /v1/appeals, by the holder: against their colour, a refusal or silence, or a colour set by hand. */
export const appealSchema = z.strictObject({
  against: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('status') }),
    z.strictObject({ kind: z.literal('application'), id: idSchema }),
    z.strictObject({ kind: z.literal('override'), id: idSchema }),
  ]),
  reason: z.enum(keysOf(APPEAL_REASONS)),
  /** Null where there is nothing to show, as against silence. */
  evidence: documentSchema.nullable(),
});
export type AppealRequest = z.infer<typeof appealSchema>;

/** POST /v1/appeals/{id}/decision, by an officer who had no part in what is disputed. */
export const appealDecisionSchema = z.strictObject({ outcome: z.enum(['upheld', 'rejected']) });

export const APPEAL_STATES = ['open', 'upheld', 'rejected', 'withdrawn'] as const;

/** What a holder is told of their appeal. */
export const appealViewSchema = z.strictObject({
  id: idSchema,
  against: z.enum(['status', 'application', 'override']),
  reason: z.enum(keysOf(APPEAL_REASONS)),
  state: z.enum(APPEAL_STATES),
  madeAt: instant,
  decideBy: instant,
  escalated: z.boolean(),
  decidedAt: instant.nullable(),
});

/** What an officer of the area sees of an application. Who it is, they see where they look a person up, and that is logged. */
export const officerApplicationSchema = z.strictObject({
  ...applicationViewSchema.shape,
  holder: idSchema,
  mayCall: z.boolean(),
});

/** GET /v1/queue: the most urgent first. */
export const queuePageSchema = z.strictObject({
  rows: z.array(officerApplicationSchema),
  /** For `after` of the next page; null at the end. */
  next: z.string().nullable(),
});

/** GET /v1/queue/{id}: with the colour that the rules and the lists give at this moment, and why. */
export const officerCaseSchema = z.strictObject({
  application: officerApplicationSchema,
  colour: z.enum(COLOURS).nullable(),
  reasons: z.array(
    z.strictObject({ rule: z.string(), reason: z.string(), zh: z.string(), en: z.string() }),
  ),
});

export const applicationsSchema = z.strictObject({ applications: z.array(applicationViewSchema) });
export const appealsSchema = z.strictObject({ appeals: z.array(appealViewSchema) });

/** GET /v1/appeals: open ones of the officer's areas, the most urgent first. */
export const appealQueueSchema = z.strictObject({
  rows: z.array(
    z.strictObject({
      ...appealViewSchema.shape,
      holder: idSchema,
      againstId: idSchema.nullable(),
      evidence: documentSchema.nullable(),
    }),
  ),
  next: z.string().nullable(),
});

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): readonly [K, ...K[]] {
  return Object.keys(record) as [K, ...K[]];
}
