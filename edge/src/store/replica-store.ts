import { fromHex } from '@greengate/contracts/bytes';
import { COLOURS } from '@greengate/contracts/code/colour';
import { type TrustList, trustListSchema } from '@greengate/contracts/code/trust';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId, ReplicaKey, Sha256Hex } from '@greengate/contracts/ids';
import { decodeManifest, type Manifest } from '@greengate/contracts/replica/manifest';
import { decodeSegment, type Segment, segmentHash } from '@greengate/contracts/replica/segment';
import type { CheckSignature } from '@greengate/contracts/replica/signed-block';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type AdmissionPolicy, admissionPolicySchema } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { replicaSliceRowsMax } from '../limits.ts';
import type { Applied, StreamMark } from '../ports.ts';
import { openWriter, type SqlDatabase, type Statement } from './database.ts';

/**
 * replica.db: what the cloud said, verified. It can be fetched again, so it is written NORMAL. Everything is
 * applied under its signature and its version: a row never goes back, a stream never goes back.
 */
export interface ReplicaStore {
  /** Reads every table through, except the statuses themselves; throws where the file is damaged. */
  check(): void;
  mark(stream: StreamName): StreamMark | undefined;
  offerManifest(stream: StreamName, bytes: Uint8Array): Result<Manifest>;
  /**
   * Verifies a segment whole, then applies it slice by slice; `pause` runs between slices. A crash in between
   * leaves newer rows early and the cursor where it was, and the segment is applied again.
   */
  offerSegment(
    stream: StreamName,
    bytes: Uint8Array,
    hash: Sha256Hex | undefined,
    pause: () => Promise<void>,
  ): Promise<Result<Applied>>;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS status (
    key INTEGER PRIMARY KEY, ver INTEGER NOT NULL, colours INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS red (
    key INTEGER PRIMARY KEY, ver INTEGER NOT NULL, colours INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS stream (
    name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, cursor INTEGER NOT NULL, head INTEGER NOT NULL,
    manifest_at INTEGER NOT NULL, signed_at INTEGER NOT NULL, synced_at INTEGER NOT NULL,
    renewing INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS control (
    name TEXT PRIMARY KEY, ver INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * A row of `stream`; times are EpochMs, `synced_at` 0 before the first time that all was held. A manifest is
 * held against `manifest_at` alone: the cloud keeps one for a while, and a tail may be signed after it.
 */
export interface StreamRow {
  readonly name: StreamName;
  readonly epoch: number;
  readonly cursor: number;
  readonly head: number;
  readonly manifest_at: number;
  /** 1 while rows of the epoch before are still in force. */
  readonly renewing: number;
  readonly signed_at: number;
  readonly synced_at: number;
}

export function openReplicaStore(file: string, rootKey: Uint8Array, crypto: Crypto): ReplicaStore {
  const db = openWriter(file, {
    synchronous: 'NORMAL',
    pageBytes: 4096,
    walBytesMax: 16 * 1024 * 1024,
  });
  db.exec(SCHEMA);
  const sql = prepareAll(db);

  const checkFor = (stream: StreamName): CheckSignature =>
    stream === CONTROL
      ? (message, signature) => crypto.verifyEd25519(rootKey, message, signature)
      : (message, signature) =>
          replicaKeys(sql, stream).some((key) => crypto.verifyEd25519(key, message, signature));

  return {
    check() {
      sql.allStreams.all();
      readTrust(sql.control.get('trust-list')?.body);
      readPolicy(sql.control.get('admission-policy')?.body);
      for (const table of [sql.status, sql.red]) table.ends.all();
    },
    mark(stream) {
      const row = sql.stream.get(stream);
      return row && markOf(row);
    },
    offerManifest(stream, bytes) {
      const held = sql.stream.get(stream);
      const mark = held && { ...markOf(held), signedAt: held.manifest_at };
      const decoded = decodeManifest(bytes, stream, mark, checkFor(stream));
      if (decoded.ok) db.transaction(() => noteManifest(sql, decoded.value, held));
      return decoded;
    },
    async offerSegment(stream, bytes, hash, pause) {
      if (hash !== undefined && segmentHash(bytes, crypto.sha256) !== hash) {
        return refuse('segment-hash-mismatch');
      }
      const decoded = decodeSegment(bytes, stream, crypto.sha256, checkFor(stream));
      if (!decoded.ok) return decoded;
      const segment = decoded.value;
      const held = sql.stream.get(stream);
      if (held?.epoch !== segment.epoch) return refuse('epoch-changed');
      if (segment.from > held.cursor) return refuse('segment-gap');
      const rows = await applyRows(db, sql, segment, pause);
      return ok({ ...finish(db, sql, segment), rows, documents: documentsOf(segment) });
    },
    close() {
      db.checkpoint();
      db.close();
    },
  };
}

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(db: SqlDatabase) {
  const upsert = (table: string) =>
    db.prepare(
      `INSERT INTO ${table} (key, ver, colours, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET ver = excluded.ver, colours = excluded.colours, until = excluded.until
       WHERE excluded.ver > ver`,
    );
  return {
    stream: db.prepare<StreamRow>('SELECT * FROM stream WHERE name = ?'),
    allStreams: db.prepare<StreamRow>('SELECT * FROM stream'),
    setStream: db.prepare(
      'INSERT OR REPLACE INTO stream (name, epoch, cursor, head, manifest_at, signed_at, synced_at, renewing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    status: tableStatements(db, 'status', upsert('status')),
    red: tableStatements(db, 'red', upsert('red')),
    control: db.prepare<{ body: string }>('SELECT body FROM control WHERE name = ?'),
    setControl: db.prepare(
      `INSERT INTO control (name, ver, body) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET ver = excluded.ver, body = excluded.body WHERE excluded.ver > ver`,
    ),
    voidControl: db.prepare('UPDATE control SET ver = 0'),
  };
}

interface TableStatements {
  readonly ends: Statement<unknown>;
  readonly upsert: Statement<unknown>;
  readonly voidVersions: Statement<unknown>;
  readonly dropVoid: Statement<unknown>;
}

function tableStatements(
  db: SqlDatabase,
  table: string,
  upsert: Statement<unknown>,
): TableStatements {
  return {
    // The first and the last row: down both edges of the tree.
    ends: db.prepare(`SELECT min(key), max(key) FROM ${table}`),
    upsert,
    voidVersions: db.prepare(`UPDATE ${table} SET ver = 0`),
    dropVoid: db.prepare(`DELETE FROM ${table} WHERE ver = 0`),
  };
}

/**
 * Remembers the newest manifest. A new epoch starts the stream anew, but its old rows stay in force until the
 * new ones are complete: their version 0 lets any new row replace them.
 */
function noteManifest(sql: Statements, manifest: Manifest, held: StreamRow | undefined): void {
  const { stream, epoch, head, signedAt } = manifest;
  const same = held?.epoch === epoch;
  if (held && !same) {
    if (stream === CONTROL) sql.voidControl.run();
    else tableOf(sql, stream).voidVersions.run();
  }
  const cursor = same ? held.cursor : 0;
  const syncedAt = Math.max(held?.synced_at ?? 0, cursor === head ? signedAt : 0);
  const latest = Math.max(held?.signed_at ?? 0, signedAt);
  const renewing = same ? held.renewing : Number(held !== undefined);
  sql.setStream.run(stream, epoch, cursor, head, signedAt, latest, syncedAt, renewing);
}

async function applyRows(
  db: SqlDatabase,
  sql: Statements,
  segment: Segment,
  pause: () => Promise<void>,
): Promise<number> {
  if (segment.kind === 'control') return segment.documents.length;
  const { upsert } = tableOf(sql, segment.stream);
  const { entries } = segment;
  for (let at = 0; at < entries.length; at += replicaSliceRowsMax) {
    if (at > 0) await pause();
    db.transaction(() => {
      for (const entry of entries.slice(at, at + replicaSliceRowsMax)) {
        upsert.run(rowKey(entry.key), entry.ver, packColours(entry), entry.validUntil / 1000);
      }
    });
  }
  return entries.length;
}

/** The last transaction of a segment: documents, the cursor and, when all is held, the time of it. */
function finish(db: SqlDatabase, sql: Statements, segment: Segment): StreamMark {
  const held = sql.stream.get(segment.stream);
  const cursor = Math.max(held?.cursor ?? 0, segment.to);
  const head = Math.max(held?.head ?? 0, segment.to);
  const signedAt = Math.max(held?.signed_at ?? 0, segment.signedAt);
  const complete = cursor === head;
  const renewing = held?.renewing === 1;
  // A stored segment is as old as its sealing; only a tail says that nothing is missing now.
  const syncedAt =
    complete && segment.level === 'tail'
      ? segment.signedAt
      : complete
        ? signedAt
        : (held?.synced_at ?? 0);
  db.transaction(() => {
    for (const { name, ver, body } of documentsOf(segment))
      sql.setControl.run(name, ver, JSON.stringify(body));
    // What the new epoch does not know is gone now, and not before.
    if (complete && renewing && segment.kind === 'status') {
      tableOf(sql, segment.stream).dropVoid.run();
    }
    sql.setStream.run(
      segment.stream,
      segment.epoch,
      cursor,
      head,
      held?.manifest_at ?? 0,
      signedAt,
      Math.max(syncedAt, held?.synced_at ?? 0),
      Number(renewing && !complete),
    );
  });
  return { epoch: segment.epoch, cursor, head, signedAt: epochMs(signedAt) };
}

function documentsOf(segment: Segment) {
  return segment.kind === 'control' ? segment.documents : [];
}

function tableOf(sql: Statements, stream: StreamName): TableStatements {
  return stream === RED ? sql.red : sql.status;
}

/** A region signs its own stream; the red list is signed by a region whose codes are accepted (THREATS T29). */
function replicaKeys(sql: Statements, stream: StreamName): Uint8Array[] {
  const trust = readTrust(sql.control.get('trust-list')?.body);
  // No clock is needed to know that a key is past its end: the root signed a later time.
  const knownAt = sql.stream.get(CONTROL)?.signed_at ?? 0;
  const speaksFor = (issuer: RegionId) =>
    stream === RED ? trust?.issuersAccepted.includes(issuer) : stream === regionStream(issuer);
  return (trust?.keys ?? [])
    .filter((key) => key.purpose === 'replica' && key.environment === trust?.environment)
    .filter((key) => speaksFor(key.issuer) && knownAt < key.notAfter)
    .map((key) => fromHex(key.publicKey));
}

export function readTrust(body: string | undefined): TrustList | undefined {
  return body === undefined ? undefined : trustListSchema.parse(JSON.parse(body));
}

export function readPolicy(body: string | undefined): AdmissionPolicy | undefined {
  return body === undefined ? undefined : admissionPolicySchema.parse(JSON.parse(body));
}

/** A replica key as SQLite's signed 64-bit integer. */
export function rowKey(key: ReplicaKey): bigint {
  return BigInt.asIntN(64, BigInt(`0x${key}`));
}

function packColours(entry: StatusEntry): number {
  return COLOURS.indexOf(entry.colour) | (COLOURS.indexOf(entry.nextColour) << 2);
}

function markOf(row: StreamRow): StreamMark {
  return { epoch: row.epoch, cursor: row.cursor, head: row.head, signedAt: epochMs(row.signed_at) };
}
