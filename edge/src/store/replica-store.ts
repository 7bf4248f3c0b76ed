import type { Crypto } from '@greengate/contracts/crypto';
import type { ReplicaKey, Sha256Hex } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import { decodeManifest, type Manifest } from '@greengate/contracts/replica/manifest';
import { decodeSegment, type Segment, segmentHash } from '@greengate/contracts/replica/segment';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { epochMs } from '@greengate/contracts/time';
import {
  replicaDenseSliceRowsMax,
  replicaDenseSlicesCount,
  replicaSliceRowsMax,
  segmentSkewMsMax,
} from '../limits.ts';
import type { Applied, DigestsRead, StreamMark, WrongBuckets } from '../ports.ts';
import { openWriter, type SqlDatabase } from './database.ts';
import { FIRST_KEY } from './leaf.ts';
import {
  LEAF_SCHEMA,
  LeafDamage,
  type LeafTable,
  LeafTreeDamage,
  leafTable,
} from './leaf-table.ts';
import { replicaCheck } from './replica-check.ts';
import { signersOf } from './replica-keys.ts';
import { STATE_SCHEMA, type StateTable, type StreamState, stateTable } from './replica-state.ts';
import { createSeal } from './seal.ts';

/**
 * replica.db: what the cloud said, verified. It can be fetched again, so it is written NORMAL. Everything is
 * applied under its signature and its version: a row never goes back, a stream never goes back.
 */
export interface ReplicaStore {
  /** Reads streams, documents and the edges of the leaves; throws where the file is damaged. */
  check(): void;
  mark(stream: StreamName): StreamMark | undefined;
  offerManifest(stream: StreamName, bytes: Uint8Array): Result<Manifest>;
  /**
   * Verifies a segment whole, then applies it slice by slice; `pause` runs between slices. A crash in between
   * leaves newer rows early and the cursor where it was; the same segment goes on behind its last slice. Refuses
   * (`replica-damaged`) where rows were lost: they are unknown from then on, and the stream is to be fetched anew.
   */
  offerSegment(
    stream: StreamName,
    bytes: Uint8Array,
    hash: Sha256Hex | undefined,
    pause: Pause,
  ): Promise<Result<Applied>>;
  /** Reads every leaf of a stream; true when some were lost, and the stream is to be fetched anew. */
  scrub(stream: StreamName, pause: Pause): Promise<boolean>;
  /** What follows, but without its thread: see `ReplicaWriter`. */
  readDigests(stream: StreamName, pause: Pause): Promise<Result<DigestsRead>>;
  offerDigests(stream: StreamName, bytes: Uint8Array, pause: Pause): Promise<Result<WrongBuckets>>;
  offerBucket(
    stream: StreamName,
    bucket: number,
    bytes: Uint8Array,
    pause: Pause,
  ): Promise<Result<void>>;
  close(): void;
}

export type Pause = () => Promise<void>;

export interface ReplicaFile {
  readonly file: string;
  /** Raw Ed25519 key that signs the control stream. */
  readonly rootKey: Uint8Array;
  /** What rows are sealed with; 32 bytes, from outside of the file. */
  readonly sealKey: Uint8Array;
}

/** What the functions below work on. */
interface Held {
  readonly db: SqlDatabase;
  readonly state: StateTable;
  readonly tables: readonly LeafTable[];
  readonly leaves: (stream: StreamName) => LeafTable;
}

export function openReplicaStore(
  { file, rootKey, sealKey }: ReplicaFile,
  crypto: Crypto,
): ReplicaStore {
  const db = openWriter(file, {
    synchronous: 'NORMAL',
    pageBytes: 4096,
    walBytesMax: 16 * 1024 * 1024,
  });
  db.exec(STATE_SCHEMA + LEAF_SCHEMA);
  const seal = createSeal(sealKey);
  const state = stateTable(db, seal);
  const [red, region] = [leafTable(db, 'leaf_red', seal), leafTable(db, 'leaf_region', seal)];
  const held: Held = {
    db,
    state,
    tables: [red, region],
    leaves: (of) => (of === RED ? red : region),
  };
  const checkFor = signersOf(rootKey, state, crypto);
  const digests = replicaCheck({ ...held, crypto, checkFor });
  readUnreadAgain(held);
  const orScrubbed = async <T>(
    stream: StreamName,
    pause: Pause,
    work: () => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LeafDamage)) throw error;
      // Nothing was lost that could be fetched again: else the same would be refused for ever.
      if (!(await scrub(held, stream, pause))) throw new LeafTreeDamage(error.message);
      return refuse('replica-damaged');
    }
  };

  return {
    check: () => check(held),
    mark(stream) {
      const known = state.stream(stream);
      return known && markOf(known);
    },
    offerManifest(stream, bytes) {
      const known = state.stream(stream);
      const mark = known && { ...markOf(known), signedAt: epochMs(known.manifestAt) };
      const decoded = decodeManifest(bytes, stream, mark, checkFor(stream));
      if (decoded.ok) db.transaction(() => noteManifest(held, decoded.value, known));
      return decoded;
    },
    async offerSegment(stream, bytes, hash, pause) {
      const address = segmentHash(bytes, crypto.sha256);
      if (hash !== undefined && hash !== address) return refuse('segment-hash-mismatch');
      const decoded = decodeSegment(bytes, stream, crypto.sha256, checkFor(stream));
      if (!decoded.ok) return decoded;
      const segment = decoded.value;
      const unfit = misfit(segment, state.stream(stream));
      if (unfit !== undefined) return refuse(unfit);
      return orScrubbed(stream, pause, async () => {
        digests.applying(segment);
        await applyRows(held, segment, address, pause);
        const mark = await finish(held, segment, pause);
        digests.applied(stream);
        return ok({ ...mark, ...brought(segment) });
      });
    },
    scrub: (stream, pause) => scrub(held, stream, pause),
    readDigests: (stream, pause) =>
      orScrubbed(stream, pause, () => Promise.resolve(ok(digests.read(stream)))),
    offerDigests: (stream, bytes, pause) =>
      orScrubbed(stream, pause, () => digests.offerDigests(stream, bytes, pause)),
    offerBucket: (stream, bucket, bytes, pause) =>
      orScrubbed(stream, pause, () => digests.offerBucket(stream, bucket, bytes, pause)),
    close() {
      db.checkpoint();
      db.close();
    },
  };
}

function check({ state, tables }: Held): void {
  for (const table of tables) table.ends();
  const { streams, bad } = state.all();
  if (bad > 0) throw new LeafDamage(`${bad} records of the replica are damaged`);
  const control = streams.find(({ name }) => name === CONTROL);
  if (control && control.cursor > 0 && !control.unread && !state.document('trust-list')) {
    throw new LeafDamage('the trust list is lost');
  }
}

/** A version that knows more than the one before reads again what that one could not. */
function readUnreadAgain({ db, state }: Held): void {
  const control = state.all().streams.find(({ name }) => name === CONTROL);
  if (!control?.unread) return;
  const { unread, ...known } = control;
  db.transaction(() => state.putStream({ ...known, cursor: 0 }));
}

/**
 * Remembers the newest manifest. A new epoch starts the stream anew, but its old rows stay in force until the
 * new ones are complete.
 */
function noteManifest(held: Held, manifest: Manifest, known: StreamState | undefined): void {
  const { epoch, head, signedAt } = manifest;
  if (!known) {
    begin(held, manifest);
    return;
  }
  const { state } = held;
  const signed = { head, manifestAt: signedAt, signedAt: Math.max(known.signedAt, signedAt) };
  if (known.epoch !== epoch) {
    state.putStream({ ...renewed(known, epoch), ...signed });
  } else {
    const syncedAt = Math.max(known.syncedAt, known.cursor === head ? signedAt : 0);
    state.putStream({ ...known, ...signed, syncedAt });
  }
}

/** The region's table holds one region: another one's rows go with what is known of its stream. */
function begin({ state, leaves }: Held, { stream, epoch, head, signedAt }: Manifest): void {
  const generation = 1;
  if (stream !== CONTROL) {
    leaves(stream).begin({ stream, epoch, generation });
    for (const { name } of state.all().streams) {
      if (stream !== RED && name !== RED && name !== CONTROL) state.dropStream(name);
    }
  }
  const times = { manifestAt: signedAt, signedAt, syncedAt: head === 0 ? signedAt : 0 };
  state.putStream({ name: stream, epoch, generation, cursor: 0, head, ...times, renewing: false });
}

/** All is to be fetched anew; what is held stays in force until then. */
function renewed(known: StreamState, epoch: number): StreamState {
  const { applying, snapshot, ...rest } = known;
  return { ...rest, epoch, generation: known.generation + 1, cursor: 0, renewing: true };
}

async function applyRows(
  { db, state, leaves }: Held,
  segment: Segment,
  hash: Sha256Hex,
  pause: Pause,
): Promise<void> {
  if (segment.kind === 'control') return;
  const { stream, entries } = segment;
  const before = state.stream(stream)?.applying;
  const start = before?.hash === hash ? before.rows : 0;
  const slice = sliceRows(entries.length);
  for (let at = start; at < entries.length; at += slice) {
    if (at > start) await pause();
    const end = Math.min(entries.length, at + slice);
    db.transaction(() => {
      const known = knownStream(state, stream);
      leaves(stream).apply(entries.slice(at, end), leafMark(known));
      // One of a single slice is finished in a moment: no need to remember how far it came.
      if (end < entries.length) state.putStream({ ...known, applying: { hash, rows: end } });
    });
  }
}

/** Rows of a large segment lie close together, so that more of them go into as many pages. */
function sliceRows(rows: number): number {
  return Math.max(
    replicaSliceRowsMax,
    Math.min(replicaDenseSliceRowsMax, Math.ceil(rows / replicaDenseSlicesCount)),
  );
}

/** Why a segment does not follow what is held; undefined: it does. */
function misfit(segment: Segment, known: StreamState | undefined): ReasonCode | undefined {
  if (known?.epoch !== segment.epoch) return 'epoch-changed';
  if (isContradicted(segment, known)) return 'segment-older';
  return segment.from > known.cursor || !isNextPart(segment, known) ? 'segment-gap' : undefined;
}

/** A head never falls: who says more than what was signed later says what is not so, or was taken back. */
function isContradicted({ head, signedAt }: Segment, known: StreamState): boolean {
  return head > known.head && signedAt < known.signedAt - segmentSkewMsMax;
}

/** Parts of a snapshot come in their order; one that was applied may come again. */
function isNextPart({ level, to, part }: Segment, { snapshot }: StreamState): boolean {
  return level !== 'snapshot' || part <= (snapshot?.to === to ? snapshot.parts : 0);
}

/** What ends a segment: documents, the cursor and, when all is held, the time of it. */
async function finish(held: Held, segment: Segment, pause: Pause): Promise<StreamMark> {
  const { db, state } = held;
  const { applying, ...known } = knownStream(state, segment.stream);
  const { part, parts, to } = segment;
  if (part + 1 < parts) {
    const next = { ...known, snapshot: { to, parts: part + 1 } };
    db.transaction(() => state.putStream(next));
    return markOf(next);
  }
  const cursor = Math.max(known.cursor, to);
  const head = Math.max(known.head, segment.head);
  const signedAt = Math.max(known.signedAt, segment.signedAt);
  const complete = cursor === head;
  // What the new generation does not know is gone now, and not before.
  if (complete && known.renewing && segment.kind === 'status') await sweep(held, known, pause);
  // A stored segment is as old as its sealing; only a tail says that nothing is missing now.
  const syncedAt = !complete ? 0 : segment.level === 'tail' ? segment.signedAt : signedAt;
  const next: StreamState = {
    ...known,
    ...{ cursor, head, signedAt },
    syncedAt: Math.max(known.syncedAt, syncedAt),
    renewing: known.renewing && !complete,
    ...(segment.kind === 'control' && segment.unread > 0 ? { unread: segment.unread } : {}),
  };
  db.transaction(() => {
    if (segment.kind === 'control') {
      for (const document of segment.documents) state.putDocument(document, known.renewing);
    }
    state.putStream(next);
  });
  return markOf(next);
}

async function sweep({ db, leaves }: Held, known: StreamState, pause: Pause): Promise<void> {
  let from: ReplicaKey | undefined = FIRST_KEY;
  while (from) {
    const start: ReplicaKey = from;
    db.transaction(() => {
      from = leaves(known.name).sweep(start, leafMark(known));
    });
    await pause();
  }
}

async function scrub({ db, state, leaves }: Held, stream: StreamName, pause: Pause) {
  const known = state.stream(stream);
  if (!known || stream === CONTROL) return false;
  let from: ReplicaKey | undefined = FIRST_KEY;
  let holes = 0;
  while (from) {
    const start: ReplicaKey = from;
    db.transaction(() => {
      const looked = leaves(stream).scrub(start, leafMark(known));
      holes += looked.holes;
      from = looked.next;
    });
    await pause();
  }
  const latest = knownStream(state, stream);
  if (holes > 0) db.transaction(() => state.putStream(renewed(latest, latest.epoch)));
  return holes > 0;
}

function knownStream(state: StateTable, stream: StreamName): StreamState {
  const known = state.stream(stream);
  if (!known) throw new LeafDamage(`what is known of ${stream} is lost`);
  return known;
}

function leafMark({ name, epoch, generation }: StreamState) {
  return { stream: name, epoch, generation };
}

function brought(segment: Segment): Pick<Applied, 'rows' | 'documents' | 'unread'> {
  return segment.kind === 'control'
    ? { rows: segment.documents.length, documents: segment.documents, unread: segment.unread }
    : { rows: segment.entries.length, documents: [], unread: 0 };
}

function markOf({ epoch, cursor, head, signedAt, snapshot }: StreamState): StreamMark {
  const mark = { epoch, cursor, head, signedAt: epochMs(signedAt) };
  return snapshot && snapshot.to > cursor ? { ...mark, snapshot } : mark;
}
