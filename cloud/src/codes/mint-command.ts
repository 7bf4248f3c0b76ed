import { createECDH, createPrivateKey, ECDH, type KeyObject, sign } from 'node:crypto';
import { toHex } from '@greengate/contracts/bytes';
import type { Claims } from '@greengate/contracts/code/claims';
import { mintToken, presentToken, printToken } from '@greengate/contracts/code/health-code';
import { stepAt } from '@greengate/contracts/code/holder-proof';
import type { RegionId } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { nodeCrypto } from '../crypto.ts';
import type { Signer } from '../ports.ts';

/** What `greengate code mint` is asked for. */
export interface DemoWish {
  readonly colour: Claims['colour'];
  readonly nextColour: Claims['nextColour'];
  readonly kind: 'phone' | 'paper';
  readonly sub: Uint8Array;
  readonly validMinutes: number;
  readonly issuedMinutesAgo: number;
}

export interface DemoCode {
  /** `GC1:...`; a phone's is good for the present 30-second step. */
  readonly text: string;
  readonly token: string;
  readonly sub: string;
  readonly expiresAt: number;
}

/** Mints a code outside the service, for demonstrations and tests. `holderKey`: a phone's P-256 key, PEM. */
export function mintDemoCode(
  wish: DemoWish,
  iss: RegionId,
  issuer: Signer,
  holderKey: string | undefined,
  now: EpochMs,
): DemoCode {
  const { colour, nextColour, kind, sub } = wish;
  const issuedAt = wholeSeconds(now - wish.issuedMinutesAgo * 60_000);
  const expiresAt = wholeSeconds(issuedAt + wish.validMinutes * 60_000);
  const common = { iss, sub, issuedAt, expiresAt, kind, colour, nextColour };
  const key = holderKey === undefined ? undefined : createPrivateKey(holderKey);
  const claims: Claims = key === undefined ? common : { ...common, holderKey: pointOf(key) };
  const token = mintToken(claims, issuer.keyId, issuer.sign);
  const text =
    key === undefined
      ? printToken(token)
      : presentToken(token, stepAt(now), nodeCrypto.sha256, (message) =>
          sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }),
        );
  return { text, token: toHex(token), sub: toHex(sub), expiresAt };
}

function pointOf(key: KeyObject): Uint8Array {
  const { d = '' } = key.export({ format: 'jwk' });
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.from(d, 'base64url'));
  const compressed = ECDH.convertKey(
    pair.getPublicKey(),
    'prime256v1',
    undefined,
    undefined,
    'compressed',
  );
  return Buffer.from(compressed as Buffer);
}

function wholeSeconds(at: number): EpochMs {
  return epochMs(Math.floor(at / 1000) * 1000);
}
