import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claims } from '../../src/code/claims.ts';
import { codeCharsMax } from '../../src/limits.ts';
import { epochMs } from '../../src/time.ts';
import { bytesOf, NOW, paperClaims, paperCode, phoneClaims, phoneCode } from '../sample-codes.ts';

// ISO/IEC 18004 table 7, error correction level M, alphanumeric mode: characters that a version holds.
const CAPACITY_M = [20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483];
const qrVersionOf = (text: string) => CAPACITY_M.findIndex((chars) => chars >= text.length) + 1;

const later = fc
  .integer({ min: Math.floor(NOW / 1000), max: 0xffff_ffff })
  .map((seconds) => epochMs(seconds * 1000));
const variants: fc.Arbitrary<Partial<Claims>> = fc.record({
  sub: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  issuedAt: later,
  expiresAt: later,
  colour: fc.constantFrom('pending', 'green', 'yellow', 'red'),
  nextColour: fc.constantFrom('pending', 'green', 'yellow', 'red'),
});

describe('how large a code is, as docs/protocol.md says', () => {
  test('a phone code: 248 bytes, 376 characters, QR version 12 at level M', () => {
    const text = phoneCode();
    expect([bytesOf(text).length, text.length, qrVersionOf(text)]).toEqual([248, 376, 12]);
  });

  test('a paper code: 130 bytes, 199 characters, QR version 8 at level M', () => {
    const text = paperCode();
    expect([bytesOf(text).length, text.length, qrVersionOf(text)]).toEqual([130, 199, 8]);
  });

  test('no phone code is longer, and a scanner line holds it', () => {
    fc.assert(
      fc.property(variants, (changes) => {
        expect(phoneCode(NOW, { ...phoneClaims, ...changes }).length).toBeLessThanOrEqual(376);
      }),
      { numRuns: 20 },
    );
    expect(376).toBeLessThan(codeCharsMax);
  });

  test('no code without a holder key is longer than the 200 characters of PROTOCOLS 1', () => {
    const kind = fc.constantFrom('paper', 'dependent', 'converted');
    fc.assert(
      fc.property(variants, kind, (changes, as) => {
        const text = paperCode({ ...paperClaims, ...changes, kind: as });
        expect(text.length).toBeLessThanOrEqual(200);
      }),
    );
  });

  test('the QR alphabet is Base45: a code is shown in alphanumeric mode', () => {
    expect(phoneCode()).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
    expect(paperCode()).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
  });
});
