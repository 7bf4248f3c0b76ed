import { toHex } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import type { Crypto, SignEd25519 } from '../crypto.ts';
import { type KeyId, type ReplicaKey, replicaKeySchema } from '../ids.ts';
import { codeCharsMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { decodeBase45, encodeBase45 } from './base45.ts';
import { type Claims, claimsFromMap, claimsToMap } from './claims.ts';
import { type CoseSign1, readCose, signCose } from './cose.ts';
import { proofMessage, toLowS } from './holder-proof.ts';

export const CODE_PREFIX = 'GC1:';

/** A phone's proof that it holds the token's key in one 30-second step. */
export interface HolderProof {
  readonly step: number;
  /** P-256, r||s, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A code taken apart, its form checked, nothing verified yet. */
export interface ParsedCode {
  readonly token: Uint8Array;
  readonly cose: CoseSign1;
  readonly claims: Claims;
  readonly proof?: HolderProof;
}

/** Mints a token: the signed part of a code, which the cloud gives to the holder. */
export function mintToken(claims: Claims, keyId: KeyId, sign: SignEd25519): Uint8Array {
  return signCose(keyId, encodeCbor(claimsToMap(claims)), sign);
}

/**
 * The text that a phone shows for one step: `GC1:` + Base45([token, step, proof]).
 * `signP256` is ECDSA with SHA-256 under the token's holder key, r||s.
 */
export function presentToken(
  token: Uint8Array,
  step: number,
  sha256: Crypto['sha256'],
  signP256: (message: Uint8Array) => Uint8Array,
): string {
  const proof = toLowS(signP256(proofMessage(sha256(token), step)));
  return CODE_PREFIX + encodeBase45(encodeCbor([token, step, proof]));
}

/** The text that is printed on paper: the token alone. */
export function printToken(token: Uint8Array): string {
  return CODE_PREFIX + encodeBase45(token);
}

/** Takes a scanned text apart. Bounded: looks at no more than `codeCharsMax` characters. */
export function parseCode(text: string): Result<ParsedCode> {
  if (text.length > codeCharsMax) return refuse('code-too-long');
  if (!text.startsWith(CODE_PREFIX)) {
    return refuse(CODE_PREFIX.startsWith(text) ? 'code-truncated' : 'code-prefix-unknown');
  }
  const bytes = decodeBase45(text.slice(CODE_PREFIX.length));
  if (!bytes.ok) return bytes;
  return bytes.value[0] === ARRAY_OF_3 ? parsePresented(bytes.value) : parseToken(bytes.value);
}

/** The replica key of a pseudonym: its first 64 bits. */
export function replicaKeyOf(sub: Uint8Array): ReplicaKey {
  return replicaKeySchema.parse(toHex(sub.subarray(0, 8)));
}

// The initial byte of [token, step, proof]; a bare COSE_Sign1 is an array of four.
const ARRAY_OF_3 = 0x83;

function parsePresented(bytes: Uint8Array): Result<ParsedCode> {
  const item = decodeCbor(bytes);
  if (!item.ok) {
    return refuse(item.refusal.code === 'cbor-truncated' ? 'code-truncated' : 'code-malformed');
  }
  const [token, step, signature] = item.value as unknown[];
  if (!(token instanceof Uint8Array) || !(signature instanceof Uint8Array))
    return refuse('code-malformed');
  if (!isStep(step) || signature.length !== 64) return refuse('code-malformed');
  const parsed = parseToken(token);
  return parsed.ok ? ok({ ...parsed.value, proof: { step, signature } }) : parsed;
}

function parseToken(token: Uint8Array): Result<ParsedCode> {
  const cose = readCose(token);
  if (!cose.ok) return cose;
  const payload = decodeCbor(cose.value.payload);
  if (!payload.ok) return refuse('code-malformed');
  const claims = claimsFromMap(payload.value);
  return claims.ok ? ok({ token, cose: cose.value, claims: claims.value }) : claims;
}

function isStep(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
