import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { concatBytes, fromHex, toHex } from '../src/bytes.ts';
import type { Crypto, SignEd25519 } from '../src/crypto.ts';
import { type KeyId, keyIdSchema } from '../src/ids.ts';
import type { P256Signer } from './p256-signer.ts';

// RFC 8410: what stands before a raw Ed25519 key in SubjectPublicKeyInfo and in PKCS#8.
const ED25519_SPKI = fromHex('302a300506032b6570032100');
const ED25519_PKCS8 = fromHex('302e020100300506032b657004220420');
// RFC 5480: the same for a compressed point of P-256.
const P256_SPKI = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');

/** contracts' primitives by node:crypto. */
export const nodeCrypto: Crypto = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  verifyEd25519: (publicKey, message, signature) =>
    publicKey.length === 32 &&
    total(() => verify(null, message, spki(ED25519_SPKI, publicKey), signature)),
  verifyP256: (publicKey, message, signature) =>
    publicKey.length === 33 &&
    signature.length === 64 &&
    total(() =>
      verify(
        'sha256',
        message,
        { key: spki(P256_SPKI, publicKey), dsaEncoding: 'ieee-p1363' },
        signature,
      ),
    ),
};

/** A key pair for tests, from a fixed seed. */
export interface TestKey {
  /** Raw public key, hex. */
  readonly publicKey: string;
  readonly keyId: KeyId;
  readonly sign: SignEd25519;
}

/** The Ed25519 key whose 32-byte seed is `byte` repeated. */
export function testKey(byte: number): TestKey {
  const der = Buffer.from(concatBytes(ED25519_PKCS8, new Uint8Array(32).fill(byte)));
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(publicDer.subarray(ED25519_SPKI.length));
  return {
    publicKey: toHex(publicKey),
    keyId: keyIdSchema.parse(toHex(nodeCrypto.sha256(publicKey).subarray(0, 8))),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** A phone with a new key, as fast as a test of thousands of codes wants it. Its signatures are of either form. */
export function randomPhone(): P256Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const point = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-64));
  return {
    publicKey: concatBytes(Uint8Array.of(2 + ((point[63] ?? 0) & 1)), point.subarray(0, 32)),
    sign: (message) =>
      new Uint8Array(sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  };
}

function spki(prefix: Uint8Array, key: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.from(concatBytes(prefix, key)),
    format: 'der',
    type: 'spki',
  });
}

function total(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
