import { describe, expect, test } from 'vitest';
import { asciiBytes, fromHex, toHex } from '../src/bytes.ts';
import { nodeCrypto, randomPhone, testKey } from './node-crypto.ts';
import { p256Signer, twinOf } from './p256-signer.ts';

const message = asciiBytes('sample');

describe('the primitives that the tests lend to contracts', () => {
  test('SHA-256 of the empty message (FIPS 180-4)', () => {
    expect(toHex(nodeCrypto.sha256(new Uint8Array(0)))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('Ed25519 of RFC 8032 section 7.1, test 2', () => {
    const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = fromHex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(nodeCrypto.verifyEd25519(publicKey, Uint8Array.of(0x72), signature)).toBe(true);
    expect(nodeCrypto.verifyEd25519(publicKey, Uint8Array.of(0x73), signature)).toBe(false);
  });

  test('ECDSA P-256 of RFC 6979 A.2.5: public key and signature of "sample"', () => {
    const signer = p256Signer(0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n);
    expect(toHex(signer.publicKey)).toBe(
      '0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    );
    expect(toHex(signer.sign(message))).toBe(
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    );
  });

  test('verifyP256 takes what node:crypto signs, and the twin of it', () => {
    const phone = randomPhone();
    const signature = phone.sign(message);
    expect(nodeCrypto.verifyP256(phone.publicKey, message, signature)).toBe(true);
    expect(nodeCrypto.verifyP256(phone.publicKey, message, twinOf(signature))).toBe(true);
  });

  test.each([0, 1, 31, 32, 33, 64, 65])(
    'is total: a key or signature of %i bytes is false',
    (n) => {
      const bytes = new Uint8Array(n).fill(0xff);
      expect(nodeCrypto.verifyEd25519(bytes, message, bytes)).toBe(false);
      expect(nodeCrypto.verifyP256(bytes, message, bytes)).toBe(false);
      expect(nodeCrypto.verifyEd25519(fromHex(testKey(1).publicKey), message, bytes)).toBe(false);
      expect(nodeCrypto.verifyP256(p256Signer(7n).publicKey, message, bytes)).toBe(false);
    },
  );
});
