import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from './ports.ts';

/** AES-256-GCM: nonce (12) | tag (16) | ciphertext. `open` throws when a byte was changed. */
export interface Sealer {
  seal(bytes: Uint8Array): Uint8Array;
  open(sealed: Uint8Array): Uint8Array;
}

/** `purpose` names the key that is derived from the region's: what is sealed for one is not opened by another. */
export function sealer(regionKey: Uint8Array, purpose: string, random: Random): Sealer {
  const key = derivedKey(regionKey, purpose);
  return {
    seal: (bytes) => {
      const nonce = random.bytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open: (sealed) => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE));
      decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
    },
  };
}

/** HMAC-SHA256 of the purpose under the region's key. */
export function derivedKey(regionKey: Uint8Array, purpose: string): Uint8Array {
  return createHmac('sha256', regionKey).update(purpose).digest();
}

const NONCE = 12;
const TAG = 16;
