import { passageIdSchema } from '@greengate/contracts/ids';
import { isReasonCode, type ReasonCode } from '@greengate/contracts/refusals';
import { z } from 'zod';

const reason = z.custom<ReasonCode>((value) => typeof value === 'string' && isReasonCode(value));
const instant = z.int().nonnegative();
const action = z.enum(['open', 'refuse', 'refer', 'release']);

/** An order as a turnstile got it. */
export const orderReportSchema = z.strictObject({
  kind: z.literal('order'),
  lane: z.string(),
  at: instant,
  passage: passageIdSchema,
  nonce: z.string(),
  action,
  reason,
  result: z.string(),
  /** Nobody stood at the lane for it. Never so on a lane that a person plays by hand. */
  stray: z.boolean(),
});
export type OrderReport = z.infer<typeof orderReportSchema>;

/** One passenger's turn at a lane. */
export const passageReportSchema = z.strictObject({
  kind: z.literal('passage'),
  lane: z.string(),
  at: instant,
  person: z.string(),
  passback: z.boolean(),
  expected: z.strictObject({ action, reason }),
  /** What came to the turnstile; null when nothing did. */
  got: z.strictObject({ action, reason, passage: passageIdSchema }).nullable(),
  /** The gateway went away meanwhile, so an answer could not be asked for. */
  excused: z.boolean(),
  /** From the last byte of the scan to the order, on the monotonic clock. */
  latencyMs: z.number().nullable(),
});
export type PassageReport = z.infer<typeof passageReportSchema>;

/** What a station says, one JSON text a line on its standard output. */
export const stationReportSchema = z.discriminatedUnion('kind', [
  /** The devices are plugged in. Pseudo-terminals by lane: the gateway's ends, and those to scan by hand. */
  z.strictObject({
    kind: z.literal('plugged'),
    serial: z.record(z.string(), z.string()),
    hand: z.record(z.string(), z.string()),
  }),
  orderReportSchema,
  passageReportSchema,
  /** Nobody is in the gates any more. */
  z.strictObject({ kind: z.literal('stopped') }),
]);
export type StationReport = z.infer<typeof stationReportSchema>;

/** What a station is told, one JSON text a line on its standard input. It ends when that closes. */
export const stationOrderSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('start') }),
  /** Whether a gateway is there to be asked. */
  z.strictObject({ kind: z.literal('gateway'), up: z.boolean() }),
  /** No more arrivals; finish those who are in the gates. */
  z.strictObject({ kind: z.literal('stop') }),
]);
export type StationOrder = z.infer<typeof stationOrderSchema>;

/** Undefined for a line that is not one of ours. */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
