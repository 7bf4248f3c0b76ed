import {
  createPrivateKey,
  createPublicKey,
  ECDH,
  hash,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { Crypto } from '@greengate/contracts/crypto';
import { keyIdSchema } from '@greengate/contracts/ids';
import { importedKeysCountMax } from './limits.ts';
import type { Signer } from './ports.ts';

/** The contract's primitives on node:crypto. Total: bad keys and signatures are `false`. */
export const nodeCrypto: Crypto = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  verifyEd25519: (publicKey, message, signature) =>
    attempt(() => verify(null, message, ed25519(publicKey), signature)),
  verifyP256: (publicKey, message, signature) =>
    attempt(() =>
      verify('sha256', message, { key: p256(publicKey), dsaEncoding: 'ieee-p1363' }, signature),
    ),
};

/** An Ed25519 private key (PKCS8 PEM) as a signer. Throws when the PEM is none. */
export function signerOf(pem: string): Signer {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key');
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  return {
    keyId: keyIdOf(raw),
    publicKey: raw.toString('hex'),
    sign: (message) => sign(null, message, key),
  };
}

/** First 8 bytes of SHA-256 of a raw public key (PROTOCOLS 1). */
export function keyIdOf(publicKey: Uint8Array) {
  return keyIdSchema.parse(Buffer.from(nodeCrypto.sha256(publicKey)).toString('hex').slice(0, 16));
}

/** Compares two digests without telling by the time how much of them is equal. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

// Importing a key costs as much as a check with it, and gateways ask every few seconds.
const ed25519Keys = new Map<string, KeyObject>();

function ed25519(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  const known = ed25519Keys.get(x);
  if (known) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (ed25519Keys.size >= importedKeysCountMax) ed25519Keys.clear();
  ed25519Keys.set(x, key);
  return key;
}

function p256(compressed: Uint8Array): KeyObject {
  const point = Buffer.from(
    ECDH.convertKey(compressed, 'prime256v1', undefined, undefined, 'uncompressed') as Buffer,
  );
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString('base64url'),
  );
  return createPublicKey({
    key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' },
    format: 'jwk',
  });
}

function attempt(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
