import { fromHex } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import type { ReplicaKey } from '../ids.ts';
import { stepSkewCount } from '../limits.ts';
import { ok, type Refusal, type Result, refuse } from '../result.ts';
import type { EpochMs } from '../time.ts';
import type { Claims } from './claims.ts';
import { type ParsedCode, parseCode, replicaKeyOf } from './health-code.ts';
import { isLowS, proofMessage, stepAt } from './holder-proof.ts';
import { findKey, type TrustList } from './trust.ts';

/** A code whose issuer, dates and holder were checked. */
export interface VerifiedCode {
  readonly claims: Claims;
  readonly key: ReplicaKey;
  /** The step of the holder proof; absent for a code without one, such as paper. */
  readonly step?: number;
}

/**
 * Verifies a scanned text against a trust list at an instant. Order: form, key, signature, issuer, dates,
 * holder proof; the first that fails gives the reason.
 */
export function verifyCode(
  text: string,
  trust: TrustList,
  now: EpochMs,
  crypto: Crypto,
): Result<VerifiedCode> {
  const parsed = parseCode(text);
  if (!parsed.ok) return parsed;
  const { claims, proof } = parsed.value;
  const refusal =
    issuerRefusal(parsed.value, trust, now, crypto) ??
    datesRefusal(claims, now) ??
    proofRefusal(parsed.value, now, crypto);
  if (refusal) return { ok: false, refusal };
  const key = replicaKeyOf(claims.sub);
  return ok(proof === undefined ? { claims, key } : { claims, key, step: proof.step });
}

function issuerRefusal(
  { cose, claims }: ParsedCode,
  trust: TrustList,
  now: EpochMs,
  crypto: Crypto,
): Refusal | undefined {
  const key = findKey(trust, cose.keyId);
  if (!key) return refuse('code-key-unknown').refusal;
  if (key.purpose !== 'issue' || key.environment !== trust.environment) {
    return refuse('code-key-purpose').refusal;
  }
  if (now < key.notBefore || now >= key.notAfter) return refuse('code-key-expired').refusal;
  if (!crypto.verifyEd25519(fromHex(key.publicKey), cose.signed, cose.signature)) {
    return refuse('code-signature-invalid').refusal;
  }
  if (claims.iss !== key.issuer) return refuse('code-issuer-mismatch').refusal;
  if (!trust.issuersAccepted.includes(claims.iss)) return refuse('code-issuer-foreign').refusal;
  return undefined;
}

function datesRefusal(claims: Claims, now: EpochMs): Refusal | undefined {
  // One step of grace: the issuer's clock and the gate's are never quite the same.
  if (stepAt(claims.issuedAt) > stepAt(now) + stepSkewCount)
    return refuse('code-not-yet-valid').refusal;
  if (now >= claims.expiresAt) return refuse('code-expired').refusal;
  return undefined;
}

function proofRefusal(
  { token, claims, proof }: ParsedCode,
  now: EpochMs,
  crypto: Crypto,
): Refusal | undefined {
  if (claims.holderKey === undefined) {
    return proof === undefined ? undefined : refuse('code-proof-invalid').refusal;
  }
  if (proof === undefined) return refuse('code-proof-missing').refusal;
  const message = proofMessage(crypto.sha256(token), proof.step);
  if (!isLowS(proof.signature) || !crypto.verifyP256(claims.holderKey, message, proof.signature)) {
    return refuse('code-proof-invalid').refusal;
  }
  const ahead = proof.step - stepAt(now);
  if (ahead < -stepSkewCount) return refuse('code-step-stale').refusal;
  if (ahead > stepSkewCount) return refuse('code-step-ahead').refusal;
  return undefined;
}
