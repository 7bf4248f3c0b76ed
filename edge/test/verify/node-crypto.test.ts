import { createHash, ECDH } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../../src/verify/node-crypto.ts';
import { newPhone, signingKey } from '../fixtures/keys.ts';

const crypto = createNodeCrypto();
const message = Buffer.from('a message');

describe('T1: signatures', () => {
  test('Ed25519: the right one holds; any turned bit of key, message or signature does not', () => {
    const key = signingKey(9);
    const signature = key.sign(message);
    expect(crypto.verifyEd25519(key.raw, message, signature)).toBe(true);
    for (let bit = 0; bit < 256; bit++) {
      expect(crypto.verifyEd25519(flip(key.raw, bit), message, signature)).toBe(false);
    }
    for (let bit = 0; bit < 512; bit++) {
      expect(crypto.verifyEd25519(key.raw, message, flip(signature, bit))).toBe(false);
    }
    expect(crypto.verifyEd25519(key.raw, flip(message, 3), signature)).toBe(false);
  });

  test('P-256: the right one holds; any turned bit of message or signature does not', () => {
    const phone = newPhone();
    const signature = phone.sign(message);
    expect(crypto.verifyP256(phone.publicKey, message, signature)).toBe(true);
    for (let bit = 0; bit < 512; bit++) {
      expect(crypto.verifyP256(phone.publicKey, message, flip(signature, bit))).toBe(false);
    }
    expect(crypto.verifyP256(newPhone().publicKey, message, signature)).toBe(false);
    expect(crypto.verifyP256(phone.publicKey, flip(message, 0), signature)).toBe(false);
    // One key, one encoding: the same point written otherwise is none.
    const whole = ECDH.convertKey(phone.publicKey, 'prime256v1', undefined, 'hex', 'uncompressed');
    expect(crypto.verifyP256(Buffer.from(String(whole), 'hex'), message, signature)).toBe(false);
  });

  test('SHA-256 is that', () => {
    expect(Buffer.from(crypto.sha256(message)).toString('hex')).toBe(
      createHash('sha256').update(message).digest('hex'),
    );
  });

  test('T16: whatever bytes come, the answer is no and never an exception', () => {
    const garbage = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(garbage, garbage, garbage, (key, text, signature) => {
        expect(crypto.verifyEd25519(key, text, signature)).toBe(false);
        expect(crypto.verifyP256(key, text, signature)).toBe(false);
      }),
      { numRuns: 500 },
    );
    const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 1000];
    for (const length of lengths) {
      for (const other of lengths) {
        const [key, signature] = [new Uint8Array(length).fill(2), new Uint8Array(other)];
        expect(crypto.verifyP256(key, message, signature)).toBe(false);
        if (length !== 32) expect(crypto.verifyEd25519(key, message, signature)).toBe(false);
      }
    }
  });

  test('more issuers than are remembered change no answer', () => {
    const keys = Array.from({ length: 70 }, (_, i) => signingKey(i + 1));
    for (const key of [...keys, ...keys]) {
      expect(crypto.verifyEd25519(key.raw, message, key.sign(message))).toBe(true);
      expect(crypto.verifyEd25519(key.raw, message, signingKey(200).sign(message))).toBe(false);
    }
  });
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
