import type { Crypto } from '@greengate/contracts/crypto';
import {
  DIGEST_BUCKETS_COUNT,
  type DigestSums,
  decodeDigests,
  emptySums,
  sameSum,
} from '@greengate/contracts/replica/digests';
import { decodeSegment, partOf, type Segment } from '@greengate/contracts/replica/segment';
import type { CheckSignature } from '@greengate/contracts/replica/signed-block';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { digestSliceRowsMax, replicaDenseSliceRowsMax } from '../limits.ts';
import type { DigestsRead, WrongBuckets } from '../ports.ts';
import type { SqlDatabase } from './database.ts';
import { closeBucket, digBucket, readBucket } from './leaf-bucket.ts';
import type { LeafMark, LeafTable } from './leaf-table.ts';
import type { StateTable, StreamState } from './replica-state.ts';

/**
 * Holds what the leaves have against what the cloud says of the same version. Checksums are taken bucket by bucket while the
 * stream goes on: a bucket that is written to is read again, until all are read and no change came in between.
 */
export interface ReplicaCheck {
  /** Reads on. Throws `LeafDamage`. */
  read(stream: StreamName): DigestsRead;
  /** Verifies the checksums at the version that `read` ended at; buckets that differ become holes. */
  offerDigests(
    stream: StreamName,
    bytes: Uint8Array,
    pause: () => Promise<void>,
  ): Promise<Result<WrongBuckets>>;
  /** Verifies and puts in one bucket, at the version that `offerDigests` answered. */
  offerBucket(
    stream: StreamName,
    bucket: number,
    bytes: Uint8Array,
    pause: () => Promise<void>,
  ): Promise<Result<void>>;
  /** A segment begins to be applied, and is applied. */
  applying(segment: Segment): void;
  applied(stream: StreamName): void;
}

export interface CheckDeps {
  readonly db: SqlDatabase;
  readonly state: StateTable;
  readonly leaves: (stream: StreamName) => LeafTable;
  readonly crypto: Crypto;
  readonly checkFor: (stream: StreamName) => CheckSignature;
}

export function replicaCheck(deps: CheckDeps): ReplicaCheck {
  const looks = new Map<StreamName, Look>();
  // A start may find rows that are ahead of their cursor: a segment of which the end was not written.
  const settled = new Set<StreamName>();
  const lookAt = (known: StreamState): Look => {
    const { name, epoch, generation } = known;
    const held = looks.get(name);
    if (held?.epoch === epoch && held.generation === generation) return held;
    const fresh: Look = {
      ...{ epoch, generation, sums: emptySums(), unread: allBuckets() },
      unsound: new Set(),
      dug: new Map(),
    };
    looks.set(name, fresh);
    return fresh;
  };
  const known = (stream: StreamName): Found | undefined => {
    const at = stream === CONTROL ? undefined : deps.state.stream(stream);
    return at && { at, look: lookAt(at) };
  };
  const knownWhole = (stream: StreamName): Found | undefined => {
    const found = known(stream);
    return found && isCaughtUp(found.at) && settled.has(stream) ? found : undefined;
  };

  return {
    read(stream) {
      const found = knownWhole(stream);
      if (!found) return 'behind';
      const { at, look } = found;
      readOn(deps, at, look);
      if (look.unread.size > 0) return 'reading';
      look.taken = { ver: at.cursor, sums: look.sums.slice(), unsound: new Set(look.unsound) };
      return { epoch: at.epoch, ver: at.cursor };
    },
    async offerDigests(stream, bytes, pause) {
      const found = knownWhole(stream);
      const taken = found?.look.taken;
      if (!found || !taken) return refuse('segment-gap');
      const { at, look } = found;
      const wanted = { stream, epoch: at.epoch, ver: taken.ver };
      const told = decodeDigests(bytes, wanted, deps.crypto.sha256, deps.checkFor(stream));
      if (!told.ok) return told;
      const wrong = [...allBuckets()].filter(
        (bucket) => taken.unsound.has(bucket) || !sameSum(taken.sums, told.value.sums, bucket),
      );
      delete look.taken;
      for (const bucket of wrong) {
        deps.db.transaction(() => digBucket(deps.leaves(stream), bucket, markOf(at)));
        look.unread.add(bucket);
        look.dug.set(bucket, at.cursor);
        await pause();
      }
      return ok({ ver: at.cursor, buckets: wrong });
    },
    offerBucket: (stream, bucket, bytes, pause) =>
      fill(deps, known(stream), { stream, bucket, bytes, pause }),
    applying(segment) {
      if (segment.kind === 'control') return;
      settled.delete(segment.stream);
      const look = looks.get(segment.stream);
      for (const { key } of look ? segment.entries : []) look?.unread.add(partOf(key, PARTS));
    },
    applied: (stream) => void settled.add(stream),
  };
}

const PARTS = { parts: DIGEST_BUCKETS_COUNT };

/** What is known of the buckets of a stream, in memory: a start begins anew. */
interface Look {
  readonly epoch: number;
  readonly generation: number;
  readonly sums: DigestSums;
  readonly unread: Set<number>;
  readonly unsound: Set<number>;
  /** Buckets that are holes, and the version from which on they hold every change. */
  readonly dug: Map<number, number>;
  /** All buckets as they were at one version. */
  taken?: {
    readonly ver: number;
    readonly sums: DigestSums;
    readonly unsound: ReadonlySet<number>;
  };
}

interface Found {
  readonly at: StreamState;
  readonly look: Look;
}

function allBuckets(): Set<number> {
  return new Set(Array.from({ length: DIGEST_BUCKETS_COUNT }, (_, bucket) => bucket));
}

/** Whether the leaves hold what the stream was at its cursor, and nothing else. */
function isCaughtUp({ cursor, head, renewing, applying, snapshot }: StreamState): boolean {
  return cursor === head && !renewing && !applying && (snapshot?.to ?? 0) <= cursor;
}

function markOf({ name, epoch, generation }: StreamState): LeafMark {
  return { stream: name, epoch, generation };
}

function readOn({ leaves }: CheckDeps, at: StreamState, { sums, unread, unsound }: Look): void {
  let rows = 0;
  for (const bucket of unread) {
    sums.fill(0, bucket * SUM_WORDS, (bucket + 1) * SUM_WORDS);
    const read = readBucket(leaves(at.name), bucket, markOf(at), at.cursor, sums);
    if (read.sound) unsound.delete(bucket);
    else unsound.add(bucket);
    unread.delete(bucket);
    rows += read.rows;
    if (rows >= digestSliceRowsMax) return;
  }
}

const SUM_WORDS = emptySums().length / DIGEST_BUCKETS_COUNT;

interface Offered {
  readonly stream: StreamName;
  readonly bucket: number;
  readonly bytes: Uint8Array;
  readonly pause: () => Promise<void>;
}

/**
 * A bucket as it stood when it was dug, or later, laid under what has come since: rows replace older ones only, so it is
 * all there is of its keys now.
 */
async function fill(
  { db, leaves, crypto, checkFor }: CheckDeps,
  found: Found | undefined,
  { stream, bucket, bytes, pause }: Offered,
): Promise<Result<void>> {
  const dugAt = found?.look.dug.get(bucket);
  if (!found || dugAt === undefined) return refuse('segment-gap');
  const { at, look } = found;
  const segment = decodeSegment(bytes, stream, crypto.sha256, checkFor(stream));
  if (!segment.ok) return segment;
  const { epoch, level, to, part, parts } = segment.value;
  const isAsked =
    epoch === at.epoch &&
    level === 'snapshot' &&
    to === dugAt &&
    part === bucket &&
    parts === PARTS.parts;
  if (!isAsked || segment.value.kind !== 'status') return refuse('digests-mismatch');
  const { entries } = segment.value;
  look.unread.add(bucket);
  for (let from = 0; from < entries.length; from += replicaDenseSliceRowsMax) {
    const slice = entries.slice(from, from + replicaDenseSliceRowsMax);
    db.transaction(() => leaves(stream).apply(slice, markOf(at)));
    await pause();
  }
  db.transaction(() => closeBucket(leaves(stream), bucket, stream));
  look.dug.delete(bucket);
  return ok(undefined);
}
