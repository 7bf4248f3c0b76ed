import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from '../ports.ts';

/** Seals short texts for the database. */
export interface Sealing {
  seal(text: string): string;
  /** Throws when it was sealed with another key or altered. */
  open(sealed: string): string;
}

/** AES-256-GCM under a key derived from the secret: nonce (12) | tag (16) | ciphertext, in Base64url. */
export function sealingWith(secret: Uint8Array, random: Random): Sealing {
  const key = createHmac('sha256', secret).update('greengate-accounts-seal-1').digest();
  return {
    seal: (text) => {
      const nonce = random.bytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
      decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
      const body = decipher.update(bytes.subarray(NONCE + TAG));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    },
  };
}

const NONCE = 12;
const TAG = 16;
