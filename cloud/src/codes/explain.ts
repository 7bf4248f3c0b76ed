import { toHex } from '@greengate/contracts/bytes';
import { parseCode } from '@greengate/contracts/code/health-code';
import type { TrustList } from '@greengate/contracts/code/trust';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import { REASONS } from '@greengate/contracts/refusals';
import type { EpochMs } from '@greengate/contracts/time';
import { nodeCrypto } from '../crypto.ts';

type Explanation = Readonly<Record<string, string | number>>;

/** What a code says, in words; nothing of it is verified. */
export function explainCode(text: string): Explanation {
  const parsed = parseCode(text);
  if (!parsed.ok) return refused(parsed.refusal.code);
  const { cose, claims, token, proof } = parsed.value;
  return {
    keyId: cose.keyId,
    issuer: claims.iss,
    kind: claims.kind,
    colour: claims.colour,
    nextColour: claims.nextColour,
    sub: toHex(claims.sub),
    issuedAt: new Date(claims.issuedAt).toISOString(),
    expiresAt: new Date(claims.expiresAt).toISOString(),
    tokenBytes: token.length,
    characters: text.length,
    ...(proof === undefined ? {} : { step: proof.step }),
  };
}

/** Whether gates that hold this trust list would believe the code at an instant. */
export function verifyAgainst(text: string, trust: TrustList, now: EpochMs): Explanation {
  const verified = verifyCode(text, trust, now, nodeCrypto);
  return verified.ok ? { verified: 'yes' } : refused(verified.refusal.code);
}

function refused(code: keyof typeof REASONS): Explanation {
  return { refusal: code, meaning: REASONS[code].en };
}
