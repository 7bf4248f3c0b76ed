import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claims, claimsFromMap, claimsToMap } from '../../src/code/claims.ts';
import { CODE_KINDS, COLOURS } from '../../src/code/colour.ts';
import { regionIdSchema } from '../../src/ids.ts';
import { EPOCH_MS_MAX, epochMs } from '../../src/time.ts';
import { must, refused } from '../refused.ts';
import { paperClaims, phone, phoneClaims } from '../sample-codes.ts';

const seconds = fc.integer({ min: 0, max: EPOCH_MS_MAX / 1000 }).map((n) => epochMs(n * 1000));
const anyClaims: fc.Arbitrary<Claims> = fc
  .record({
    iss: fc.integer({ min: 100_000, max: 999_999 }).map((n) => regionIdSchema.parse(`${n}`)),
    sub: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    issuedAt: seconds,
    expiresAt: seconds,
    kind: fc.constantFrom(...CODE_KINDS),
    colour: fc.constantFrom(...COLOURS),
    nextColour: fc.constantFrom(...COLOURS),
  })
  .map((claims) => (claims.kind === 'phone' ? { ...claims, holderKey: phone.publicKey } : claims));

/** The claims as a map, with some of its entries changed; undefined takes one away. */
function changed(
  claims: Claims,
  changes: readonly (readonly [number, unknown])[],
): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>(claimsToMap(claims));
  for (const [key, value] of changes) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
  return map;
}

function cnf(changes: readonly (readonly [number, unknown])[]): Map<number, unknown> {
  const key = new Map<number, unknown>([
    [1, 2],
    [-1, 1],
    [-2, phone.publicKey.slice(1)],
    [-3, true],
  ]);
  for (const [label, value] of changes) key.set(label, value);
  return new Map([[1, key]]);
}

describe('claims', () => {
  test('any claims come back from their map', () => {
    fc.assert(
      fc.property(anyClaims, (claims) => {
        expect(must(claimsFromMap(claimsToMap(claims)))).toEqual(claims);
      }),
    );
  });

  test('the map uses the claim keys of RFC 8392 and RFC 8747', () => {
    expect([...claimsToMap(phoneClaims).keys()].sort((a, b) => a - b)).toEqual([
      -65537, 1, 2, 4, 6, 8,
    ]);
  });

  test.each<[string, unknown]>([
    ['no map', {}],
    ['nothing', undefined],
    ['an array', []],
    ['an empty map', new Map()],
    ['a region of five digits', changed(paperClaims, [[1, '33010']])],
    ['a region in full-width digits', changed(paperClaims, [[1, '３３０１００']])],
    ['a region as a number', changed(paperClaims, [[1, 330_100]])],
    ['a pseudonym of 15 bytes', changed(paperClaims, [[2, new Uint8Array(15)]])],
    ['a pseudonym as text', changed(paperClaims, [[2, 'a'.repeat(16)]])],
    ['no expiry', changed(paperClaims, [[4, undefined]])],
    ['an expiry before 1970', changed(paperClaims, [[4, -1]])],
    ['an expiry after 2106', changed(paperClaims, [[4, 0xffff_ffff + 1]])],
    ['half a second', changed(paperClaims, [[6, 0.5]])],
    ['NaN', changed(paperClaims, [[6, Number.NaN]])],
    ['a status below its range', changed(paperClaims, [[-65537, -1]])],
    ['a status above its range', changed(paperClaims, [[-65537, 64]])],
    ['half a status', changed(paperClaims, [[-65537, 16.5]])],
    ['a status as text', changed(paperClaims, [[-65537, '16']])],
    ['another claim', changed(paperClaims, [[7, 1]])],
    ['a holder key on paper', changed(paperClaims, [[8, cnf([])]])],
    ['no holder key on a phone code', changed(phoneClaims, [[8, undefined]])],
    ['another claim on a phone code', changed(phoneClaims, [[7, 1]])],
    ['an empty cnf', changed(phoneClaims, [[8, new Map()]])],
    ['a cnf of two methods', changed(phoneClaims, [[8, new Map([...cnf([]), [2, 1]])]])],
    ['a holder key of another type', changed(phoneClaims, [[8, cnf([[1, 1]])]])],
    ['a holder key on another curve', changed(phoneClaims, [[8, cnf([[-1, 2]])]])],
    ['a short x', changed(phoneClaims, [[8, cnf([[-2, new Uint8Array(31)]])]])],
    ['y in full', changed(phoneClaims, [[8, cnf([[-3, new Uint8Array(32)]])]])],
    ['a holder key with another field', changed(phoneClaims, [[8, cnf([[3, -7]])]])],
  ])('%s is "code-claims-invalid"', (_, map) => {
    expect(refused(claimsFromMap(map))).toBe('code-claims-invalid');
  });

  test('the 64 statuses are each of one kind and two colours', () => {
    const read = Array.from({ length: 64 }, (_, status) =>
      claimsFromMap(changed(status < 16 ? phoneClaims : paperClaims, [[-65537, status]])),
    ).map(must);
    expect(new Set(read.map((c) => `${c.kind} ${c.colour} ${c.nextColour}`)).size).toBe(64);
  });
});
