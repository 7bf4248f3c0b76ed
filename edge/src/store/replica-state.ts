import { createHash } from 'node:crypto';
import { sha256HexSchema } from '@greengate/contracts/ids';
import { type ControlDocument, controlDocumentSchema } from '@greengate/contracts/replica/control';
import { streamNameSchema } from '@greengate/contracts/replica/streams';
import { z } from 'zod';
import type { SqlDatabase } from './database.ts';
import { SEAL_BYTES, type Seal } from './seal.ts';

const count = z.int().nonnegative();

/**
 * Where a stream stands; times are EpochMs, `syncedAt` 0 before the first time that all was held. A manifest is held
 * against `manifestAt` alone: the cloud keeps one for a while, and a tail may be signed after it.
 */
const streamStateSchema = z.strictObject({
  name: streamNameSchema,
  epoch: count,
  generation: count,
  /** Every change up to here is applied. */
  cursor: count,
  head: count,
  manifestAt: count,
  signedAt: count,
  syncedAt: count,
  /** Rows of the generation before are still in force. */
  renewing: z.boolean(),
  /** The segment that is being applied, and how many of its rows are. */
  applying: z.strictObject({ hash: sha256HexSchema, rows: count }).exactOptional(),
  /** The snapshot that is being applied, and how many of its parts are. */
  snapshot: z.strictObject({ to: count, parts: count }).exactOptional(),
  /** Documents of the control stream that the version which read them did not know. */
  unread: count.exactOptional(),
});
export type StreamState = z.infer<typeof streamStateSchema>;

export type DocumentName = ControlDocument['name'];

const recordSchema = z.union([
  z.strictObject({ stream: streamStateSchema }),
  z.strictObject({ document: controlDocumentSchema }),
]);
type Record = z.infer<typeof recordSchema>;

/** Streams and documents: few, small, and each sealed. */
export interface StateTable {
  stream(name: string): StreamState | undefined;
  document<N extends DocumentName>(name: N): Extract<ControlDocument, { name: N }> | undefined;
  all(): ReplicaState;
  putStream(state: StreamState): void;
  /** Keeps the newer of the document and the one that is held; in any case one whose own version is not below. */
  putDocument(document: ControlDocument, inAnyCase: boolean): void;
  dropStream(name: string): void;
}

export interface ReplicaState {
  readonly streams: readonly StreamState[];
  readonly documents: readonly ControlDocument[];
  /** Records whose seal does not hold, or which this version cannot read. */
  readonly bad: number;
}

export const STATE_SCHEMA =
  'CREATE TABLE IF NOT EXISTS state (slot INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;';

// Cast, as for leaves: text that is no UTF-8 aborts the process.
const ALL = 'SELECT CAST(body AS BLOB) AS body FROM state';
const CONTEXT = 'state';

// Streams and documents of now, and a few of before: some kilobytes.
const recordsKeptMax = 16;

export function stateTable(db: SqlDatabase, seal: Seal): StateTable {
  const all = readState(db, seal);
  const one = db.prepare<{ body: Uint8Array }>(`${ALL} WHERE slot = ?`);
  const set = db.prepare('INSERT OR REPLACE INTO state (slot, body) VALUES (?, ?)');
  const drop = db.prepare('DELETE FROM state WHERE slot = ?');
  const unseal = unsealer(seal);
  const get = (name: string): Record | undefined => {
    const row = one.get(slotOf(name));
    return row && unseal(row.body);
  };
  const put = (name: string, record: Record) => {
    const text = Buffer.from(JSON.stringify(record));
    set.run(slotOf(name), Buffer.concat([seal.of(CONTEXT, text), text]));
  };
  const document = (name: DocumentName) => {
    const record = get(`document ${name}`);
    return record && 'document' in record ? record.document : undefined;
  };
  return {
    stream(name) {
      const record = get(`stream ${name}`);
      return record && 'stream' in record ? record.stream : undefined;
    },
    document: <N extends DocumentName>(name: N) =>
      document(name) as Extract<ControlDocument, { name: N }> | undefined,
    all,
    putStream: (stream) => put(`stream ${stream.name}`, { stream }),
    putDocument(next, inAnyCase) {
      const held = document(next.name);
      // A cloud that was restored from a backup begins an epoch with the rules of before: they never fall (F16).
      const grown = held ? next.body.version - held.body.version : 1;
      const isNewer = grown === 0 && (inAnyCase || (held?.ver ?? 0) < next.ver);
      if (grown > 0 || isNewer) put(`document ${next.name}`, { document: next });
    },
    dropStream: (name) => drop.run(slotOf(`stream ${name}`)),
  };
}

/** Reads all records that there are; those that are bad are counted and left out. */
export function readState(db: SqlDatabase, seal: Seal): () => ReplicaState {
  const all = db.prepare<{ body: Uint8Array }>(ALL);
  const unseal = unsealer(seal);
  return () => {
    const records = all.all().map(({ body }) => unseal(body));
    const good = records.filter((record) => record !== undefined);
    return {
      streams: good
        .flatMap((record) => ('stream' in record ? [record.stream] : []))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      documents: good.flatMap((record) => ('document' in record ? [record.document] : [])),
      bad: records.length - good.length,
    };
  };
}

/**
 * Reads records out of the bytes that they lie in. Few change from one reading to the next, and the same bytes hold the
 * same record under the same seal: what was read last is not checked again. Nobody may change what it answers.
 */
function unsealer(seal: Seal): (body: Uint8Array) => Record | undefined {
  const known = new Map<string, Record>();
  return (body) => {
    if (!(body instanceof Uint8Array)) return undefined;
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
    const before = known.get(bytes);
    if (before) return before;
    const record = unseal(body, seal);
    if (known.size >= recordsKeptMax) known.clear();
    if (record) known.set(bytes, record);
    return record;
  };
}

function unseal(body: Uint8Array, seal: Seal): Record | undefined {
  const text = body.subarray(SEAL_BYTES);
  if (!seal.holds(CONTEXT, text, body.subarray(0, SEAL_BYTES))) return undefined;
  const record = recordSchema.safeParse(JSON.parse(Buffer.from(text).toString()));
  return record.success ? record.data : undefined;
}

/** Six bytes of a hash: as unique as a handful of names needs, and exact as a number. */
function slotOf(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}
