import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { TrustedKey } from '@greengate/contracts/code/trust';
import { keyIdSchema, type ReplicaKey, regionIdSchema } from '@greengate/contracts/ids';
import { encodeManifest, type Manifest } from '@greengate/contracts/replica/manifest';
import {
  encodeSegment,
  type SegmentHead,
  type SegmentLevel,
  segmentHash,
} from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { EPOCH_MS_MAX, epochMs } from '@greengate/contracts/time';

// What a cloud would send, signed by keys of the bench.

export const NOW = epochMs(1_583_020_800_000);
const HOME = regionIdSchema.parse('330100');
export const REGION = regionStream(HOME);

const key = (seed: number) => {
  const pkcs8 = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.alloc(32, seed),
  ]);
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const raw = new Uint8Array(spki.subarray(-32));
  const id = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return {
    raw,
    keyId: keyIdSchema.parse(id),
    sign: (message: Uint8Array) => new Uint8Array(sign(null, message, secret)),
  };
};
const root = key(1);
const replica = key(2);
export const rootKey = root.raw;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const signerOf = (stream: StreamName) => (stream === CONTROL ? root : replica).sign;

export function statusSegment(
  stream: StreamName,
  range: { from: number; to: number; head?: number; level?: SegmentLevel },
  entries: readonly StatusEntry[],
): Uint8Array {
  const head: SegmentHead = {
    ...{ stream, epoch: 1, level: 'day', head: range.to, part: 0, parts: 1, signedAt: NOW },
    ...range,
  };
  return encodeSegment({ ...head, kind: 'status', entries }, sha256, signerOf(stream));
}

export function controlSegment(): Uint8Array {
  const trusted: TrustedKey = {
    ...{ keyId: replica.keyId, publicKey: Buffer.from(replica.raw).toString('hex') },
    ...{ purpose: 'replica', issuer: HOME, environment: 'bench' },
    ...{ notBefore: 0, notAfter: EPOCH_MS_MAX },
  };
  const trust = { version: 1, environment: 'bench', keys: [trusted], issuersAccepted: [HOME] };
  return encodeSegment(
    {
      ...{ stream: CONTROL, epoch: 1, level: 'tail', from: 0, to: 2, head: 2 },
      ...{ part: 0, parts: 1, signedAt: NOW },
      kind: 'control',
      documents: [
        { name: 'trust-list', ver: 1, body: trust },
        { name: 'admission-policy', ver: 2, body: DEFAULT_POLICY },
      ],
      unread: 0,
    },
    sha256,
    root.sign,
  );
}

export function manifest(stream: StreamName, fields: Partial<Manifest>): Uint8Array {
  const empty = { head: 0, signedAt: NOW, segments: [], snapshot: null };
  const whole = { stream, epoch: 1, ...empty, ...fields };
  return encodeManifest(whole, signerOf(stream));
}

export function listed(
  bytes: Uint8Array,
  range: { from: number; to: number },
  level: SegmentLevel,
) {
  return { level, ...range, hash: segmentHash(bytes, sha256), bytes: bytes.length };
}

/** The same numbers at each run (mulberry32), whole numbers of 32 bits. */
export function words(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const hex = (word: number) => word.toString(16).padStart(8, '0');

/** Person `n` of `count`: their keys rise with `n`, and are random otherwise. */
export function keyOf(n: number, count: number): ReplicaKey {
  const width = 2 ** 32 / count;
  const jitter = words(n)();
  return (hex(Math.floor(n * width + (jitter / 2 ** 32) * width)) + hex(words(~n)())) as ReplicaKey;
}

/** A status as most are: green for five days from a minute on, some yellow or red for longer. */
export function statusOf(n: number, minute: number): Omit<StatusEntry, 'ver' | 'key'> {
  const start = NOW + minute * 60_000;
  const days = (count: number) => epochMs(start + count * 86_400_000);
  const draw = n % 100;
  if (draw < 94) return { colour: 'green', nextColour: 'yellow', validUntil: days(5) };
  if (draw < 99) return { colour: 'yellow', nextColour: 'green', validUntil: days(7) };
  return { colour: 'red', nextColour: 'green', validUntil: days(14) };
}
