import { z } from 'zod';
import type { SignEd25519 } from '../crypto.ts';
import { sha256HexSchema } from '../ids.ts';
import { manifestBytesMax, manifestSegmentsCountMax, snapshotPartsCountMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { EPOCH_MS_MAX } from '../time.ts';
import { SEGMENT_LEVELS } from './segment.ts';
import { type CheckSignature, decodeSignedBlock, encodeSignedBlock } from './signed-block.ts';
import { type StreamName, streamNameSchema } from './streams.ts';

/** What the cloud holds of a stream, signed. Times are EpochMs, lengths bytes. */
export const manifestSchema = z.strictObject({
  stream: streamNameSchema,
  epoch: z.int().positive(),
  /** Version of the newest change; what is past the last segment comes by the tail. */
  head: z.int().nonnegative(),
  signedAt: z.int().nonnegative().max(EPOCH_MS_MAX),
  segments: z
    .array(
      z.strictObject({
        level: z.enum(SEGMENT_LEVELS),
        from: z.int().nonnegative(),
        to: z.int().nonnegative(),
        hash: sha256HexSchema,
        bytes: z.int().positive(),
      }),
    )
    .max(manifestSegmentsCountMax),
  /** How all statuses stood at version `to`, in runs of the keys; null while the segments alone are less. */
  snapshot: z
    .strictObject({
      to: z.int().positive(),
      parts: z
        .array(z.strictObject({ hash: sha256HexSchema, bytes: z.int().positive() }))
        .min(1)
        .max(snapshotPartsCountMax),
    })
    .nullable(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The part of a manifest that must never fall. */
export type ManifestMark = Pick<Manifest, 'epoch' | 'head' | 'signedAt'>;

const MAGIC = 'GGM1';

export function encodeManifest(manifest: Manifest, sign: SignEd25519): Uint8Array {
  const segments = manifest.segments.map((segment) => new Map(Object.entries(segment)));
  const parts = manifest.snapshot?.parts.map((part) => new Map(Object.entries(part)));
  const snapshot =
    manifest.snapshot && new Map(Object.entries({ to: manifest.snapshot.to, parts }));
  return encodeSignedBlock(
    MAGIC,
    new Map(Object.entries({ ...manifest, segments, snapshot })),
    new Uint8Array(0),
    sign,
  );
}

/**
 * Decodes a manifest of the expected stream and holds it against the newest one seen. Refusals: the `block-*`
 * ones, `manifest-too-large`, `manifest-malformed`, `manifest-stream-mismatch`, `manifest-older` (rollback).
 */
export function decodeManifest(
  bytes: Uint8Array,
  expected: StreamName,
  held: ManifestMark | undefined,
  check: CheckSignature,
): Result<Manifest> {
  if (bytes.length > manifestBytesMax) return refuse('manifest-too-large');
  const block = decodeSignedBlock(MAGIC, bytes, check);
  if (!block.ok) return block;
  const manifest = manifestSchema.safeParse(toPlain(block.value.header));
  if (!manifest.success || block.value.body.length > 0) return refuse('manifest-malformed');
  if (manifest.data.stream !== expected) return refuse('manifest-stream-mismatch');
  if (held !== undefined && isOlder(manifest.data, held)) return refuse('manifest-older');
  return ok(manifest.data);
}

function isOlder(manifest: ManifestMark, held: ManifestMark): boolean {
  if (manifest.epoch !== held.epoch) return manifest.epoch < held.epoch;
  return manifest.head < held.head || manifest.signedAt < held.signedAt;
}

function toPlain(value: unknown): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), toPlain(item)]));
  }
  return Array.isArray(value) ? value.map(toPlain) : value;
}
