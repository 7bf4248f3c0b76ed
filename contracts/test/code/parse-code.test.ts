import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../src/cbor.ts';
import { parseCode, replicaKeyOf } from '../../src/code/health-code.ts';
import { codeCharsMax } from '../../src/limits.ts';
import { must, refused } from '../refused.ts';
import { bytesOf, codeOf, paperCode, phoneCode, SUB } from '../sample-codes.ts';

const phoneText = phoneCode();
const paperText = paperCode();
const token = bytesOf(paperText);

describe('parseCode', () => {
  test.each([
    ['phone', phoneText],
    ['paper', paperText],
  ])('a %s code cut at every length is "code-truncated"', (_, text) => {
    for (let length = 0; length < text.length; length++) {
      expect([length, refused(parseCode(text.slice(0, length)))]).toEqual([
        length,
        'code-truncated',
      ]);
    }
    expect(parseCode(text).ok).toBe(true);
  });

  test('T15 a text longer than a code may be is "code-too-long", however long', () => {
    for (const length of [codeCharsMax + 1, 10_000, 10_000_000]) {
      expect(refused(parseCode('GC1:'.padEnd(length, '0')))).toBe('code-too-long');
    }
    expect(refused(parseCode('GC1:'.padEnd(codeCharsMax, '0')))).not.toBe('code-too-long');
  });

  test.each([
    'gc1:0',
    'GC2:0',
    ' GC1:0',
    'HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2',
    'https://example.org/',
    'ＧＣ１：0',
    'G\0C1:',
    '\u202eGC1:',
    'X',
  ])('%j is "code-prefix-unknown"', (text) => {
    expect(refused(parseCode(text))).toBe('code-prefix-unknown');
  });

  test.each([
    ['lower case', paperText.toLowerCase().replace('gc1:', 'GC1:')],
    ['a line end', `${phoneText.slice(0, -1)}\n`],
    ['a number', codeOf(encodeCbor(7))],
    ['an empty array', codeOf(encodeCbor([]))],
    ['a token as text', codeOf(encodeCbor(['x', 1, new Uint8Array(64)]))],
    ['a proof as text', codeOf(encodeCbor([token, 1, 'x']))],
    ['a short proof', codeOf(encodeCbor([token, 1, new Uint8Array(63)]))],
    ['a step below 0', codeOf(encodeCbor([token, -1, new Uint8Array(64)]))],
    ['a step above 32 bits', codeOf(encodeCbor([token, 2 ** 32, new Uint8Array(64)]))],
    ['a step as text', codeOf(encodeCbor([token, '1', new Uint8Array(64)]))],
    ['a byte behind the token', codeOf(Uint8Array.of(...token, 0))],
    ['a byte behind the proof', codeOf(Uint8Array.of(...bytesOf(phoneText), 0))],
  ])('T16 %s is "code-malformed"', (_, text) => {
    expect(refused(parseCode(text))).toBe('code-malformed');
  });

  test('T15 a zlib stream is not inflated: 64 KiB of zeros in a code are refused unread', () => {
    const bomb = codeOf(new Uint8Array(deflateSync(new Uint8Array(65_536), { level: 9 })));
    expect(bomb.length).toBeLessThan(codeCharsMax);
    expect(refused(parseCode(bomb))).toBe('code-truncated');
  });

  test('T16 any text is a parsed code or a refusal, never an exception', () => {
    const tail = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => codeOf(bytes).slice(4)),
    );
    fc.assert(
      fc.property(fc.constantFrom('', 'GC1:', 'G'), tail, (prefix, rest) => {
        expect(refused(parseCode(prefix + rest))).toMatch(/^code-/);
      }),
      { numRuns: 5000 },
    );
  });

  test('T16 a code has one text: what parses is what its bytes encode to', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 127 }), (at, unit) => {
        const i = 4 + (at % (phoneText.length - 4));
        const text = phoneText.slice(0, i) + String.fromCharCode(unit) + phoneText.slice(i + 1);
        const parsed = parseCode(text);
        if (parsed.ok) expect(codeOf(bytesOf(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('the replica key is the first half of the pseudonym', () => {
    expect(replicaKeyOf(must(parseCode(paperText)).claims.sub)).toBe('a0a1a2a3a4a5a6a7');
    expect(replicaKeyOf(SUB)).toHaveLength(16);
  });
});
