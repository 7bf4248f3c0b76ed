import { decodeCbor } from '@greengate/contracts/cbor';
import type { Crypto } from '@greengate/contracts/crypto';
import { passageBatchEventsCountMax } from '@greengate/contracts/limits';
import type { EpochMs } from '@greengate/contracts/time';
import {
  encodeEvent,
  type PassageEvent,
  passageBatchSchema,
  passageEventSchema,
} from '@greengate/contracts/wire/passage';
import { z } from 'zod';
import { poisonBytesMax } from '../limits.ts';
import type { Fever, IncomingEvent } from '../ports.ts';

/** A batch whose frame holds; each event is judged by itself, so that one bad event does not stop the others. */
export const batchFrameSchema = z.strictObject({
  epoch: passageBatchSchema.shape.epoch,
  from: passageBatchSchema.shape.from,
  events: z.array(z.unknown()).min(1).max(passageBatchEventsCountMax),
});

/**
 * Events as they are stored. One that does not fit its schema, or bears another number than its place in the
 * batch, is poison: kept as JSON text, cut to `poisonBytesMax`, hashed whole.
 */
export function incomingEvents(
  { from, events }: z.infer<typeof batchFrameSchema>,
  sha256: Crypto['sha256'],
  now: EpochMs,
): IncomingEvent[] {
  return events.map((raw, i) => {
    const seq = from + i;
    const event = passageEventSchema.safeParse(raw);
    const poison = !event.success || event.data.seq !== seq;
    const whole = poison ? new TextEncoder().encode(JSON.stringify(raw)) : encodeEvent(event.data);
    const payload = poison ? whole.subarray(0, poisonBytesMax) : whole;
    const fever = poison ? undefined : feverOf(event.data, now);
    return { seq, payload, hash: sha256(whole), poison, ...(fever && { fever }) };
  });
}

/** A stored event. What was stored fits its schema; anything else is a bug or a bad disk, and throws. */
export function storedEvent(payload: Uint8Array): PassageEvent {
  const item = decodeCbor(payload);
  if (!item.ok || !(item.value instanceof Map)) throw new Error('a stored passage is unreadable');
  return passageEventSchema.parse(Object.fromEntries(item.value));
}

/** An event holds no temperature, only that it was at or over the line of that policy. */
function feverOf(event: PassageEvent, now: EpochMs): Fever | undefined {
  if (event.kind !== 'intent' || event.reason !== 'temperature-fever') return undefined;
  const { key, lane, policyVer, at, clock } = event;
  // A clock that is ahead, or that nobody trusts, must not put a reading past what the person reports next.
  return { key, lane, policyVer, at: clock === 'untrusted' ? now : Math.min(at, now) };
}
