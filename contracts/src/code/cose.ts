import { fromHex, toHex } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { type KeyId, keyIdSchema } from '../ids.ts';
import { ok, type Result, refuse } from '../result.ts';

/** A COSE_Sign1 of RFC 9052 section 4.2, untagged (the `GC1:` prefix already says what it is). */
export interface CoseSign1 {
  readonly keyId: KeyId;
  readonly payload: Uint8Array;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
  /** The Sig_structure that the signature covers. */
  readonly signed: Uint8Array;
}

const ALG = 1;
const KID = 4;
const EDDSA = -8;

/**
 * The exact protected header for a key. The algorithm is fixed by the key: a token may not choose it, so a
 * reader compares these bytes and never interprets them (THREATS T2).
 */
function protectedHeader(keyId: KeyId): Uint8Array {
  return encodeCbor(
    new Map<number, unknown>([
      [ALG, EDDSA],
      [KID, fromHex(keyId)],
    ]),
  );
}

function sigStructure(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', header, new Uint8Array(0), payload]);
}

/** Signs a payload. `sign` is Ed25519 under the key that `keyId` names. */
export function signCose(
  keyId: KeyId,
  payload: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const header = protectedHeader(keyId);
  return encodeCbor([header, new Map(), payload, sign(sigStructure(header, payload))]);
}

/** Takes a COSE_Sign1 apart. Verifies nothing but its form. */
export function readCose(bytes: Uint8Array): Result<CoseSign1> {
  const item = decodeCbor(bytes);
  if (!item.ok) {
    return refuse(item.refusal.code === 'cbor-truncated' ? 'code-truncated' : 'code-malformed');
  }
  if (!Array.isArray(item.value) || item.value.length !== 4) return refuse('code-malformed');
  const [header, unprotected, payload, signature] = item.value as unknown[];
  if (!(header instanceof Uint8Array) || !(payload instanceof Uint8Array))
    return refuse('code-malformed');
  if (!(signature instanceof Uint8Array) || signature.length !== 64)
    return refuse('code-malformed');
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return refuse('code-malformed');
  const keyId = keyIdSchema.safeParse(toHex(header.slice(-8)));
  if (!keyId.success || toHex(protectedHeader(keyId.data)) !== toHex(header)) {
    return refuse('code-algorithm-refused');
  }
  return ok({ keyId: keyId.data, payload, signature, signed: sigStructure(header, payload) });
}
