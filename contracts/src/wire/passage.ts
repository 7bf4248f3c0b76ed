import { z } from 'zod';
import { recordEncoder } from '../cbor-record.ts';
import { gatewayIdSchema, laneIdSchema, passageIdSchema, replicaKeySchema } from '../ids.ts';
import { passageBatchEventsCountMax } from '../limits.ts';
import { isReasonCode, type ReasonCode } from '../refusals.ts';
import { RUNGS, STALENESSES, VERDICTS } from '../rules/admit.ts';
import { CLOCK_TRUSTS } from '../time.ts';

const seq = z.int().positive();
const instant = z.int().nonnegative();
const reason = z.custom<ReasonCode>((value) => typeof value === 'string' && isReasonCode(value));

/** Written before the gate acts: a crash never opens a gate that leaves no trace (THREATS finding 9). */
export const passageIntentSchema = z.strictObject({
  kind: z.literal('intent'),
  seq,
  at: instant,
  clock: z.enum(CLOCK_TRUSTS),
  passage: passageIdSchema,
  lane: laneIdSchema,
  /** Pseudonym; null when the code was refused before it could be believed. */
  key: replicaKeySchema.nullable(),
  /** The 30-second step of a phone code that was believed, else null: who used it, not who they are. */
  step: z.int().nonnegative().nullable(),
  verdict: z.enum(VERDICTS),
  reason,
  rung: z.enum(RUNGS),
  staleness: z.enum(STALENESSES),
  /** Version of the region stream that the verdict was made with. */
  replicaVer: z.int().nonnegative(),
  policyVer: z.int().nonnegative(),
});
export type PassageIntent = z.infer<typeof passageIntentSchema>;

export const OUTCOMES = [
  'completed',
  'timed-out',
  'reversed',
  'refused',
  'referred',
  'unreachable',
  'interrupted',
] as const;

/** Written when the passage is over. `interrupted`: the gateway went down in between. */
export const passageOutcomeSchema = z.strictObject({
  kind: z.literal('outcome'),
  seq,
  at: instant,
  passage: passageIdSchema,
  lane: laneIdSchema,
  outcome: z.enum(OUTCOMES),
});
export type PassageOutcome = z.infer<typeof passageOutcomeSchema>;

/** Something that an operator must know: a forced arm, a late journal, a fire release. */
export const gateAlarmSchema = z.strictObject({
  kind: z.literal('alarm'),
  seq,
  at: instant,
  lane: laneIdSchema.nullable(),
  reason,
});
export type GateAlarm = z.infer<typeof gateAlarmSchema>;

export const passageEventSchema = z.discriminatedUnion('kind', [
  passageIntentSchema,
  passageOutcomeSchema,
  gateAlarmSchema,
]);
export type PassageEvent = z.infer<typeof passageEventSchema>;

/** An event before the journal gave it its number. */
export type PassageDraft =
  | Omit<PassageIntent, 'seq'>
  | Omit<PassageOutcome, 'seq'>
  | Omit<GateAlarm, 'seq'>;

/** POST /v1/passages: events of one journal epoch, numbered `from`, `from + 1`, ... */
export const passageBatchSchema = z.strictObject({
  epoch: z.int().positive(),
  from: seq,
  events: z.array(passageEventSchema).min(1).max(passageBatchEventsCountMax),
});
export type PassageBatch = z.infer<typeof passageBatchSchema>;

/** The answer: every event of the epoch up to `acked` is durable in the cloud. */
export const passageAckSchema = z.strictObject({ acked: z.int().nonnegative() });

/** One event as the cloud holds it. */
export const passageRowSchema = z.strictObject({
  gateway: gatewayIdSchema,
  epoch: z.int().positive(),
  event: passageEventSchema,
});
export type PassageRow = z.infer<typeof passageRowSchema>;

/** The bytes that are stored and hashed: deterministic, so both sides compute the same payload hash. */
export function encodeEvent(event: PassageEvent | PassageDraft): Uint8Array {
  return ('seq' in event ? encoders : draftEncoders)[event.kind](event);
}

const fields = {
  intent: Object.keys(passageIntentSchema.shape),
  outcome: Object.keys(passageOutcomeSchema.shape),
  alarm: Object.keys(gateAlarmSchema.shape),
};
const encoders = {
  intent: recordEncoder(fields.intent),
  outcome: recordEncoder(fields.outcome),
  alarm: recordEncoder(fields.alarm),
};
const unnumbered = (keys: readonly string[]) => recordEncoder(keys.filter((key) => key !== 'seq'));
const draftEncoders = {
  intent: unnumbered(fields.intent),
  outcome: unnumbered(fields.outcome),
  alarm: unnumbered(fields.alarm),
};
