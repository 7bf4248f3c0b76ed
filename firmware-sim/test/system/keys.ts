import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { SignEd25519 } from '@greengate/contracts/crypto';
import { type KeyId, keyIdSchema } from '@greengate/contracts/ids';
import type { PhoneCrypto } from '../../dist/shown-code.js';

// Every key of a run is made from a number: the same seed must give the same bytes. None of them is a secret.

// RFC 8410: what stands before a raw Ed25519 seed in PKCS#8.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key of a run. */
export interface RunKey {
  readonly keyId: KeyId;
  /** Raw, as hex. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly sign: SignEd25519;
}

const runKeys = new Map<string, RunKey>();

/** The same key for the same name. */
export function runKey(name: string): RunKey {
  const key = runKeys.get(name) ?? makeRunKey(name);
  runKeys.set(name, key);
  return key;
}

function makeRunKey(name: string): RunKey {
  const seed = createHash('sha256').update(`greengate simulation key ${name}`).digest();
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    keyId: keyIdSchema.parse(createHash('sha256').update(raw).digest('hex').slice(0, 16)),
    publicKey: raw.toString('hex'),
    privateKey,
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** A phone's P-256 key: PKCS8 as base64, and its compressed point as hex. */
export interface PhoneKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

export function phoneKey(name: string): PhoneKey {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(createHash('sha256').update(`greengate simulation phone ${name}`).digest());
  const point = ecdh.getPublicKey();
  const part = (bytes: Buffer) => bytes.toString('base64url');
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: part(ecdh.getPrivateKey()),
      x: part(point.subarray(1, 33)),
      y: part(point.subarray(33)),
    },
  });
  return {
    privateKey: key.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: ecdh.getPublicKey('hex', 'compressed'),
  };
}

const phoneKeys = new Map<string, KeyObject>();
const proofs = new Map<string, Uint8Array[]>();
const proofsKeptMax = 20_000;

/**
 * What the phones of one run compute with. No two signatures of a run are the same, and none is the same in two
 * processes: no trace holds one. The nth over the same bytes is the same in all runs of a process: they begin at the
 * same time, and the same few people prove the same few steps in all of them.
 */
export function runPhones(): PhoneCrypto {
  const shown = new Map<string, number>();
  return {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    signP256(phone, message) {
      const name = `${phone} ${Buffer.from(message).toString('base64')}`;
      const n = shown.get(name) ?? 0;
      shown.set(name, n + 1);
      if (proofs.size >= proofsKeptMax) proofs.clear();
      const made = proofs.get(name) ?? [];
      proofs.set(name, made);
      made[n] ??= signWith(phone, message);
      return made[n];
    },
  };
}

function signWith(phone: string, message: Uint8Array): Uint8Array {
  let key = phoneKeys.get(phone);
  if (!key) {
    key = createPrivateKey({ key: Buffer.from(phone, 'base64'), format: 'der', type: 'pkcs8' });
    phoneKeys.set(phone, key);
  }
  return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
}
