import { ECDH, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mintToken, presentToken, replicaKeyOf } from '@greengate/contracts/code/health-code';
import { stepAt } from '@greengate/contracts/code/holder-proof';
import { type RegionId, type ReplicaKey, regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { type SigningKey, sha256 } from './keys.ts';

export const REGION: RegionId = regionIdSchema.parse('330100');

/** As many as no one of them comes back within a step: a code opens one gate once. */
export const holdersCount = 1600;

const dayMs = 24 * 3600 * 1000;

/** Pseudonym and replica key follow from the number, so that the cloud and the station need not talk about them. */
export function holderKey(at: number): ReplicaKey {
  return replicaKeyOf(pseudonym(at));
}

/** Makes the codes that the people of a run show, one after the other, each with the proof of its moment. */
export function createCodes(issuer: SigningKey): () => string {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const people = Array.from({ length: holdersCount }, (_, at) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = mintToken(
      {
        iss: REGION,
        sub: pseudonym(at),
        issuedAt: epochMs(now - 1000),
        expiresAt: epochMs(now + dayMs),
        kind: 'phone',
        colour: 'green',
        nextColour: 'yellow',
        holderKey: compressed(publicKey),
      },
      issuer.keyId,
      issuer.sign,
    );
    return { token, privateKey };
  });
  let turn = 0;
  return () => {
    const person = people[turn++ % people.length];
    if (!person) throw new Error('nobody');
    return presentToken(person.token, stepAt(epochMs(Date.now())), sha256, (message) =>
      sign('sha256', message, { key: person.privateKey, dsaEncoding: 'ieee-p1363' }),
    );
  };
}

function pseudonym(at: number): Uint8Array {
  return new Uint8Array(sha256(Buffer.from(`holder ${at}`)).subarray(0, 16));
}

function compressed(key: KeyObject): Buffer {
  const point = key.export({ format: 'der', type: 'spki' }).subarray(-65);
  return Buffer.from(
    ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed') as Buffer,
  );
}
