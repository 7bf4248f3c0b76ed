import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../src/cbor.ts';
import { findKey, trustListSchema } from '../../src/code/trust.ts';
import { decodeControlBody, encodeControlBody } from '../../src/replica/control.ts';
import { admissionPolicySchema, DEFAULT_POLICY } from '../../src/rules/policy.ts';
import { must, refused } from '../refused.ts';
import { issuerKey, replicaKey, strangerKey, trust } from '../sample-codes.ts';

const decode = (body: Uint8Array) => decodeControlBody(body, 0, 10);
const policy = (changes: object) =>
  JSON.stringify({ name: 'admission-policy', ver: 1, body: { ...DEFAULT_POLICY, ...changes } });
const list = (changes: object) =>
  JSON.stringify({ name: 'trust-list', ver: 1, body: { ...trust, ...changes } });
const key = trust.keys[0];

describe('control documents', () => {
  test('come back, in their order', () => {
    const documents = [
      { name: 'trust-list', ver: 1, body: trust },
      { name: 'admission-policy', ver: 2, body: DEFAULT_POLICY },
      { name: 'trust-list', ver: 3, body: { ...trust, version: 2 } },
    ] as const;
    expect(must(decode(encodeControlBody(documents)))).toEqual({ documents, unread: 0 });
  });

  test.each<['control-invalid' | 'segment-malformed', string, string]>([
    ['control-invalid', 'no JSON', '{'],
    ['control-invalid', 'a document of another name', '{"name":"root","ver":1,"body":{}}'],
    ['control-invalid', 'a document without a version', '{"name":"trust-list","body":{}}'],
    ['control-invalid', 'a further field', policy({ extra: 1 })],
    ['control-invalid', 'a further field __proto__', policy({}).replace('{', '{"__proto__":{},')],
    ['control-invalid', 'a mode of the future', policy({ mode: 'open-all' })],
    ['control-invalid', 'a fever line of 50 degrees', policy({ feverCentiC: 5000 })],
    ['control-invalid', 'a fever line that is no integer', policy({ feverCentiC: 3730.5 })],
    ['control-invalid', 'a fever line beyond any number', policy({}).replace('3730', '1e999')],
    ['control-invalid', 'yellow that admits', policy({ yellow: 'admit' })],
    ['control-invalid', 'paper that admits', policy({ unproven: 'admit' })],
    [
      'control-invalid',
      'T6 one key id twice',
      list({ keys: [key, { ...key, purpose: 'replica' }] }),
    ],
    [
      'control-invalid',
      'a key of 31 bytes',
      list({ keys: [{ ...key, publicKey: 'ab'.repeat(31) }] }),
    ],
    [
      'control-invalid',
      'a key without an environment',
      list({ keys: [{ ...key, environment: '' }] }),
    ],
    ['control-invalid', 'a purpose of the future', list({ keys: [{ ...key, purpose: 'root' }] })],
    [
      'segment-malformed',
      'a position outside the segment',
      policy({}).replace('"ver":1', '"ver":11'),
    ],
  ])('%s: %s', (code, _, text) => {
    const decoded = decode(encodeCbor([text, list({})]));
    if (code === 'segment-malformed') return expect(refused(decoded)).toBe(code);
    // Left out by itself, and told; the other document is there.
    const { documents, unread } = must(decoded);
    expect([unread, documents.map(({ name }) => name)]).toEqual([1, ['trust-list']]);
  });

  test('a document at `from` was in the segment before', () => {
    const body = encodeControlBody([{ name: 'trust-list', ver: 5, body: trust }]);
    expect(decodeControlBody(body, 4, 5).ok).toBe(true);
    expect(refused(decodeControlBody(body, 5, 9))).toBe('segment-malformed');
  });

  test('a policy of a later version does not hold back a trust list', () => {
    const { documents, unread } = must(decode(encodeCbor(['{}', list({}), policy({ later: 1 })])));
    expect([documents.length, unread]).toEqual([1, 2]);
  });

  test.each([
    ['no CBOR', Uint8Array.of(0xff)],
    ['no list', encodeCbor('x')],
    ['a list of numbers', encodeCbor([1])],
    ['1,001 documents', encodeCbor(Array.from({ length: 1001 }, () => '{}'))],
  ])('"segment-malformed": %s', (_, body) => {
    expect(refused(decode(body))).toBe('segment-malformed');
  });

  test('T16 any bytes and any texts are refused or left out, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.oneof(fc.json(), fc.string())), (bytes, texts) => {
        refused(decode(bytes));
        expect(must(decode(encodeCbor(texts)))).toEqual({ documents: [], unread: texts.length });
      }),
    );
  });
});

describe('trust list and policy', () => {
  test('T2 a key is found by its id alone', () => {
    expect(findKey(trust, replicaKey.keyId)?.purpose).toBe('replica');
    expect(findKey(trust, issuerKey.keyId)?.publicKey).toBe(issuerKey.publicKey);
    expect(findKey(trust, strangerKey.keyId)).toBeUndefined();
  });

  test('the samples and the shipped policy fit their schemas', () => {
    expect(trustListSchema.parse(trust)).toEqual(trust);
    expect(admissionPolicySchema.parse(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
  });

  test('the shipped policy ages in order: fresh, aged, restricted, blind', () => {
    const { agedAfterSeconds, restrictedAfterSeconds, blindAfterSeconds } =
      DEFAULT_POLICY.staleness;
    expect(agedAfterSeconds).toBeLessThan(restrictedAfterSeconds);
    expect(restrictedAfterSeconds).toBeLessThan(blindAfterSeconds);
  });
});
