import { createHmac } from 'node:crypto';
import type { Random } from './ports.ts';
import { derivedKey, sealer } from './sealer.ts';

/** The personal data of a holder. Exists in the clear only between a request and this file. */
export interface Person {
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
}

/** What the cloud keeps of a person: a keyed index, and the rest sealed (DOMAIN 8). */
export interface IdentityVault {
  /** HMAC-SHA256 of an identity number: a plain hash of one falls in hours. */
  idHash(idNumber: string): Uint8Array;
  seal(person: Person): Uint8Array;
  open(sealed: Uint8Array): Person;
}

/** Both keys are derived from the pseudonym key, under names of their own. */
export function identityVault(pseudonymKey: Uint8Array, random: Random): IdentityVault {
  const indexKey = derivedKey(pseudonymKey, 'greengate-identity-index-1');
  const { seal, open } = sealer(pseudonymKey, 'greengate-identity-seal-1', random);
  return {
    idHash: (idNumber) => createHmac('sha256', indexKey).update(idNumber).digest(),
    seal: ({ name, idNumber, phone }) =>
      seal(Buffer.from(JSON.stringify({ name, idNumber, phone }))),
    open: (sealed) => JSON.parse(Buffer.from(open(sealed)).toString('utf8')) as Person,
  };
}
