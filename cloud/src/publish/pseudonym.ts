import { createHmac } from 'node:crypto';
import { SUB_BYTES } from '@greengate/contracts/code/claims';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { pseudonymEpochDays } from '../limits.ts';
import type { PseudonymRule } from '../ports.ts';

const EPOCH_MS = pseudonymEpochDays * 86_400_000;

export function pseudonymEpochAt(now: EpochMs): number {
  return Math.floor(now / EPOCH_MS);
}

/** A code lives less than an epoch, so a pseudonym is dead two epochs after its own began. */
export function pseudonymDeadAt(epoch: number): EpochMs {
  return epochMs((epoch + 2) * EPOCH_MS);
}

/**
 * `sub` = HMAC-SHA256(key, epoch || attempt || holder), 16 bytes (PROTOCOLS 1): two epochs of one holder cannot
 * be joined without the key. A pseudonym is live in its epoch and the next, as long as a code may carry it.
 */
export function pseudonymRule(key: Uint8Array, now: EpochMs): PseudonymRule {
  const epoch = pseudonymEpochAt(now);
  return {
    epoch,
    liveFromEpoch: epoch - 1,
    derive: (holder, attempt) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(epoch, 0);
      head.writeUInt32BE(attempt, 4);
      return createHmac('sha256', key).update(head).update(holder).digest().subarray(0, SUB_BYTES);
    },
  };
}
