import {
  createHash,
  createPublicKey,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { mintToken, presentToken } from '@greengate/contracts/code/health-code';
import { proofMessage, stepAt } from '@greengate/contracts/code/holder-proof';
import type { TrustList } from '@greengate/contracts/code/trust';
import { keyIdSchema, regionIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';

/** A code as a phone shows it, with what a verifier without a parser would have to be handed. */
export type IssuedCode = {
  readonly text: string;
  readonly token: Uint8Array;
  readonly holder: KeyObject;
  readonly proofMessage: Uint8Array;
  readonly proof: Uint8Array;
};

export type Issue = {
  readonly trust: TrustList;
  readonly issuer: KeyObject;
  readonly now: EpochMs;
  readonly codes: readonly IssuedCode[];
};

const region = regionIdSchema.parse('420100');
const dayMs = 24 * 60 * 60 * 1000;

/** Codes of `count` different phones, all of them good at `now`. */
export function issueCodes(count: number): Issue {
  const now = epochMs(1_800_000_000_000);
  const issuer = generateKeyPairSync('ed25519');
  const publicKey = Buffer.from(String(issuer.publicKey.export({ format: 'jwk' }).x), 'base64url');
  const keyId = keyIdSchema.parse(sha256(publicKey).toString('hex').slice(0, 16));
  const key = {
    keyId,
    publicKey: publicKey.toString('hex'),
    purpose: 'issue',
    issuer: region,
  } as const;
  const life = { environment: 'demo', notBefore: now - dayMs, notAfter: now + dayMs };
  const trust = {
    version: 1,
    environment: 'demo',
    keys: [{ ...key, ...life }],
    issuersAccepted: [region],
  };
  const mint = (holderKey: Uint8Array): Uint8Array =>
    mintToken(
      {
        iss: region,
        sub: randomBytes(16),
        issuedAt: epochMs(now - 1000),
        expiresAt: epochMs(now + dayMs),
        kind: 'phone',
        colour: 'green',
        nextColour: 'green',
        holderKey,
      },
      keyId,
      (message) => sign(null, message, issuer.privateKey),
    );
  const codes = Array.from({ length: count }, () => phoneCode(mint, stepAt(now)));
  return { trust, issuer: issuer.publicKey, now, codes };
}

function phoneCode(mint: (holderKey: Uint8Array) => Uint8Array, step: number): IssuedCode {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signP256 = (message: Uint8Array): Buffer =>
    sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const token = mint(compressed(publicKey));
  const message = proofMessage(sha256(token), step);
  return {
    text: presentToken(token, step, sha256, signP256),
    token,
    holder: createPublicKey(privateKey),
    proofMessage: message,
    proof: signP256(message),
  };
}

function compressed(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(String(x), 'base64url'),
    Buffer.from(String(y), 'base64url'),
  ]);
  return Buffer.from(
    ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed') as Buffer,
  );
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
