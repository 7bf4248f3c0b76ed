import type { Claims } from '@greengate/contracts/code/claims';
import type { RegionId } from '@greengate/contracts/ids';
import { colourAt } from '@greengate/contracts/replica/status-entry';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { paperCodeDaysMax, phoneCodeHoursMax } from '../limits.ts';
import type { Status } from '../ports.ts';

/** What a holder asks for: a phone sends its compressed P-256 point. */
export type CodeWish =
  | { readonly kind: 'phone'; readonly holderKey: Uint8Array }
  | { readonly kind: 'paper' };

const LIFE_MS = {
  phone: phoneCodeHoursMax * 3_600_000,
  paper: paperCodeDaysMax * 86_400_000,
} as const;

/**
 * The claims of a new code. It dies at the earliest of: the longest life of its kind, the end of its pseudonym,
 * and the end of the status, because a code says what its colour becomes and not when; a status that becomes
 * what it is does not end. Refuses `not-green`: a paper code proves no holder, so only a green one is printed.
 */
export function claimsFor(
  wish: CodeWish,
  status: Status,
  iss: RegionId,
  sub: Uint8Array,
  subDeadAt: EpochMs,
  now: EpochMs,
): Result<Claims> {
  const colour = colourAt(status, now);
  if (wish.kind === 'paper' && colour !== 'green') return refuse('not-green');
  const { nextColour } = status;
  const ends = colour === nextColour ? subDeadAt : status.validUntil;
  const expiresAt = wholeSeconds(Math.min(now + LIFE_MS[wish.kind], subDeadAt, ends));
  return ok({ iss, sub, issuedAt: wholeSeconds(now), expiresAt, colour, nextColour, ...wish });
}

function wholeSeconds(at: number): EpochMs {
  return epochMs(Math.floor(at / 1000) * 1000);
}
