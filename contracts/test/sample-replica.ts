import { fromHex } from '../src/bytes.ts';
import { replicaKeySchema } from '../src/ids.ts';
import {
  addToSums,
  type DigestSums,
  type Digests,
  digestRow,
  emptySums,
} from '../src/replica/digests.ts';
import type { Manifest } from '../src/replica/manifest.ts';
import { encodeSegment, type Segment, segmentHash } from '../src/replica/segment.ts';
import { encodeSignedBlock } from '../src/replica/signed-block.ts';
import type { StatusEntry } from '../src/replica/status-entry.ts';
import { CONTROL, regionStream } from '../src/replica/streams.ts';
import { DEFAULT_POLICY } from '../src/rules/policy.ts';
import { epochMs } from '../src/time.ts';
import { nodeCrypto } from './node-crypto.ts';
import { HOME, NOW, replicaKey, trust } from './sample-codes.ts';

export const STREAM = regionStream(HOME);

export const check = (message: Uint8Array, signature: Uint8Array): boolean =>
  nodeCrypto.verifyEd25519(fromHex(replicaKey.publicKey), message, signature);

export const entries: readonly StatusEntry[] = [
  entry('00000000000000ff', 101, 'green', 'yellow'),
  entry('a0a1a2a3a4a5a6a7', 103, 'red', 'yellow'),
  entry('ffffffffffffffff', 102, 'pending', 'green'),
];

export const statusSegment: Segment = {
  stream: STREAM,
  epoch: 7,
  level: 'tail',
  from: 100,
  to: 103,
  head: 103,
  part: 0,
  parts: 1,
  signedAt: NOW,
  kind: 'status',
  entries,
};

/** The same, sealed: the rows have the version of its end. */
export const sealedSegment: Segment = {
  ...statusSegment,
  level: 'minute',
  kind: 'status',
  entries: entries.map((one) => ({ ...one, ver: 103 })),
};

export const controlSegment: Segment = {
  stream: CONTROL,
  epoch: 1,
  level: 'snapshot',
  from: 0,
  to: 2,
  head: 2,
  part: 0,
  parts: 1,
  signedAt: NOW,
  kind: 'control',
  documents: [
    { name: 'trust-list', ver: 1, body: trust },
    { name: 'admission-policy', ver: 2, body: DEFAULT_POLICY },
  ],
  unread: 0,
};

export function encoded(segment: Segment = statusSegment): Uint8Array {
  return encodeSegment(segment, nodeCrypto.sha256, replicaKey.sign);
}

export const manifest: Manifest = {
  stream: STREAM,
  epoch: 7,
  head: 103,
  signedAt: NOW,
  segments: [
    {
      level: 'minute',
      from: 100,
      to: 103,
      hash: segmentHash(encoded(), nodeCrypto.sha256),
      bytes: encoded().length,
    },
  ],
  snapshot: null,
};

export const digests: Digests = {
  ...{ stream: STREAM, epoch: 7, ver: 103, signedAt: NOW },
  sums: sumsOf(entries),
};

/** A block of any header and body, truly signed: what a faulty or hostile cloud could send. */
export function block(
  magic: string,
  header: ReadonlyMap<unknown, unknown>,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return encodeSignedBlock(magic, header as Map<string, unknown>, body, replicaKey.sign);
}

function entry(
  key: string,
  ver: number,
  colour: StatusEntry['colour'],
  nextColour: StatusEntry['nextColour'],
): StatusEntry {
  return {
    ver,
    key: replicaKeySchema.parse(key),
    colour,
    nextColour,
    validUntil: epochMs(NOW + ver * 1000),
  };
}

function sumsOf(rows: readonly StatusEntry[]): DigestSums {
  const sums = emptySums();
  for (const row of rows) addToSums(sums, digestRow(row));
  return sums;
}
