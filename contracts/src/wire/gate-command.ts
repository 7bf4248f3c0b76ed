import { z } from 'zod';
import { passageIdSchema } from '../ids.ts';
import { isReasonCode, type ReasonCode } from '../refusals.ts';

const instant = z.int().nonnegative();
const nonce = z.string().regex(/^[0-9a-f]{32}$/);
const reasonCode = z.custom<ReasonCode>(
  (value) => typeof value === 'string' && isReasonCode(value),
);

/**
 * gateway -> turnstile. `hello` comes first on every connection and names the gateway's boot; a device acts
 * only on commands of that boot, before `expiresAt`, each nonce once, never on a retained one (THREATS T14).
 * `open` is one passage in pulse mode; `refuse` and `refer` only light the sign; `release` is the fire release.
 */
export const gateCommandSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('hello'), boot: nonce, at: instant }),
  z.strictObject({
    action: z.enum(['open', 'refuse', 'refer', 'release']),
    boot: nonce,
    nonce,
    at: instant,
    expiresAt: instant,
    passage: passageIdSchema,
    reason: reasonCode,
  }),
]);
export type GateCommand = z.infer<typeof gateCommandSchema>;
export type GateOrder = Exclude<GateCommand, { action: 'hello' }>;

/** turnstile -> gateway: a command was taken, or why not. */
export const gateAckSchema = z.strictObject({
  nonce,
  result: z.enum(['accepted', 'expired', 'foreign-boot', 'repeated', 'busy', 'fault']),
});
export type GateAck = z.infer<typeof gateAckSchema>;

/** turnstile -> gateway: what happened at the arm (PROTOCOLS 2). `passage` is absent when no grant was open. */
export const turnstilePassageSchema = z.strictObject({
  event: z.enum(['started', 'completed', 'timed-out', 'forced', 'reversed']),
  passage: z.exactOptional(passageIdSchema),
});
export type TurnstilePassage = z.infer<typeof turnstilePassageSchema>;

/** device -> gateway, retained; the last will says `offline`. */
export const deviceStateSchema = z.strictObject({ state: z.enum(['online', 'offline', 'fault']) });
export type DeviceState = z.infer<typeof deviceStateSchema>;
