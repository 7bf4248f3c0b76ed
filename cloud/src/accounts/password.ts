import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { argonLanesCount, argonMemoryKiB, argonPassesCount } from './limits.ts';

const options = {
  // A const enum of a declaration file has no value at run time; 2 is argon2id.
  algorithm: 2 as Algorithm.Argon2id,
  memoryCost: argonMemoryKiB,
  timeCost: argonPassesCount,
  parallelism: argonLanesCount,
};

/** argon2id, as a PHC string. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), options);
}

/** The hash of a disabled person: no password fits it, and finding that out takes as long as for any other. */
export function locked(passwordHash: string): string {
  return passwordHash.startsWith(LOCK) ? passwordHash : LOCK + passwordHash;
}

export function unlocked(passwordHash: string): string {
  return passwordHash.startsWith(LOCK) ? passwordHash.slice(LOCK.length) : passwordHash;
}

/** Whether a password fits. The same work whatever the outcome. */
export async function verifyPassword(stored: {
  readonly hash: string;
  readonly password: string;
}): Promise<boolean> {
  const fits = await verify(unlocked(stored.hash), stored.password.normalize('NFKC'));
  return fits && !stored.hash.startsWith(LOCK);
}

const LOCK = 'disabled!';
