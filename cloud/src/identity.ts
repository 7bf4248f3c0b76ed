import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from './ports.ts';

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
  /** AES-256-GCM: nonce (12) | tag (16) | ciphertext. */
  seal(person: Person): Uint8Array;
  open(sealed: Uint8Array): Person;
}

/** Both keys are derived from the pseudonym key, under names of their own. */
export function identityVault(pseudonymKey: Uint8Array, random: Random): IdentityVault {
  const indexKey = derive(pseudonymKey, 'greengate-identity-index-1');
  const sealKey = derive(pseudonymKey, 'greengate-identity-seal-1');
  return {
    idHash: (idNumber) => createHmac('sha256', indexKey).update(idNumber).digest(),
    seal: ({ name, idNumber, phone }) => {
      const nonce = random.bytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      const text = JSON.stringify({ name, idNumber, phone });
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open: (sealed) => {
      const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(0, NONCE));
      decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      const body = decipher.update(sealed.subarray(NONCE + TAG));
      const text = Buffer.concat([body, decipher.final()]).toString('utf8');
      return JSON.parse(text) as Person;
    },
  };
}

const NONCE = 12;
const TAG = 16;

function derive(key: Uint8Array, name: string): Uint8Array {
  return createHmac('sha256', key).update(name).digest();
}
