import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../ports.ts';
import type { UserRow } from './rows.ts';

/** The secret of an invitation, or the share of it that one of two people hands over: 160 random bits. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(20)).toString('base64url');
}

/** What is kept of one secret. */
export function secretHash(secret: string): string {
  return sha256(secret);
}

/**
 * What an invitation is known by, from the hashes of all its secrets in whatever order they are typed. How many there
 * are is part of it: nobody passes off one long secret as two.
 */
export function inviteHashOf(hashes: readonly string[]): string {
  return sha256([`greengate-invitation-${hashes.length}`, ...[...hashes].sort()].join('\n'));
}

/** Whether these are all the secrets of somebody's invitation, and it is open. */
export function isInvited(
  user: UserRow | undefined,
  secrets: readonly string[],
  now: number,
): boolean {
  const hash = Buffer.from(inviteHashOf(secrets.map(secretHash)));
  const held = Buffer.from(user?.inviteHash ?? inviteHashOf([]));
  const fits = held.length === hash.length && timingSafeEqual(held, hash);
  return fits && !user?.disabledAt && (user?.inviteUntil?.getTime() ?? 0) > now;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
