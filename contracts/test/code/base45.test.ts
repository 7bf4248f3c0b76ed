import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiBytes } from '../../src/bytes.ts';
import { decodeBase45, encodeBase45 } from '../../src/code/base45.ts';
import { must, refused } from '../refused.ts';

// RFC 9285 sections 4.3 and 4.4.
const RFC = [
  ['AB', 'BB8'],
  ['Hello!!', '%69 VD92EX0'],
  ['base-45', 'UJCLQE7W581'],
  ['ietf!', 'QED8WEX0'],
  ['', ''],
] as const;

describe('Base45 of RFC 9285', () => {
  test.each(RFC)('encodes and decodes "%s"', (plain, text) => {
    expect(encodeBase45(asciiBytes(plain))).toBe(text);
    expect(must(decodeBase45(text))).toEqual(asciiBytes(plain));
  });

  test.each([
    ['GGW', 'code-malformed', '65536, one above the range'],
    [':::', 'code-malformed', 'the largest group'],
    ['BBa', 'code-malformed', 'a lower-case letter'],
    ['BB!', 'code-malformed', 'a character outside the alphabet'],
    ['BB８', 'code-malformed', 'a full-width digit'],
    ['BB\0', 'code-malformed', 'NUL'],
    ['B\ud83d\ude00', 'code-malformed', 'a character of two code units'],
    ['BB\ud83d', 'code-malformed', 'half a surrogate pair'],
    ['BB8B', 'code-truncated', 'one character over'],
    ['BB8U5', 'accepted', '255 in two characters'],
    ['BB8V5', 'code-truncated', '256 in two characters'],
    ['BB8::', 'code-truncated', 'two characters above a byte'],
  ])('%j is %s: %s', (text, expected) => {
    expect(refused(decodeBase45(text)) ?? 'accepted').toBe(expected);
  });

  test('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(must(decodeBase45(encodeBase45(bytes)))).toEqual(bytes);
      }),
    );
  });

  test('T16 every accepted text is the one encoding of its bytes', () => {
    const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'];
    const text = fc.oneof(
      fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((chars) => chars.join('')),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, (any) => {
        const bytes = decodeBase45(any);
        if (bytes.ok) expect(encodeBase45(bytes.value)).toBe(any);
        else expect(bytes.refusal.code).toMatch(/^code-(malformed|truncated)$/);
      }),
      { numRuns: 3000 },
    );
  });

  test('T16 every group of two characters: 256 bytes, each once', () => {
    const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'];
    const accepted = alphabet
      .flatMap((low) => alphabet.map((high) => low + high))
      .flatMap((text) => {
        const bytes = decodeBase45(text);
        return bytes.ok ? [bytes.value[0]] : [];
      });
    expect(accepted).toHaveLength(256);
    expect(new Set(accepted).size).toBe(256);
  });
});
