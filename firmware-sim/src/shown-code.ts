import { fromHex } from '@greengate/contracts/bytes';
import { encodeBase45 } from '@greengate/contracts/code/base45';
import { CODE_PREFIX, presentToken, printToken } from '@greengate/contracts/code/health-code';
import { stepAt } from '@greengate/contracts/code/holder-proof';
import { codeCharsMax } from '@greengate/contracts/limits';
import type { EpochMs } from '@greengate/contracts/time';
import type { Passenger } from './person.ts';

/** What phones compute with. */
export interface PhoneCrypto {
  sha256(bytes: Uint8Array): Uint8Array;
  /** ECDSA P-256 with SHA-256 under a PKCS8 key (DER, base64); r||s. */
  signP256(phoneKey: string, message: Uint8Array): Uint8Array;
}

// Two steps more than any gate accepts, so that the verdict holds although the gate decides a little later.
const STALE_STEPS = 4;
const AHEAD_STEPS = 4;

/**
 * The text under the scanner. `visit` numbers the passage, so that no two bad codes have the same text; a
 * borrowed code is proven by `strangerKey`, which is another person's phone.
 */
export function showCode(
  passenger: Passenger,
  now: EpochMs,
  visit: number,
  strangerKey: string,
  crypto: PhoneCrypto,
): string {
  const { person, phoneKey } = passenger;
  const token = fromHex(passenger.token);
  const step = stepAt(now);
  const live = (at: number, key: string | null = phoneKey, shown: Uint8Array = token): string =>
    key === null
      ? printToken(shown)
      : presentToken(shown, at, crypto.sha256, (message) => crypto.signP256(key, message));

  switch (person.flaw) {
    case 'screenshot':
      return live(step - STALE_STEPS);
    case 'clock-ahead':
      return live(step + AHEAD_STEPS);
    case 'no-proof':
      return printToken(token);
    case 'borrowed':
      return live(step, strangerKey);
    case 'forged':
      return live(step, phoneKey, flipBit(token, visit));
    case 'truncated':
      return cutOff(live(step));
    case 'oversized':
      return `${live(step)}${'0'.repeat(codeCharsMax)}`.slice(0, codeCharsMax + 1);
    case 'not-a-code':
      return `https://pay.example/t/${visit}`;
    case 'garbled':
      return `${CODE_PREFIX}${encodeBase45(fromHex(visit.toString(16).padStart(8, '0')))}:::`;
    case 'expired':
    case 'not-yet-valid':
    case 'foreign-region':
    case 'foreign-key':
    case 'replica-key':
    case null:
      return live(step);
  }
}

/** Changes one bit of the signature, which is the last 64 bytes of a token. */
function flipBit(token: Uint8Array, visit: number): Uint8Array {
  const forged = token.slice();
  const at = forged.length - 1 - (visit % 64);
  forged[at] = (forged[at] ?? 0) ^ 1;
  return forged;
}

/** Loses the end in a way that no whole code has: one character past a Base45 group (RFC 9285). */
function cutOff(text: string): string {
  const body = Math.floor((text.length - CODE_PREFIX.length) / 6) * 3;
  return text.slice(0, CODE_PREFIX.length + body + 1);
}
