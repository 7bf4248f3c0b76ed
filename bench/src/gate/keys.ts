import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { SignEd25519 } from '@greengate/contracts/crypto';
import { type KeyId, keyIdSchema } from '@greengate/contracts/ids';

/** The signing keys of a run, as DER in base64: they go from process to process in a message. */
export interface RunKeys {
  readonly root: string;
  readonly replica: string;
  readonly issuer: string;
}

export interface SigningKey {
  readonly keyId: KeyId;
  /** Raw, 32 bytes, hex. */
  readonly publicKey: string;
  readonly sign: SignEd25519;
}

export function newRunKeys(): RunKeys {
  const make = () =>
    generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'der', type: 'pkcs8' })
      .toString('base64');
  return { root: make(), replica: make(), issuer: make() };
}

export function signingKey(der: string): SigningKey {
  const privateKey = createPrivateKey({
    key: Buffer.from(der, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  const raw = rawPublic(privateKey);
  return {
    keyId: keyIdSchema.parse(sha256(raw).toString('hex').slice(0, 16)),
    publicKey: raw.toString('hex'),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function rawPublic(privateKey: KeyObject): Buffer {
  return Buffer.from(
    createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32),
  );
}
