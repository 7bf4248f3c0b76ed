import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../src/cbor.ts';
import { type Claims, claimsToMap } from '../../src/code/claims.ts';
import { signCose } from '../../src/code/cose.ts';
import { mintToken, presentToken, printToken } from '../../src/code/health-code.ts';
import { proofMessage, stepAt, toLowS } from '../../src/code/holder-proof.ts';
import type { TrustList } from '../../src/code/trust.ts';
import { verifyCode } from '../../src/code/verify-code.ts';
import type { ReasonCode } from '../../src/refusals.ts';
import { type EpochMs, epochMs } from '../../src/time.ts';
import { nodeCrypto } from '../node-crypto.ts';
import { twinOf } from '../p256-signer.ts';
import { must, refused } from '../refused.ts';
import {
  ABROAD,
  abroadKey,
  bytesOf,
  codeOf,
  HOME,
  issuerKey,
  januaryKey,
  NOW,
  otherPhone,
  paperClaims,
  paperCode,
  phone,
  phoneClaims,
  phoneCode,
  replicaKey,
  SUB,
  stagingKey,
  strangerKey,
  trust,
} from '../sample-codes.ts';

const at = (ms: number): EpochMs => epochMs(NOW + ms);
const verify = (text: string, now: EpochMs = NOW, list: TrustList = trust) =>
  verifyCode(text, list, now, nodeCrypto);

const token = mintToken(phoneClaims, issuerKey.keyId, issuerKey.sign);
const step = stepAt(NOW);
/** The token with whatever proof. */
const presented = (proof: Uint8Array, claimed = step) =>
  codeOf(encodeCbor([token, claimed, proof]));
const proofOf = (bytes: Uint8Array, claimed = step) =>
  toLowS(phone.sign(proofMessage(nodeCrypto.sha256(bytes), claimed)));
/** A token of these claims under HOME's key, even if no issuer would mint them. */
const paper = (changes: Partial<Claims>) => paperCode({ ...paperClaims, ...changes });

describe('verifyCode accepts', () => {
  test('a phone code, and tells its step', () => {
    expect(must(verify(phoneCode()))).toEqual({
      claims: phoneClaims,
      key: 'a0a1a2a3a4a5a6a7',
      step,
    });
  });

  test('T5 a paper code, which proves no holder and so has no step', () => {
    expect(must(verify(paperCode()))).toEqual({ claims: paperClaims, key: 'a0a1a2a3a4a5a6a7' });
  });

  test.each(['dependent', 'converted'] as const)('a %s code, without a step', (kind) => {
    expect(must(verify(paper({ kind })))).not.toHaveProperty('step');
  });

  test('a code of another region, where its codes open gates', () => {
    const code = paperCode({ ...paperClaims, iss: ABROAD }, abroadKey);
    expect(verify(code, NOW, { ...trust, issuersAccepted: [HOME, ABROAD] }).ok).toBe(true);
  });
});

describe('verifyCode refuses', () => {
  test.each<[ReasonCode, string, string]>([
    ['code-malformed', 'no Base45', 'GC1:abc'],
    ['code-truncated', 'half a code', phoneCode().slice(0, 200)],
    ['code-too-long', '513 characters', 'GC1:'.padEnd(513, '0')],
    ['code-prefix-unknown', 'a web address', 'HTTPS://EXAMPLE.ORG'],
    [
      'code-algorithm-refused',
      'T2 a header with alg ES256',
      codeOf(
        encodeCbor([
          encodeCbor(new Map([[1, -7]])),
          new Map(),
          encodeCbor(claimsToMap(paperClaims)),
          new Uint8Array(64),
        ]),
      ),
    ],
    [
      'code-claims-invalid',
      'a well signed claim set that is none',
      printToken(signCose(issuerKey.keyId, encodeCbor(new Map()), issuerKey.sign)),
    ],
    ['code-key-unknown', 'T2 a key that nobody trusts', paperCode(paperClaims, strangerKey)],
    ['code-key-purpose', 'T2 a key for segments', paperCode(paperClaims, replicaKey)],
    ['code-key-purpose', 'T2 T30 a key of another environment', paperCode(paperClaims, stagingKey)],
    ['code-key-expired', 'a key of January', paperCode(paperClaims, januaryKey)],
    [
      'code-signature-invalid',
      'T1 a token that a stranger signed under our key id',
      paperCode(paperClaims, { ...strangerKey, keyId: issuerKey.keyId }),
    ],
    [
      'code-signature-invalid',
      'T1 a signature over other claims',
      codeOf(
        bytesOf(paper({ colour: 'red' })).map((b, i, all) =>
          i < all.length - 64 ? (bytesOf(paperCode())[i] ?? 0) : b,
        ),
      ),
    ],
    [
      'code-issuer-mismatch',
      'T29 a region that signs as another',
      paperCode(paperClaims, abroadKey),
    ],
    [
      'code-issuer-foreign',
      'T29 a known region whose codes open nothing here',
      paperCode({ ...paperClaims, iss: ABROAD }, abroadKey),
    ],
    ['code-not-yet-valid', 'a code of tomorrow', paper({ issuedAt: at(86_400_000) })],
    ['code-expired', 'a code that is void from now on', paper({ expiresAt: NOW })],
    ['code-proof-missing', 'T3 the token of a phone without a proof', printToken(token)],
    [
      'code-proof-invalid',
      'T3 a proof by another phone',
      presentToken(token, step, nodeCrypto.sha256, otherPhone.sign),
    ],
    [
      'code-proof-invalid',
      'T3 a proof for another token',
      presented(proofOf(bytesOf(paperCode()))),
    ],
    ['code-proof-invalid', 'T3 a proof for another step', presented(proofOf(token, step + 1))],
    [
      'code-proof-invalid',
      'T16 the high-s twin of a good proof',
      presented(twinOf(proofOf(token))),
    ],
    ['code-proof-invalid', 'an empty proof', presented(new Uint8Array(64))],
    [
      'code-proof-invalid',
      'T5 a proof on a paper code',
      codeOf(encodeCbor([bytesOf(paperCode()), step, proofOf(bytesOf(paperCode()))])),
    ],
    ['code-step-stale', 'T3 a step of two ago', phoneCode(at(-60_000))],
    ['code-step-ahead', 'a step of two ahead', phoneCode(at(60_000))],
  ])('%s: %s', (code, _, text) => {
    expect(refused(verify(text))).toBe(code);
  });

  test('T16 "code-signature-invalid" for the twin of an Ed25519 signature, S + L', () => {
    const bytes = bytesOf(paperCode());
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    let s =
      bytes.subarray(-32).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n) + order;
    const twin = bytes.slice();
    for (let i = bytes.length - 32; i < bytes.length; i++, s /= 256n) twin[i] = Number(s % 256n);
    expect(refused(verify(codeOf(twin)))).toBe('code-signature-invalid');
  });

  test('"code-proof-invalid" for a holder key that is no point of the curve', () => {
    const holderKey = Uint8Array.of(2, ...new Uint8Array(32).fill(0xff));
    expect(refused(verify(phoneCode(NOW, { ...phoneClaims, holderKey })))).toBe(
      'code-proof-invalid',
    );
  });

  test('T2 a trust list without keys knows nobody', () => {
    expect(refused(verify(phoneCode(), NOW, { ...trust, keys: [] }))).toBe('code-key-unknown');
  });

  test('T30 a code of ours at a gate of another environment', () => {
    const list = { ...trust, environment: 'staging' };
    expect(refused(verify(phoneCode(), NOW, list))).toBe('code-key-purpose');
  });
});

describe('verifyCode and time', () => {
  test.each<[number, ReasonCode | undefined]>([
    [-60_000, 'code-step-ahead'],
    [-30_001, 'code-step-ahead'],
    [-30_000, undefined],
    [0, undefined],
    [20_000, undefined],
    [59_999, undefined],
    [60_000, 'code-step-stale'],
    [61_000, 'code-step-stale'],
    [3_600_000, 'code-step-stale'],
  ])('T3 a screenshot shown %i ms after its step began: %s', (ms, expected) => {
    expect(refused(verify(phoneCode(), at(ms)))).toBe(expected);
  });

  test('P7 T3 a replay at +61 s is refused, whenever in its step the screenshot was made', () => {
    for (let taken = 0; taken < 30_000; taken += 1000) {
      const screenshot = phoneCode(at(taken));
      expect(verify(screenshot, at(taken)).ok).toBe(true);
      expect(refused(verify(screenshot, at(taken + 61_000)))).toBe('code-step-stale');
    }
  });

  test('T3 a screenshot of a phone that is a whole step ahead lives 90 s, and no longer', () => {
    const ahead = phoneCode(at(30_000));
    expect(verify(ahead, NOW).ok).toBe(true);
    expect(verify(ahead, at(89_999)).ok).toBe(true);
    expect(refused(verify(ahead, at(90_000)))).toBe('code-step-stale');
  });

  const key = trust.keys.find((trusted) => trusted.keyId === issuerKey.keyId);
  test.each<[string, number, ReasonCode | undefined]>([
    ['before its first instant', (key?.notBefore ?? 0) - 1, 'code-key-expired'],
    ['at its first instant', key?.notBefore ?? 0, undefined],
    ['before its last instant', (key?.notAfter ?? 0) - 1, undefined],
    ['at its last instant', key?.notAfter ?? 0, 'code-key-expired'],
  ])('a key %s', (_, now, expected) => {
    const code = paper({ issuedAt: epochMs(0), expiresAt: epochMs(2e12) });
    expect(refused(verify(code, epochMs(now)))).toBe(expected);
  });

  test.each<[string, number, ReasonCode | undefined]>([
    ['two steps before it was issued', -30_001, 'code-not-yet-valid'],
    ['one step before it was issued', -30_000, undefined],
    ['just before it expires', 119_999, undefined],
    ['when it expires', 120_000, 'code-expired'],
  ])('a code %s', (_, ms, expected) => {
    const code = paper({ issuedAt: NOW, expiresAt: at(120_000) });
    expect(refused(verify(code, at(ms)))).toBe(expected);
  });

  test('T33 the dates are refused before the proof is looked at: an old code is "code-expired"', () => {
    expect(refused(verify(phoneCode(), at(7 * 86_400_000)))).toBe('code-expired');
  });

  test('the pseudonym is carried as it was minted', () => {
    expect(must(verify(phoneCode())).claims.sub).toEqual(SUB);
  });
});
