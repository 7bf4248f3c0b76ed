import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, toHex } from '../../src/bytes.ts';
import { COLOURS } from '../../src/code/colour.ts';
import { replicaKeySchema } from '../../src/ids.ts';
import { segmentBytesMax, segmentEntriesCountMax } from '../../src/limits.ts';
import type { ReasonCode } from '../../src/refusals.ts';
import { encodeFixedBody } from '../../src/replica/fixed-body.ts';
import {
  decodeSegment,
  partOf,
  SEGMENT_LEVELS,
  segmentHash,
  segmentHeaderSchema,
} from '../../src/replica/segment.ts';
import { colourAt, gateMinute } from '../../src/replica/status-entry.ts';
import { CONTROL, RED, regionStream, streamNameSchema } from '../../src/replica/streams.ts';
import { EPOCH_MS_MAX, epochMs } from '../../src/time.ts';
import { nodeCrypto } from '../node-crypto.ts';
import { must, refused } from '../refused.ts';
import { ABROAD, flipped, NOW, strangerKey } from '../sample-codes.ts';
import {
  block,
  check,
  controlSegment,
  encoded,
  entries,
  STREAM,
  sealedSegment,
  statusSegment,
} from '../sample-replica.ts';

const decode = (bytes: Uint8Array, stream = STREAM) =>
  decodeSegment(bytes, stream, nodeCrypto.sha256, check);

/** A header of a status segment with changes, and its body, truly signed. */
function crafted(
  changes: Record<string, unknown>,
  body = encodeFixedBody(entries, 100),
): Uint8Array {
  const { stream, epoch, level, from, to, head, part, parts, signedAt } = statusSegment;
  const bodySha256 = toHex(nodeCrypto.sha256(body));
  const header = {
    stream,
    epoch,
    level,
    from,
    to,
    head,
    part,
    parts,
    signedAt,
    encoding: 1,
    bodySha256,
    ...changes,
  };
  return block('GGS1', new Map(Object.entries(header).filter(([, v]) => v !== undefined)), body);
}

/** Rows as they are on the wire: key, version - from, seconds, colour bits. */
function rows(
  ...all: [key: string, distance: number, seconds: number, bits: number][]
): Uint8Array {
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
  const text = all.map(([k, d, s, b]) => k + hex(d, 8) + hex(s, 8) + hex(b, 2)).join('');
  return new Uint8Array(Buffer.from(text, 'hex'));
}
const K1 = '0000000000000001';
const K2 = '0000000000000002';

describe('segments come back', () => {
  test('a status segment, its rows by key', () => {
    expect(must(decode(encoded()))).toEqual(statusSegment);
  });

  test.each(SEGMENT_LEVELS.filter((level) => level !== 'tail'))('a sealed segment: %s', (level) => {
    const sealed = { ...sealedSegment, level, from: level === 'snapshot' ? 0 : 100 };
    expect(must(decode(encoded(sealed)))).toEqual(sealed);
  });

  test('a part of a snapshot holds its run of the keys, and no other key', () => {
    const rows = sealedSegment.kind === 'status' ? sealedSegment.entries : [];
    const part = (n: number, parts: number, some: typeof rows) =>
      decode(
        encoded({
          ...{ ...sealedSegment, level: 'snapshot', from: 0, part: n, parts },
          ...{ kind: 'status', entries: some },
        }),
      );
    expect(rows.map(({ key }) => partOf(key, { parts: 4 }))).toEqual([0, 2, 3]);
    expect(must(part(2, 4, rows.slice(1, 2)))).toMatchObject({ part: 2, parts: 4 });
    expect(refused(part(1, 4, rows.slice(1, 2)))).toBe('segment-malformed');
    expect(refused(part(2, 4, rows.slice(1)))).toBe('segment-malformed');
    expect(refused(part(2, 3, rows.slice(1, 2)))).toBe('segment-malformed');
  });

  test('rows are sorted by key, whatever order they came in', () => {
    const shuffled = { ...statusSegment, kind: 'status' as const, entries: [...entries].reverse() };
    expect(encoded(shuffled)).toEqual(encoded());
  });

  test('a control segment', () => {
    expect(must(decode(encoded(controlSegment), CONTROL))).toEqual(controlSegment);
  });

  test('an empty segment of a stream at rest', () => {
    const empty = { ...statusSegment, kind: 'status' as const, to: 100, entries: [] };
    expect(must(decode(encoded(empty)))).toEqual(empty);
  });

  test('any entries of a tail', () => {
    const row = fc.record({
      key: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => n.toString(16).padStart(16, '0')),
      distance: fc.integer({ min: 1, max: 0xffff_ffff }),
      seconds: fc.integer({ min: 0, max: EPOCH_MS_MAX / 1000 }),
      colour: fc.constantFrom(...COLOURS),
      nextColour: fc.constantFrom(...COLOURS),
    });
    const from = fc.integer({ min: 0, max: 2 ** 48 });
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { maxLength: 50, selector: (r) => r.key }),
        from,
        (all, start) => {
          const written = all
            .map(({ key, distance, seconds, colour, nextColour }) => ({
              ver: start + distance,
              key: replicaKeySchema.parse(key),
              colour,
              nextColour,
              validUntil: epochMs(seconds * 1000),
            }))
            .sort((a, b) => (a.key < b.key ? -1 : 1));
          const segment = {
            ...statusSegment,
            kind: 'status' as const,
            from: start,
            to: start + 0xffff_ffff,
            head: start + 0xffff_ffff,
            entries: written,
          };
          expect(must(decode(encoded(segment)))).toEqual(segment);
        },
      ),
    );
  });

  test('a version that 32 bits do not reach from `from` is a bug, and thrown', () => {
    expect(() => encodeFixedBody(entries, 103)).toThrow(RangeError);
    expect(() => encodeFixedBody(entries, 101 - 2 ** 32 - 1)).toThrow(RangeError);
  });

  test('the header that is signed has the fields that docs/protocol.md lists', () => {
    expect(Object.keys(segmentHeaderSchema.shape)).toEqual(
      'stream epoch level from to head part parts signedAt encoding bodySha256'.split(' '),
    );
  });

  test('the address of a segment is SHA-256 of all its bytes', () => {
    expect(segmentHash(encoded(), nodeCrypto.sha256)).toBe(toHex(nodeCrypto.sha256(encoded())));
  });

  test('the largest segment that may be listed fits the limit in bytes', () => {
    expect(segmentEntriesCountMax * 17 + 1024).toBeLessThan(segmentBytesMax);
  });
});

describe('a damaged segment is refused', () => {
  test.each([
    ['status', encoded(), STREAM],
    ['sealed', encoded(sealedSegment), STREAM],
    ['control', encoded(controlSegment), CONTROL],
  ])('T1 every bit of a %s segment turned, one at a time: 0 accepted', (_, whole, stream) => {
    const reasons = new Set<ReasonCode | undefined>();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      reasons.add(refused(decode(flipped(whole, bit), stream)));
    }
    // Magic; length; header and signature; body.
    expect(reasons).toEqual(
      new Set([
        'block-malformed',
        'block-truncated',
        'block-signature-invalid',
        'segment-hash-mismatch',
      ]),
    );
  });

  test('cut at every length it is "block-truncated", or "segment-hash-mismatch" in its body', () => {
    const whole = encoded();
    const bodyAt = whole.length - 17 * entries.length;
    for (let length = 0; length < whole.length; length++) {
      expect([length, refused(decode(whole.subarray(0, length)))]).toEqual([
        length,
        length < bodyAt ? 'block-truncated' : 'segment-hash-mismatch',
      ]);
    }
  });

  test.each<[ReasonCode, string, Uint8Array]>([
    ['segment-too-large', 'one byte above the limit', new Uint8Array(segmentBytesMax + 1)],
    ['segment-hash-mismatch', 'a byte behind', concatBytes(encoded(), Uint8Array.of(0))],
    [
      'segment-hash-mismatch',
      'the body of another segment',
      crafted({ bodySha256: '0'.repeat(64) }),
    ],
    ['block-malformed', 'a manifest in place of a segment', block('GGM1', new Map())],
    ['block-malformed', 'a header that is no CBOR of ours', block('GGS1', new Map([[[1], 1]]))],
    ['segment-malformed', 'a header without a field', crafted({ epoch: undefined })],
    ['segment-malformed', 'a header with a further field', crafted({ extra: 1 })],
    ['segment-malformed', 'a further field __proto__', crafted({ ['__proto__']: 1 })],
    ['segment-malformed', 'epoch 0', crafted({ epoch: 0 })],
    ['segment-malformed', 'an unknown level', crafted({ level: 'year' })],
    ['segment-malformed', 'a stream that is none', crafted({ stream: 'region/1' })],
    ['segment-malformed', 'from above to', crafted({ from: 104 })],
    ['segment-malformed', 'a part of a tail', crafted({ parts: 2 })],
    ['segment-malformed', 'a part past the last', crafted({ part: 1 })],
    ['segment-malformed', 'to above head', crafted({ head: 102 })],
    ['segment-malformed', 'a clock after 2106', crafted({ signedAt: EPOCH_MS_MAX + 1 })],
    ['segment-malformed', 'an encoding of the future', crafted({ encoding: 4 })],
    ['segment-malformed', 'the encoding of what is sealed', crafted({ encoding: 3 })],
    ['segment-malformed', 'a sealed level in the encoding of a tail', crafted({ level: 'day' })],
    ['segment-malformed', 'the encoding of the control stream', crafted({ encoding: 2 })],
    ['segment-malformed', 'a hash in upper case', crafted({ bodySha256: 'A'.repeat(64) })],
    ['segment-stream-mismatch', 'another region', crafted({ stream: regionStream(ABROAD) })],
    ['segment-stream-mismatch', 'the red stream', crafted({ stream: 'red' })],
    ['segment-stream-mismatch', 'the control stream', encoded(controlSegment)],
    ['segment-malformed', 'keys that fall', crafted({}, rows([K2, 1, 0, 0], [K1, 1, 0, 0]))],
    ['segment-malformed', 'a key twice', crafted({}, rows([K1, 1, 0, 0], [K1, 2, 0, 0]))],
    ['segment-malformed', 'a version at `from`', crafted({}, rows([K1, 0, 0, 0]))],
    ['segment-malformed', 'a version above `to`', crafted({}, rows([K1, 4, 0, 0]))],
    ['segment-malformed', 'bits that mean nothing', crafted({}, rows([K1, 1, 0, 0x10]))],
    ['segment-malformed', 'half a row', crafted({}, rows([K1, 1, 0, 0]).subarray(1))],
    ['segment-malformed', 'rows in an empty range', crafted({ to: 100 }, rows([K1, 1, 0, 0]))],
  ])('%s: %s', (code, _, bytes) => {
    expect(refused(decode(bytes))).toBe(code);
  });

  test('"block-signature-invalid" for a segment that a stranger signed', () => {
    const wrong = (message: Uint8Array, signature: Uint8Array) =>
      nodeCrypto.verifyEd25519(
        new Uint8Array(Buffer.from(strangerKey.publicKey, 'hex')),
        message,
        signature,
      );
    const result = decodeSegment(encoded(), STREAM, nodeCrypto.sha256, wrong);
    expect(refused(result)).toBe('block-signature-invalid');
  });

  test('"segment-malformed" for more rows than a segment may have', () => {
    const body = new Uint8Array((segmentEntriesCountMax + 1) * 17);
    expect(refused(decode(crafted({}, body)))).toBe('segment-malformed');
  });

  test('T16 any bytes are refused, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refused(decode(concatBytes(Uint8Array.of(0x47, 0x47, 0x53, 0x31), bytes)))).toMatch(
          /^block-/,
        );
        expect(refused(decode(bytes))).toMatch(/^block-/);
      }),
    );
  });

  test('T16 any well signed header and body are a segment or a refusal, never an exception', () => {
    const value = fc.oneof(
      fc.maxSafeNat(),
      fc.constantFrom('red', STREAM, 'minute', null, true, -1, 1, 2, 103, [], new Map()),
      fc.string(),
      fc.double(),
    );
    const field = fc.constantFrom(
      ...['stream', 'epoch', 'level', 'from', 'to', 'signedAt', 'encoding', 'bodySha256', 'x'],
    );
    fc.assert(
      fc.property(
        fc.dictionary(field, value),
        fc.uint8Array({ maxLength: 60 }),
        (changes, body) => {
          const result = decode(crafted(changes, body));
          if (!result.ok) expect(result.refusal.code).toMatch(/^(block|segment)-/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('streams and statuses', () => {
  test.each(['region/330100', 'red', 'control'])('%s is a stream', (name) => {
    expect(streamNameSchema.parse(name)).toBe(name);
  });

  test.each([
    'region/',
    'region/33010',
    'region/3301000',
    'REGION/330100',
    'red ',
    'red\n',
    '../red',
    '',
  ])('%j is no stream', (name) => {
    expect(streamNameSchema.safeParse(name).success).toBe(false);
  });

  test('a status lapses at the very millisecond of its validity, by time alone', () => {
    const status = { colour: 'green', nextColour: 'yellow', validUntil: NOW } as const;
    expect(colourAt(status, epochMs(NOW - 1))).toBe('green');
    expect(colourAt(status, NOW)).toBe('yellow');
    expect(colourAt(status, epochMs(EPOCH_MS_MAX))).toBe('yellow');
  });

  test('for the gates a status ends on a whole minute, a worse one early and a better one late', () => {
    const at = (colour: 'green' | 'red', nextColour: 'yellow' | 'green', ms: number) =>
      gateMinute({ colour, nextColour, validUntil: epochMs(ms) });
    expect(at('green', 'yellow', 119_000)).toBe(60_000);
    expect(at('red', 'green', 61_000)).toBe(120_000);
    expect(at('green', 'green', 120_000)).toBe(120_000);
    expect(at('red', 'green', EPOCH_MS_MAX)).toBeLessThanOrEqual(EPOCH_MS_MAX);
  });

  test('the two fixed streams are named so', () => {
    expect([RED, CONTROL]).toEqual(['red', 'control']);
  });
});
