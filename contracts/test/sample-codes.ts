import { decodeBase45, encodeBase45 } from '../src/code/base45.ts';
import type { Claims } from '../src/code/claims.ts';
import { CODE_PREFIX, mintToken, presentToken, printToken } from '../src/code/health-code.ts';
import { stepAt } from '../src/code/holder-proof.ts';
import type { TrustedKey, TrustList } from '../src/code/trust.ts';
import { regionIdSchema } from '../src/ids.ts';
import { type EpochMs, epochMs } from '../src/time.ts';
import { nodeCrypto, type TestKey, testKey } from './node-crypto.ts';
import { p256Signer } from './p256-signer.ts';

/** 2020-03-01T00:00:00Z: the first instant of a step. */
export const NOW = epochMs(1_583_020_800_000);
export const HOME = regionIdSchema.parse('330100');
export const ABROAD = regionIdSchema.parse('420100');

export const issuerKey = testKey(1);
export const replicaKey = testKey(2);
export const abroadKey = testKey(3);
export const stagingKey = testKey(4);
export const strangerKey = testKey(5);
/** Trusted for January 2020 only. */
export const januaryKey = testKey(6);
export const phone = p256Signer(0x1234567890abcdefn);
export const otherPhone = p256Signer(0xfedcba0987654321n);

export const SUB = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);

const DAY = 86_400_000;

export const paperClaims: Claims = {
  iss: HOME,
  sub: SUB,
  issuedAt: epochMs(NOW - 60_000),
  expiresAt: epochMs(NOW + DAY),
  kind: 'paper',
  colour: 'green',
  nextColour: 'yellow',
};

export const phoneClaims: Claims = { ...paperClaims, kind: 'phone', holderKey: phone.publicKey };

export const trust: TrustList = {
  version: 1,
  environment: 'production',
  keys: [
    trusted(issuerKey, {}),
    trusted(replicaKey, { purpose: 'replica' }),
    trusted(abroadKey, { issuer: ABROAD }),
    trusted(stagingKey, { environment: 'staging' }),
    trusted(januaryKey, { notBefore: NOW - 60 * DAY, notAfter: NOW - 30 * DAY }),
  ],
  issuersAccepted: [HOME],
};

/** What a phone with a right clock shows at an instant. */
export function phoneCode(
  now: EpochMs = NOW,
  claims: Claims = phoneClaims,
  key: TestKey = issuerKey,
): string {
  const token = mintToken(claims, key.keyId, key.sign);
  return presentToken(token, stepAt(now), nodeCrypto.sha256, phone.sign);
}

export function paperCode(claims: Claims = paperClaims, key: TestKey = issuerKey): string {
  return printToken(mintToken(claims, key.keyId, key.sign));
}

/** The bytes behind a code's Base45. */
export function bytesOf(code: string): Uint8Array {
  const bytes = decodeBase45(code.slice(CODE_PREFIX.length));
  if (!bytes.ok) throw new Error(`not Base45: ${code}`);
  return bytes.value;
}

export function codeOf(bytes: Uint8Array): string {
  return CODE_PREFIX + encodeBase45(bytes);
}

/** A copy with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function trusted(key: TestKey, fields: Partial<TrustedKey>): TrustedKey {
  return {
    keyId: key.keyId,
    publicKey: key.publicKey,
    purpose: 'issue',
    issuer: HOME,
    environment: 'production',
    notBefore: NOW - DAY,
    notAfter: NOW + 90 * DAY,
    ...fields,
  };
}
