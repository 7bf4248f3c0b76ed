import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { encodeCbor } from '../../src/cbor.ts';
import { readCose, signCose } from '../../src/code/cose.ts';
import { nodeCrypto } from '../node-crypto.ts';
import { must, refused } from '../refused.ts';
import { issuerKey } from '../sample-codes.ts';

const payload = Uint8Array.of(1, 2, 3);
const header = (entries: [number, unknown][]) => encodeCbor(new Map(entries));
const good = header([
  [1, -8],
  [4, fromHex(issuerKey.keyId)],
]);
const kid = fromHex(issuerKey.keyId);

/** A COSE_Sign1 with whatever header, truly signed by the issuer. */
function signedWith(protectedBytes: Uint8Array, unprotected: unknown = new Map()): Uint8Array {
  const signed = encodeCbor(['Signature1', protectedBytes, new Uint8Array(0), payload]);
  return encodeCbor([protectedBytes, unprotected, payload, issuerKey.sign(signed)]);
}

describe('COSE_Sign1', () => {
  test('what was signed is read back, with the bytes that the signature covers', () => {
    const cose = must(readCose(signCose(issuerKey.keyId, payload, issuerKey.sign)));
    expect(cose).toMatchObject({ keyId: issuerKey.keyId, payload });
    expect(
      nodeCrypto.verifyEd25519(fromHex(issuerKey.publicKey), cose.signed, cose.signature),
    ).toBe(true);
    // RFC 9052 section 4.4: ["Signature1", protected, external_aad, payload].
    expect(toHex(cose.signed)).toBe(
      `846a5369676e617475726531${toHex(encodeCbor(good))}40${toHex(encodeCbor(payload))}`,
    );
  });

  test.each<[string, Uint8Array]>([
    [
      'alg ES256',
      header([
        [1, -7],
        [4, kid],
      ]),
    ],
    [
      'alg none',
      header([
        [1, 0],
        [4, kid],
      ]),
    ],
    [
      'alg as text',
      header([
        [1, 'EdDSA'],
        [4, kid],
      ]),
    ],
    ['no alg', header([[4, kid]])],
    ['no kid', header([[1, -8]])],
    [
      'a long kid',
      header([
        [1, -8],
        [4, concatBytes(kid, kid)],
      ]),
    ],
    [
      'a further parameter',
      header([
        [1, -8],
        [3, 'x'],
        [4, kid],
      ]),
    ],
    [
      'crit',
      header([
        [1, -8],
        [2, [99]],
        [4, kid],
      ]),
    ],
    [
      'a key in the header',
      header([
        [1, -8],
        [4, kid],
        [-1, fromHex(issuerKey.publicKey)],
      ]),
    ],
    ['an empty header', new Uint8Array(0)],
    ['the same header in another encoding', concatBytes(fromHex('a20138070448'), kid)],
    ['rubbish that ends in the key id', concatBytes(fromHex('ffff'), kid)],
  ])('T2 %s is "code-algorithm-refused", however well it is signed', (_, bytes) => {
    expect(refused(readCose(signedWith(bytes)))).toBe('code-algorithm-refused');
  });

  test.each<[string, Uint8Array]>([
    ['a number', encodeCbor(1)],
    ['three parts', encodeCbor([good, new Map(), payload])],
    ['five parts', encodeCbor([good, new Map(), payload, new Uint8Array(64), 0])],
    ['a header as text', encodeCbor(['x', new Map(), payload, new Uint8Array(64)])],
    ['a payload as text', encodeCbor([good, new Map(), 'x', new Uint8Array(64)])],
    ['a detached payload', encodeCbor([good, new Map(), null, new Uint8Array(64)])],
    ['a signature of 63 bytes', encodeCbor([good, new Map(), payload, new Uint8Array(63)])],
    ['a kid outside the signature', signedWith(good, new Map([[4, kid]]))],
    ['an array as unprotected header', signedWith(good, [])],
    ['tag 18 in front', concatBytes(Uint8Array.of(0xd2), signedWith(good))],
    ['a byte behind', concatBytes(signedWith(good), Uint8Array.of(0))],
  ])('T16 %s is "code-malformed"', (_, bytes) => {
    expect(refused(readCose(bytes))).toBe('code-malformed');
  });

  test('cut anywhere it is "code-truncated"', () => {
    const whole = signedWith(good);
    for (let length = 0; length < whole.length; length++) {
      expect(refused(readCose(whole.subarray(0, length)))).toBe('code-truncated');
    }
  });
});
