import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';

// SubjectPublicKeyInfo up to the key itself: RFC 8410 (Ed25519) and RFC 5480 with a compressed P-256 point.
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const P256_SPKI = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');

// Importing a key costs more than a check with it; issuers are few, holders are not remembered.
const issuerKeysCountMax = 64;

/** The primitives of node:crypto. Total: anything malformed is `false`. */
export function createNodeCrypto(): Crypto {
  const issuers = new Map<string, KeyObject>();

  const issuerKey = (raw: Uint8Array): KeyObject => {
    const id = toHex(raw);
    const known = issuers.get(id);
    if (known) return known;
    const key = importKey(ED25519_SPKI, raw);
    if (issuers.size >= issuerKeysCountMax) issuers.clear();
    issuers.set(id, key);
    return key;
  };

  return {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    verifyEd25519: (publicKey, message, signature) =>
      total(() => verify(null, message, issuerKey(publicKey), signature)),
    verifyP256: (publicKey, message, signature) =>
      total(() => {
        const key = importKey(P256_SPKI, publicKey);
        return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
      }),
  };
}

function importKey(prefix: Buffer, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });
}

function total(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
