import { type KeyId, keyIdSchema } from '@greengate/contracts/ids';
import { requestLifetimeSecondsMax } from '@greengate/contracts/limits';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '@greengate/contracts/time';
import { REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import { requestSkewSecondsMax, signatureInputCharsMax } from '../limits.ts';

/** The parameters of a signed request whose form holds. What they say is worth nothing until the signature holds too. */
export interface SignatureClaims {
  readonly keyId: KeyId;
  readonly nonce: string;
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs;
}

const { label, tag, components } = REQUEST_SIGNATURE;

// Exactly one serialization of Signature-Input is accepted, so nothing in it is open to interpretation: these
// components in this order, these parameters in this order, one signature (THREATS T11).
const INPUT = new RegExp(
  `^${label}=\\(${components.map((name) => `"${name}"`).join(' ')}\\)` +
    ';created=(?<created>[0-9]{1,10});expires=(?<expires>[0-9]{1,10})' +
    `;nonce="(?<nonce>[A-Za-z0-9_-]{16,64})";keyid="(?<keyid>[0-9a-f]{16})";tag="${tag}"$`,
);
const SIGNATURE = new RegExp(`^${label}=:[A-Za-z0-9+/]{86}==:$`);

/** Reads the two headers. Refuses `request-signature-invalid`. */
export function readSignature(
  input: string,
  signature: string | undefined,
): Result<SignatureClaims> {
  const fields = input.length <= signatureInputCharsMax ? INPUT.exec(input)?.groups : undefined;
  const keyId = keyIdSchema.safeParse(fields?.['keyid']);
  if (!fields || !keyId.success || !SIGNATURE.test(signature ?? '')) {
    return refuse('request-signature-invalid', 'Sign exactly as the profile says.');
  }
  const created = Number(fields['created']) * 1000;
  const expires = Number(fields['expires']) * 1000;
  // Nobody's signature has been looked at: ten digits reach further than our instants do.
  if (Math.max(created, expires) > EPOCH_MS_MAX) return refuse('request-signature-invalid');
  const nonce = fields['nonce'] ?? '';
  return ok({ keyId: keyId.data, nonce, createdAt: epochMs(created), expiresAt: epochMs(expires) });
}

/** Whether the dates of a signed request are of now, and of a life that is short enough. */
export function isPresent({ createdAt, expiresAt }: SignatureClaims, now: EpochMs): boolean {
  const life = expiresAt - createdAt;
  return (
    life > 0 &&
    life <= requestLifetimeSecondsMax * 1000 &&
    Math.abs(now - createdAt) <= requestSkewSecondsMax * 1000 &&
    now <= expiresAt
  );
}
