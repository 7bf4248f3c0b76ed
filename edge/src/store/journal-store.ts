import type { Crypto } from '@greengate/contracts/crypto';
import { packEvent } from '@greengate/contracts/journal/packed-event';
import type { IntentTrace } from '@greengate/contracts/journal/packed-trace';
import type { PassageDraft, PassageEvent } from '@greengate/contracts/wire/passage';
import {
  journalAckedRowsMax,
  journalHistoryRowsMax,
  journalPruneRowsMax,
  lostEventsCountMax,
} from '../limits.ts';
import type { JournalPosition, JournalState } from '../ports.ts';
import { openWriter, type SqlDatabase } from './database.ts';
import { readEpoch, writeEpoch } from './epoch-file.ts';
import { type ChainStep, linkOf } from './journal-chain.ts';
import { createJournalCursor } from './journal-cursor.ts';
import { createJournalHistory } from './journal-history.ts';
import { createJournalProof } from './journal-proof.ts';
import {
  EPOCH_SHIFT,
  idOf,
  JournalDamage,
  type JournalRow,
  positionOf,
  readEvent,
} from './journal-row.ts';

/**
 * journal.db: every event of the gateway in the order in which it was written, each hash covering the one
 * before it. One table; the outbox is a cursor into it; no AUTOINCREMENT, because rows are pruned only below
 * the cursor and every start is a new epoch (ARCHITECTURE, journal worker).
 */
export interface JournalStore {
  /** Reads both ends of the journal; throws where the file is damaged. */
  check(): void;
  /** Writes all drafts in one FULL commit and answers their positions in order. */
  append(drafts: readonly PassageDraft[]): JournalPosition[];
  pending(limit: number): { epoch: number; events: PassageEvent[] };
  /** Sets the outbox cursor; lower than before when the cloud asks for events again, epoch 0 for all that is kept. */
  acknowledge(position: JournalPosition): void;
  /** Sends all that is kept again, once for each epoch of the cloud: it began one because it lost what it had. */
  beginAgain(cloudEpoch: number): void;
  state(): JournalState;
  /** The latest instant in the journal, or 0: a floor for the clock. */
  lastTrustedAt(): number;
  /** Passages of the epochs before, among their last rows, that have no outcome: a crash left them open. */
  openPassages(): IntentTrace[];
  /** Those of the epochs before, among their last rows, that were admitted; oldest first. */
  lastAdmitted(): IntentTrace[];
  /** Walks the chain; the position of the first row that does not fit, if any. */
  verifyChain(): JournalPosition | undefined;
  /** Walks on through the chain from where it was left. */
  verifyNext(rowsMax: number): ChainStep;
  /** Notes the newest row beside the file; answers the one that was noted before this start and is not there any more. */
  anchor(): JournalPosition | undefined;
  /** Removes acknowledged rows beyond the retention limit. */
  prune(): void;
  close(): void;
}

const SETTINGS = {
  synchronous: 'FULL',
  pageBytes: 1024,
  walBytesMax: 4 * 1024 * 1024,
} as const;

const GENESIS = new Uint8Array(32);

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY,
    payload BLOB NOT NULL,
    hash BLOB NOT NULL,
    epoch INTEGER GENERATED ALWAYS AS (id / ${EPOCH_SHIFT}) VIRTUAL,
    seq INTEGER GENERATED ALWAYS AS (id % ${EPOCH_SHIFT}) VIRTUAL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * `firstEpoch`: where a journal that is new begins. A gateway whose journal was lost must not number its events
 * with an epoch that the cloud has seen already: they would be taken for the old ones.
 */
export function openJournalStore(
  file: string,
  sha256: Crypto['sha256'],
  firstEpoch = 1,
): JournalStore {
  const db = openWriter(file, SETTINGS);
  db.exec(SCHEMA);
  const sql = prepareAll(db);
  const epoch = beginEpoch(db, sql, `${file}.epoch`, firstEpoch);
  let seq = 0;
  const base = () => bytesMark(sql, 'base') ?? GENESIS;
  let head = sql.last.get()?.hash ?? base();
  const cursor = createJournalCursor(db, sql.setMark, (name) => numberMark(sql, name) ?? 0);
  // Kept, not counted: counting a long outbox would hold up the intents.
  let rows = rowsBetween(sql, 0, Number.MAX_SAFE_INTEGER);
  let pending = rowsBetween(sql, cursor.value(), Number.MAX_SAFE_INTEGER);
  const history = createJournalHistory(() =>
    sql.newest.all(idOf({ epoch, seq: 0 }), journalHistoryRowsMax),
  );

  const proof = createJournalProof(`${file}.head`, { ...sql, base }, sha256);

  return {
    ...history,
    ...proof,
    check() {
      history.read();
      sql.after.all(0, 1);
    },
    append(drafts) {
      const written: JournalPosition[] = [];
      let chain = head;
      let cursorWritten: () => void = () => undefined;
      db.transaction(() => {
        for (const draft of drafts) {
          const position = { epoch, seq: seq + written.length + 1 };
          const payload = packEvent(draft);
          chain = linkOf(sha256, chain, position, payload);
          sql.insert.run(idOf(position), payload, chain);
          written.push(position);
        }
        cursorWritten = cursor.write();
      });
      cursorWritten();
      head = chain;
      seq += written.length;
      rows += written.length;
      pending += written.filter((position) => idOf(position) > cursor.value()).length;
      return written;
    },
    pending(limit) {
      const found = sql.after.all(cursor.value(), limit);
      const oldest = sql.firstAfter.get(0)?.id;
      return eventsOf(found, oldest, positionOf(cursor.value()), limit) ?? { epoch, events: [] };
    },
    acknowledge(position) {
      const [from, to] = [cursor.value(), idOf(position)];
      const passed = rowsBetween(sql, from, to);
      pending += rowsBetween(sql, to, from) - passed;
      cursor.move(to, passed);
    },
    beginAgain(cloudEpoch) {
      if (cursor.beginAgain(cloudEpoch)) pending = rows;
    },
    state: () => ({ epoch, seq, pending, rows }),
    prune() {
      const surplus = Math.min(rows - pending - journalAckedRowsMax, journalPruneRowsMax);
      if (surplus <= 0) return;
      const last = sql.surplus.get(cursor.value(), surplus - 1);
      if (!last) return;
      // Rows are pruned below a cursor that is on the disk, and never below another one.
      cursor.flush();
      db.transaction(() => {
        sql.setMark.run('base', last.hash);
        sql.deleteUpTo.run(last.id);
      });
      rows -= surplus;
      proof.pruned(last.id);
    },
    close() {
      inTheEnd(db, () => {
        proof.anchor();
        cursor.flush();
        db.checkpoint();
      });
    },
  };
}

/** A file that is damaged is closed all the same: it is about to be set aside. */
function inTheEnd(db: SqlDatabase, work: () => void): void {
  try {
    work();
  } finally {
    db.close();
  }
}

type Statements = ReturnType<typeof prepareAll>;

// Cast, as for leaves: a turned bit makes a BLOB a TEXT, and text that is no UTF-8 aborts the process.
const ROW = 'SELECT id, CAST(payload AS BLOB) AS payload, CAST(hash AS BLOB) AS hash FROM journal';

function prepareAll(db: SqlDatabase) {
  return {
    insert: db.prepare('INSERT INTO journal (id, payload, hash) VALUES (?, ?, ?)'),
    last: db.prepare<JournalRow>(`${ROW} ORDER BY id DESC LIMIT 1`),
    // Whole rows: a start that reads less of them takes a row that is cut for a good one, and the outbox stops at it for ever.
    newest: db.prepare<JournalRow>(`${ROW} WHERE id < ? ORDER BY id DESC LIMIT ?`),
    after: db.prepare<JournalRow>(`${ROW} WHERE id > ? ORDER BY id LIMIT ?`),
    firstAfter: db.prepare<{ id: number }>(
      'SELECT id FROM journal WHERE id > ? ORDER BY id LIMIT 1',
    ),
    lastUpTo: db.prepare<{ id: number }>(
      'SELECT id FROM journal WHERE id <= ? ORDER BY id DESC LIMIT 1',
    ),
    surplus: db.prepare<JournalRow>(`${ROW} WHERE id <= ? ORDER BY id LIMIT 1 OFFSET ?`),
    deleteUpTo: db.prepare('DELETE FROM journal WHERE id <= ?'),
    mark: db.prepare<{ value: number | Uint8Array | null }>(
      "SELECT CASE typeof(value) WHEN 'text' THEN NULL ELSE value END AS value FROM mark WHERE name = ?",
    ),
    setMark: db.prepare(
      'INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
  };
}

/**
 * A new epoch at every start, durable before anything is numbered in it: no number is ever used twice. It is kept beside the
 * journal too, because a WAL that was cut takes the mark with it, and not what the cloud was told.
 */
function beginEpoch(
  db: SqlDatabase,
  sql: Statements,
  epochFile: string,
  firstEpoch: number,
): number {
  const last = sql.last.get();
  const used = Math.max(numberMark(sql, 'epoch') ?? 0, last ? positionOf(last.id).epoch : 0);
  const noted = readEpoch(epochFile);
  const epoch = used === 0 ? Math.max(firstEpoch, noted + 1) : Math.max(used, noted) + 1;
  try {
    writeEpoch(epochFile, epoch);
  } catch {
    // A disk that is full or fails says so below, by its own code.
  }
  db.transaction(() => sql.setMark.run('epoch', epoch));
  return epoch;
}

/** The events of the first row's epoch that follow what was acknowledged, without a gap. */
function eventsOf(
  rows: readonly JournalRow[],
  oldest: number | undefined,
  acked: JournalPosition,
  limit: number,
): { epoch: number; events: PassageEvent[] } | undefined {
  if (!rows[0]) return undefined;
  const own = positionOf(rows[0].id).epoch;
  const events: PassageEvent[] = [];
  // From the very beginning: what was pruned the cloud has, unless it says otherwise.
  const first = acked.epoch === 0 ? positionOf(rows[0].id).seq : 1;
  let next = acked.epoch === own ? acked.seq + 1 : first;
  for (const row of rows) {
    const { epoch, seq } = positionOf(row.id);
    if (epoch !== own) break;
    mustFollow(next, row.id, oldest);
    while (next < seq && events.length < limit) events.push(lostEvent(next++));
    if (events.length >= limit) break;
    events.push(readEvent(row) ?? lostEvent(seq));
    next = seq + 1;
  }
  return { epoch: own, events };
}

/** A turned bit in a row's number would have the cloud told of billions that never were. Before the oldest all were pruned. */
function mustFollow(next: number, id: number, oldest: number | undefined): void {
  const gap = positionOf(id).seq - next;
  if (gap < 0 || (gap > lostEventsCountMax && id !== oldest))
    throw new JournalDamage('numbers that cannot follow each other');
}

/**
 * What the cloud is told in the place of an event that cannot be read any more, or that was pruned before a cloud
 * restored from a backup asked for it again: else the outbox would stop at it for ever.
 */
function lostEvent(seq: number): PassageEvent {
  return { kind: 'alarm', seq, at: 0, lane: null, reason: 'journal-failed' };
}

/**
 * How many rows lie past one id and up to another. Within an epoch they lie without a gap, so its two ends tell: a count would
 * read the whole journal of three days before the first person is let in.
 */
function rowsBetween(sql: Statements, after: number, to: number): number {
  let rows = 0;
  let at = after;
  for (let first = sql.firstAfter.get(after)?.id; first !== undefined && first <= to; ) {
    const endOfEpoch = idOf({ epoch: positionOf(first).epoch + 1, seq: 0 }) - 1;
    const last = sql.lastUpTo.get(Math.min(to, endOfEpoch))?.id ?? first;
    // Pages of two states at once give rows that do not lie in order: this would go round in them for ever.
    if (!(first > at && last >= first)) throw new JournalDamage('rows do not lie in order');
    rows += last - first + 1;
    at = last;
    first = sql.firstAfter.get(last)?.id;
  }
  return rows;
}

function numberMark(sql: Statements, name: string): number | undefined {
  const value = sql.mark.get(name)?.value;
  return typeof value === 'number' ? value : undefined;
}

function bytesMark(sql: Statements, name: string): Uint8Array | undefined {
  const value = sql.mark.get(name)?.value;
  return value instanceof Uint8Array ? value : undefined;
}
