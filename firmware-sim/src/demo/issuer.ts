import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toHex } from '@greengate/contracts/bytes';
import { type Claims, SUB_BYTES } from '@greengate/contracts/code/claims';
import { mintToken } from '@greengate/contracts/code/health-code';
import { type KeyId, keyIdSchema, regionIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { z } from 'zod';
import type { Passenger, Person } from '../person.ts';

const keysSchema = z.object({ region: regionIdSchema, issuer: z.string(), replica: z.string() });

/** Mints codes that no cloud would: for people it does not know, and for the ones that should be refused. */
export interface Issuer {
  mint(person: Person, now: EpochMs): Passenger;
}

/** A phone's key: what it keeps, and what it tells the cloud. */
export interface PhoneKey {
  /** PKCS8 DER, base64. */
  readonly privateKey: string;
  /** Compressed point, hex. */
  readonly publicKey: string;
}

/** `keysFile` is what `greengate keys init` wrote. */
export function createIssuer(keysFile: string): Issuer {
  const keys = keysSchema.parse(JSON.parse(readFileSync(keysFile, 'utf8')));
  const issuer = createPrivateKey(keys.issuer);
  const replica = createPrivateKey(keys.replica);
  const foreign = generateKeyPairSync('ed25519').privateKey;

  return {
    mint: (person, now) => {
      const phone = person.carrier === 'phone' ? newPhoneKey() : undefined;
      const key =
        person.flaw === 'foreign-key' ? foreign : person.flaw === 'replica-key' ? replica : issuer;
      const region =
        person.flaw === 'foreign-region' ? regionIdSchema.parse('440300') : keys.region;
      const claims: Claims = {
        iss: region,
        sub: randomBytes(SUB_BYTES),
        ...validityOf(person, now),
        kind: person.carrier,
        colour: person.minted,
        nextColour: person.minted === 'green' ? 'yellow' : person.minted,
        ...(phone ? { holderKey: Buffer.from(phone.publicKey, 'hex') } : {}),
      };
      const token = mintToken(claims, keyIdOf(key), (message) => sign(null, message, key));
      return { person, token: toHex(token), phoneKey: phone?.privateKey ?? null };
    },
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function validityOf(person: Person, now: EpochMs): Pick<Claims, 'issuedAt' | 'expiresAt'> {
  const second = Math.floor(now / 1000) * 1000;
  const at = (from: number, to: number) => ({
    issuedAt: epochMs(second + from),
    expiresAt: epochMs(second + to),
  });
  if (person.flaw === 'expired') return at(-2 * HOUR_MS, -HOUR_MS);
  // Far enough ahead that it does not begin while the demo runs.
  if (person.flaw === 'not-yet-valid') return at(2 * DAY_MS, 3 * DAY_MS);
  return at(-person.mintedDaysAgo * DAY_MS, DAY_MS);
}

export function newPhoneKey(): PhoneKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const odd = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1;
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: `0${2 + odd}${Buffer.from(x, 'base64url').toString('hex')}`,
  };
}

/** First 8 bytes of SHA-256 of the raw public key, the last 32 of its DER (PROTOCOLS 1). */
function keyIdOf(key: KeyObject): KeyId {
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return keyIdSchema.parse(createHash('sha256').update(raw).digest('hex').slice(0, 16));
}
