import { createHash } from 'node:crypto';
import { toHex } from '@greengate/contracts/bytes';
import { regionIdSchema, replicaKeySchema } from '@greengate/contracts/ids';
import { decodeManifest, encodeManifest } from '@greengate/contracts/replica/manifest';
import { decodeSegment, encodeSegment } from '@greengate/contracts/replica/segment';
import { decodeSignedBlock, encodeSignedBlock } from '@greengate/contracts/replica/signed-block';
import { CONTROL, regionStream } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { type Draw, mutate } from '../draw.ts';
import { outcomeOf, type Target } from '../target.ts';

const region = regionStream(regionIdSchema.parse('330100'));
const signedAt = epochMs(1_583_020_800_000);
const sign = () => new Uint8Array(64);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
/** Every signature holds: what an attacker who cannot sign may not even reach is what is fuzzed. */
const held = () => true;
const segmentMagic = 'GGS1';

export const segmentTarget: Target = {
  name: 'segment',
  about: 'what comes from the cloud: signed blocks, manifests, segments of statuses and of control',
  prepare: async () => {
    const levels = ['tail', 'minute'] as const;
    const statuses = levels.flatMap((level) =>
      [0, 1, 60].map((rows) => statusSegment(rows, level)),
    );
    const segments = [...statuses, controlSegment()];
    const manifests = [manifestOf(0), manifestOf(3)];
    return (draw) => {
      if (draw.chance(0.25)) {
        const bytes = mutate(draw.pick(manifests), draw, manifests);
        return outcomeOf(decodeManifest(bytes, region, undefined, held));
      }
      const segment = draw.pick(segments);
      const stream = segment === segments.at(-1) ? CONTROL : region;
      const bytes = draw.chance(0.3)
        ? mutate(segment, draw, segments)
        : withBrokenBody(segment, draw, segments);
      return outcomeOf(decodeSegment(bytes, stream, sha256, held));
    };
  },
};

/** Broken behind the hash: the header names what the body has become. */
function withBrokenBody(segment: Buffer, draw: Draw, others: readonly Buffer[]): Buffer {
  const block = decodeSignedBlock(segmentMagic, segment, held);
  if (!block.ok || !(block.value.header instanceof Map)) throw new Error('no block');
  const body = mutate(Buffer.from(block.value.body), draw, others);
  const header = new Map<string, unknown>(block.value.header as Map<string, unknown>);
  header.set('bodySha256', toHex(sha256(body)));
  if (draw.chance(0.2))
    header.set(draw.pick(['from', 'to', 'head', 'part', 'parts', 'encoding']), draw.int(100));
  return Buffer.from(encodeSignedBlock(segmentMagic, header, body, sign));
}

function statusSegment(rows: number, level: 'tail' | 'minute'): Buffer {
  const entries = Array.from({ length: rows }, (_, at) => ({
    ver: at + 1,
    key: replicaKeySchema.parse(toHex(sha256(Buffer.of(at))).slice(0, 16)),
    colour: 'green' as const,
    nextColour: 'yellow' as const,
    validUntil: epochMs(signedAt + at * 60_000),
  }));
  const range = { from: 0, to: rows, head: rows, part: 0, parts: 1 };
  const head = { stream: region, epoch: 1, level, ...range } as const;
  return Buffer.from(encodeSegment({ ...head, signedAt, kind: 'status', entries }, sha256, sign));
}

function controlSegment(): Buffer {
  const range = { from: 0, to: 1, head: 1, part: 0, parts: 1 };
  const head = { stream: CONTROL, epoch: 1, level: 'tail', ...range } as const;
  const documents = [{ name: 'admission-policy', ver: 1, body: DEFAULT_POLICY } as const];
  return Buffer.from(
    encodeSegment({ ...head, signedAt, kind: 'control', documents, unread: 0 }, sha256, sign),
  );
}

function manifestOf(count: number): Buffer {
  const segments = Array.from({ length: count }, (_, at) => ({
    level: 'minute' as const,
    from: at,
    to: at + 1,
    hash: toHex(sha256(Buffer.of(at))) as never,
    bytes: 100,
  }));
  return Buffer.from(
    encodeManifest(
      { stream: region, epoch: 1, head: count, signedAt, segments, snapshot: null },
      sign,
    ),
  );
}
