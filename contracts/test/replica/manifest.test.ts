import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import { sha256HexSchema } from '../../src/ids.ts';
import { manifestBytesMax, manifestSegmentsCountMax, segmentBytesMax } from '../../src/limits.ts';
import type { ReasonCode } from '../../src/refusals.ts';
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type ManifestMark,
} from '../../src/replica/manifest.ts';
import { RED } from '../../src/replica/streams.ts';
import { EPOCH_MS_MAX } from '../../src/time.ts';
import { must, refused } from '../refused.ts';
import { flipped, NOW, replicaKey } from '../sample-codes.ts';
import { block, check, encoded, manifest, STREAM } from '../sample-replica.ts';

const encode = (changes: Partial<Manifest> = {}) =>
  encodeManifest({ ...manifest, ...changes }, replicaKey.sign);
const decode = (bytes: Uint8Array, held?: ManifestMark) =>
  decodeManifest(bytes, STREAM, held, check);

/** A manifest with any fields at all, truly signed. */
function crafted(changes: Record<string, unknown>): Uint8Array {
  const segments = manifest.segments.map((segment) => new Map(Object.entries(segment)));
  return block('GGM1', new Map(Object.entries({ ...manifest, segments, ...changes })));
}

describe('manifests', () => {
  test('come back', () => {
    expect(must(decode(encode()))).toEqual(manifest);
  });

  test('the longest list that may be made fits the limit in bytes', () => {
    const longest = {
      level: 'snapshot' as const,
      from: Number.MAX_SAFE_INTEGER,
      to: Number.MAX_SAFE_INTEGER,
      hash: sha256HexSchema.parse('f'.repeat(64)),
      bytes: segmentBytesMax,
    };
    const whole = encode({
      head: Number.MAX_SAFE_INTEGER,
      signedAt: EPOCH_MS_MAX,
      segments: Array.from({ length: manifestSegmentsCountMax }, () => longest),
    });
    expect(whole.length).toBeLessThanOrEqual(manifestBytesMax);
    expect(must(decode(whole)).segments).toHaveLength(manifestSegmentsCountMax);
  });

  test('may list nothing, when all comes by the tail', () => {
    expect(must(decode(encode({ segments: [] })))).toEqual({ ...manifest, segments: [] });
  });

  test('T1 every bit turned, one at a time: 0 accepted', () => {
    const whole = encode();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      expect(refused(decode(flipped(whole, bit)))).toMatch(/^block-/);
    }
  });

  test('cut at every length it is "block-truncated"', () => {
    const whole = encode();
    for (let length = 0; length < whole.length; length++) {
      expect(refused(decode(whole.subarray(0, length)))).toBe('block-truncated');
    }
  });

  const segment = new Map<string, unknown>(Object.entries(manifest.segments[0] ?? {}));
  test.each<[ReasonCode, string, Uint8Array]>([
    ['manifest-too-large', 'one byte above the limit', new Uint8Array(manifestBytesMax + 1)],
    ['manifest-malformed', 'a byte behind', concatBytes(encode(), Uint8Array.of(0))],
    ['block-malformed', 'a segment in place of a manifest', encoded()],
    ['manifest-malformed', 'no fields', block('GGM1', new Map())],
    ['manifest-malformed', 'a further field', crafted({ extra: 1 })],
    ['manifest-malformed', 'epoch 0', crafted({ epoch: 0 })],
    ['manifest-malformed', 'a head below 0', crafted({ head: -1 })],
    ['manifest-malformed', 'a clock after 2106', crafted({ signedAt: EPOCH_MS_MAX + 1 })],
    ['manifest-malformed', 'segments that are none', crafted({ segments: [1] })],
    [
      'manifest-malformed',
      'a segment of no bytes',
      crafted({ segments: [new Map([...segment, ['bytes', 0]])] }),
    ],
    [
      'manifest-malformed',
      'a hash that is none',
      crafted({ segments: [new Map([...segment, ['hash', 'x']])] }),
    ],
    ['block-malformed', 'nesting beyond the limit', crafted({ segments: [[[[[[]]]]]] })],
    ['manifest-stream-mismatch', 'another stream', encode({ stream: RED })],
  ])('%s: %s', (code, _, bytes) => {
    expect(refused(decode(bytes))).toBe(code);
  });

  test('"manifest-malformed" for more segments than a manifest may list', () => {
    const segments = Array.from({ length: manifestSegmentsCountMax + 1 }, () => new Map());
    expect(refused(decode(crafted({ segments })))).toBe('manifest-malformed');
  });

  const held: ManifestMark = { epoch: 7, head: 103, signedAt: NOW };
  test.each<[string, Partial<Manifest>, ReasonCode | undefined]>([
    ['the same again', {}, undefined],
    ['a later signature over the same head', { signedAt: NOW + 1 }, undefined],
    ['a higher head', { head: 104, signedAt: NOW + 1 }, undefined],
    ['a lower head', { head: 102, signedAt: NOW + 1 }, 'manifest-older'],
    ['an older signature', { signedAt: NOW - 1 }, 'manifest-older'],
    ['a higher head with an older signature', { head: 200, signedAt: NOW - 1 }, 'manifest-older'],
    [
      'an older epoch, whatever its head',
      { epoch: 6, head: 9999, signedAt: NOW + 9 },
      'manifest-older',
    ],
    ['a new epoch, which starts from 0', { epoch: 8, head: 0, segments: [] }, undefined],
  ])('T6 rollback, against what is held: %s', (_, changes, expected) => {
    expect(refused(decode(encode(changes), held))).toBe(expected);
  });

  test('T6 of any two manifests of one epoch, one that falls in either number is never taken', () => {
    const mark = fc.record({
      epoch: fc.integer({ min: 1, max: 3 }),
      head: fc.integer({ min: 0, max: 5 }),
      signedAt: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(mark, mark, (before, next) => {
        const fell =
          next.epoch < before.epoch ||
          (next.epoch === before.epoch &&
            (next.head < before.head || next.signedAt < before.signedAt));
        const result = decode(encode({ ...next, segments: [] }), before);
        expect(refused(result)).toBe(fell ? 'manifest-older' : undefined);
      }),
    );
  });

  test('T16 any bytes are refused, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refused(decode(bytes))).toMatch(/^block-/);
        expect(refused(decode(concatBytes(Uint8Array.of(0x47, 0x47, 0x4d, 0x31), bytes)))).toMatch(
          /^block-/,
        );
      }),
    );
  });
});
