import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../src/cbor.ts';
import { mintToken, presentToken } from '../../src/code/health-code.ts';
import { stepAt, toLowS } from '../../src/code/holder-proof.ts';
import { verifyCode } from '../../src/code/verify-code.ts';
import { epochMs } from '../../src/time.ts';
import { nodeCrypto, randomPhone } from '../node-crypto.ts';
import { refused } from '../refused.ts';
import {
  bytesOf,
  codeOf,
  flipped,
  issuerKey,
  NOW,
  paperClaims,
  paperCode,
  phoneClaims,
  phoneCode,
  trust,
} from '../sample-codes.ts';

const step = stepAt(NOW);
const reasonOf = (text: string) => refused(verifyCode(text, trust, NOW, nodeCrypto)) ?? 'accepted';

describe('a forged code is never accepted', () => {
  test.each([
    ['phone', phoneCode()],
    ['paper', paperCode()],
  ])('T1 every bit of a %s code turned, one at a time: 0 accepted', (_, text) => {
    const bytes = bytesOf(text);
    const reasons = new Set<string>();
    for (let bit = 0; bit < bytes.length * 8; bit++)
      reasons.add(reasonOf(codeOf(flipped(bytes, bit))));
    expect([...reasons]).not.toContain('accepted');
    expect([...reasons]).toContain('code-signature-invalid');
  });

  test('P6 T1 every bit of a token turned, and the phone signs what came out: 0 accepted', () => {
    const phone = randomPhone();
    const claims = { ...phoneClaims, holderKey: phone.publicKey };
    const token = mintToken(claims, issuerKey.keyId, issuerKey.sign);
    const present = (altered: Uint8Array) =>
      reasonOf(presentToken(altered, step, nodeCrypto.sha256, phone.sign));
    expect(present(token)).toBe('accepted');
    const reasons = new Set<string>();
    for (let bit = 0; bit < token.length * 8; bit++) reasons.add(present(flipped(token, bit)));
    expect([...reasons]).not.toContain('accepted');
  });

  test('T1 every character of a code changed, to two others each: 0 accepted', () => {
    const text = paperCode();
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
    for (let i = 0; i < text.length; i++) {
      for (const turn of [1, 23]) {
        const other = alphabet[(alphabet.indexOf(text.charAt(i)) + turn) % 45] ?? '';
        expect(reasonOf(text.slice(0, i) + other + text.slice(i + 1))).not.toBe('accepted');
      }
    }
  });

  test('T1 1,000 random codes are accepted, and none of 8 flips of each', {
    timeout: 60_000,
  }, () => {
    const phone = randomPhone();
    const anyCode = fc.record({
      sub: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      age: fc.integer({ min: 0, max: 3600 }),
      left: fc.integer({ min: 1, max: 86_400 }),
      colour: fc.constantFrom('green', 'yellow', 'red', 'pending'),
      kind: fc.constantFrom('phone', 'paper', 'dependent', 'converted'),
      bits: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    });
    fc.assert(
      fc.property(anyCode, ({ sub, age, left, colour, kind, bits }) => {
        const dates = {
          issuedAt: epochMs(NOW - age * 1000),
          expiresAt: epochMs(NOW + left * 1000),
        };
        const claims = { ...paperClaims, ...dates, sub, colour, kind };
        const proven = kind === 'phone' ? { ...claims, holderKey: phone.publicKey } : claims;
        const token = mintToken(proven, issuerKey.keyId, issuerKey.sign);
        const text =
          kind === 'phone'
            ? presentToken(token, step, nodeCrypto.sha256, phone.sign)
            : codeOf(token);
        expect(reasonOf(text)).toBe('accepted');
        const bytes = bytesOf(text);
        for (const bit of bits) {
          expect(reasonOf(codeOf(flipped(bytes, bit % (bytes.length * 8))))).not.toBe('accepted');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('T1 random bytes in the frame of a code: 0 accepted', () => {
    const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const token = mintToken(phoneClaims, issuerKey.keyId, issuerKey.sign);
    fc.assert(
      fc.property(bytes, (proof) => {
        expect(reasonOf(codeOf(encodeCbor([token, step, toLowS(proof)])))).toBe(
          'code-proof-invalid',
        );
      }),
    );
  });
});
