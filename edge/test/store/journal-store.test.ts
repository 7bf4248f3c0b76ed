import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type PassageEvent, passageEventSchema } from '@greengate/contracts/wire/passage';
import Database from 'libsql';
import { describe, expect, test, vi } from 'vitest';
import { journalCursorLagRowsMax, usedStepMs } from '../../src/limits.ts';
import { type JournalStore, openJournalStore } from '../../src/store/journal-store.ts';
import { crypto } from '../fixtures/codes.ts';
import { intent, outcome, passageId } from '../fixtures/drafts.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

vi.mock('../../src/limits.ts', async (original) => ({
  ...(await original<typeof import('../../src/limits.ts')>()),
  journalAckedRowsMax: 20,
}));

const EPOCH = 2 ** 32;

const readWal = (file: string) => readFileSync(`${file}-wal`);

function open(file: string): JournalStore {
  return openJournalStore(file, crypto.sha256);
}

function appendMany(store: JournalStore, from: number, count: number): void {
  store.append(Array.from({ length: count }, (_, i) => intent(from + i)));
}

/** Changes a closed journal behind its back. */
function tamper(file: string, sql: string, ...values: (number | Uint8Array)[]): void {
  const db = new Database(file);
  db.prepare(sql).run(values);
  db.close();
}

describe('epochs and numbers', () => {
  test('P13 F2: each start is a new epoch, numbered from one, durable before anything is written', () => {
    const file = tempFile('journal.db');
    for (let epoch = 1; epoch <= 3; epoch++) {
      const store = open(file);
      expect(store.state()).toMatchObject({ epoch, seq: 0 });
      store.close();
    }
    const store = open(file);
    expect(store.append([intent(1), outcome(1), intent(2)])).toEqual([
      { epoch: 4, seq: 1 },
      { epoch: 4, seq: 2 },
      { epoch: 4, seq: 3 },
    ]);
    expect(store.append([intent(3)])).toEqual([{ epoch: 4, seq: 4 }]);
    expect(store.state()).toEqual({ epoch: 4, seq: 4, pending: 4, rows: 4 });
    store.close();
  });

  test('F2: an epoch is past the newest row even where the mark of it is gone', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([intent(1)]);
    store.close();
    tamper(file, "DELETE FROM mark WHERE name = 'epoch'");
    const again = open(file);
    expect(again.state().epoch).toBe(2);
    again.close();
  });

  test('a group is one commit: all of it or nothing, and its numbers are given again', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([intent(1)]);
    const other = new Database(file);
    // The second row of the group will be in the way.
    other.exec(`INSERT INTO journal (id, payload, hash) VALUES (${EPOCH + 3}, x'00', x'00')`);
    expect(() => store.append([intent(2), intent(3), intent(4)])).toThrow(/UNIQUE/);
    other.exec(`DELETE FROM journal WHERE id = ${EPOCH + 3}`);
    other.close();
    expect(store.state()).toMatchObject({ seq: 1, rows: 1, pending: 1 });
    expect(store.append([intent(5)])).toEqual([{ epoch: 1, seq: 2 }]);
    expect(store.verifyChain()).toBeUndefined();
    store.close();
  });

  test('one append leaves one commit in the WAL, however many events', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    const frames = (bytes: Buffer) => {
      // SQLite file format 4.1: a commit frame holds the size of the database in its second word.
      let commits = 0;
      for (let at = 32; at + 24 <= bytes.length; at += 24 + 1024) {
        if (bytes.readUInt32BE(at + 4) > 0) commits += 1;
      }
      return commits;
    };
    const before = frames(readWal(file));
    appendMany(store, 1, 100);
    expect(frames(readWal(file)) - before).toBe(1);
    store.close();
  });
});

describe('the chain', () => {
  const rowsOf = (file: string) => {
    const db = new Database(file);
    const rows = db.prepare('SELECT id, payload, hash FROM journal ORDER BY id').all([]) as {
      id: number;
      payload: ArrayBuffer;
      hash: ArrayBuffer;
    }[];
    db.close();
    return rows.map(({ id, payload, hash }) => ({
      id,
      payload: Buffer.from(payload),
      hash: Buffer.from(hash),
    }));
  };

  const written = () => {
    const file = tempFile('journal.db');
    for (let epoch = 0; epoch < 2; epoch++) {
      const store = open(file);
      appendMany(store, 1 + 10 * epoch, 10);
      store.close();
    }
    return file;
  };

  const firstBad = (file: string) => {
    const store = open(file);
    const bad = store.verifyChain();
    store.close();
    return bad;
  };

  test('P14 "journal-altered": rows cut off the end are missed by the next start, by the note of them beside the file', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 6);
    expect(store.anchor()).toBeUndefined();
    store.close();
    tamper(file, 'DELETE FROM journal WHERE id > ?', EPOCH + 4);
    const cut = open(file);
    expect(cut.verifyChain()).toBeUndefined();
    expect(cut.anchor()).toEqual({ epoch: 1, seq: 6 });
    cut.close();
    // The note is of what is there now.
    const again = open(file);
    expect(again.anchor()).toBeUndefined();
    again.close();
  });

  test('what was pruned by right is not missed, and a note that cannot be read claims nothing', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 5);
    store.anchor();
    appendMany(store, 6, 60);
    store.acknowledge({ epoch: 1, seq: 65 });
    store.prune();
    const next = open(file);
    expect(next.anchor()).toBeUndefined();
    next.close();
    store.close();
    writeFileSync(`${file}.head`, '{"epoch":');
    const unread = open(file);
    expect(unread.anchor()).toBeUndefined();
    unread.close();
  });

  test('P14 the chain is walked piece by piece, round and round, past what is pruned meanwhile', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 10);
    expect(store.verifyNext(4)).toEqual({ checked: 4, bad: undefined });
    expect(store.verifyNext(4)).toEqual({ checked: 4, bad: undefined });
    expect(store.verifyNext(4)).toEqual({ checked: 2, bad: undefined });
    expect(store.verifyNext(4)).toEqual({ checked: 4, bad: undefined });
    appendMany(store, 11, 40);
    store.acknowledge({ epoch: 1, seq: 50 });
    store.prune();
    for (let piece = 0; piece < 12; piece++) expect(store.verifyNext(4).bad).toBeUndefined();
    store.close();
    tamper(file, 'UPDATE journal SET payload = ? WHERE id = ?', Buffer.of(1), EPOCH + 45);
    const again = open(file);
    const bad = Array.from({ length: 8 }, () => again.verifyNext(4).bad).filter(Boolean);
    expect(bad).toEqual([{ epoch: 1, seq: 45 }]);
    again.close();
  });

  test('P14 each hash covers the one before it, the number and the payload, across epochs', () => {
    const file = written();
    let chain: Uint8Array = new Uint8Array(32);
    for (const { id, payload, hash } of rowsOf(file)) {
      const number = Buffer.alloc(8);
      number.writeUInt32BE(Math.floor(id / EPOCH), 0);
      number.writeUInt32BE(id % EPOCH, 4);
      chain = createHash('sha256').update(chain).update(number).update(payload).digest();
      expect(Buffer.from(chain).equals(hash)).toBe(true);
    }
    expect(firstBad(file)).toBeUndefined();
  });

  test.for([
    [1, 1],
    [1, 10],
    [2, 5],
    [2, 10],
  ] as const)('T26: an altered payload of row %j is found at that row', ([epoch, seq]) => {
    const file = written();
    const id = epoch * EPOCH + seq;
    const payload = rowsOf(file).find((row) => row.id === id)?.payload ?? Buffer.alloc(0);
    const altered = Buffer.from(payload);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    tamper(file, 'UPDATE journal SET payload = ? WHERE id = ?', altered, id);
    expect(firstBad(file)).toEqual({ epoch, seq });
  });

  test('T26: an altered row whose hash was made to fit is found at the row after it', () => {
    const file = written();
    const rows = rowsOf(file);
    const payload = Buffer.from(rows[4]?.payload ?? []);
    payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
    const number = Buffer.alloc(8);
    number.writeUInt32BE(1, 0);
    number.writeUInt32BE(5, 4);
    const hash = createHash('sha256')
      .update(rows[3]?.hash ?? '')
      .update(number)
      .update(payload)
      .digest();
    tamper(file, 'UPDATE journal SET payload = ?, hash = ? WHERE id = ?', payload, hash, EPOCH + 5);
    expect(firstBad(file)).toEqual({ epoch: 1, seq: 6 });
  });

  test('T26: a deleted row is found at the row after it, also at the end of an epoch', () => {
    const file = written();
    tamper(file, 'DELETE FROM journal WHERE id = ?', EPOCH + 4);
    expect(firstBad(file)).toEqual({ epoch: 1, seq: 5 });
    const end = written();
    tamper(end, 'DELETE FROM journal WHERE id >= ? AND id < ?', EPOCH + 8, 2 * EPOCH);
    expect(firstBad(end)).toEqual({ epoch: 2, seq: 1 });
  });

  test('T26: two rows in the other order are found at the first of them', () => {
    const file = written();
    tamper(file, 'UPDATE journal SET id = -1 WHERE id = ?', EPOCH + 3);
    tamper(file, 'UPDATE journal SET id = ? WHERE id = ?', EPOCH + 3, EPOCH + 4);
    tamper(file, 'UPDATE journal SET id = ? WHERE id = -1', EPOCH + 4);
    expect(firstBad(file)).toEqual({ epoch: 1, seq: 3 });
  });

  test('T26: a row put in between is found', () => {
    const file = written();
    tamper(
      file,
      'INSERT INTO journal (id, payload, hash) SELECT ?, payload, hash FROM journal WHERE id = ?',
      EPOCH + 11,
      EPOCH + 10,
    );
    expect(firstBad(file)).toEqual({ epoch: 1, seq: 11 });
  });
});

describe('the outbox', () => {
  const seqs = (events: readonly PassageEvent[]) => events.map((event) => event.seq);

  test('events come oldest first, as many as asked for, until the cursor passes them', () => {
    const store = open(tempFile('journal.db'));
    expect(store.pending(10)).toEqual({ epoch: 1, events: [] });
    appendMany(store, 1, 5);
    expect(seqs(store.pending(3).events)).toEqual([1, 2, 3]);
    expect(store.pending(1).events).toEqual([passageEventSchema.parse({ ...intent(1), seq: 1 })]);
    store.acknowledge({ epoch: 1, seq: 3 });
    expect(seqs(store.pending(10).events)).toEqual([4, 5]);
    expect(store.state()).toMatchObject({ pending: 2, rows: 5 });
    store.acknowledge({ epoch: 1, seq: 5 });
    expect(store.pending(10).events).toEqual([]);
    expect(store.state().pending).toBe(0);
    appendMany(store, 6, 1);
    expect(store.state().pending).toBe(1);
    store.close();
  });

  test('F16: a cursor that is set back gives the events again', () => {
    const store = open(tempFile('journal.db'));
    appendMany(store, 1, 5);
    store.acknowledge({ epoch: 1, seq: 5 });
    store.acknowledge({ epoch: 1, seq: 1 });
    expect(seqs(store.pending(10).events)).toEqual([2, 3, 4, 5]);
    expect(store.state().pending).toBe(4);
    store.close();
  });

  test('F16: what was pruned before a restored cloud asked for it is told as lost, without a gap', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([1, 2, 3, 4, 5].map((n) => intent(n)));
    store.acknowledge({ epoch: 1, seq: 5 });
    tamper(file, 'DELETE FROM journal WHERE id <= ?', EPOCH + 3);
    store.acknowledge({ epoch: 1, seq: 0 });
    const asked = store.pending(10);
    expect(asked.events.map((event) => [event.seq, event.kind])).toEqual([
      [1, 'alarm'],
      [2, 'alarm'],
      [3, 'alarm'],
      [4, 'intent'],
      [5, 'intent'],
    ]);
    expect(store.pending(2).events.map((event) => event.seq)).toEqual([1, 2]);
    store.acknowledge({ epoch: 1, seq: 2 });
    expect(store.pending(2).events.map((event) => [event.seq, event.kind])).toEqual([
      [3, 'alarm'],
      [4, 'intent'],
    ]);
    store.close();
  });

  test('F1: cursor and count of what waits survive a restart', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 5);
    store.acknowledge({ epoch: 1, seq: 2 });
    store.close();
    const again = open(file);
    expect(again.state()).toEqual({ epoch: 2, seq: 0, pending: 3, rows: 5 });
    expect(seqs(again.pending(10).events)).toEqual([3, 4, 5]);
    again.close();
  });

  test('F1: a cursor costs no commit of its own; a crash before the next one sends again what the cloud has', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 3);
    const before = readWal(file).length;
    store.acknowledge({ epoch: 1, seq: 3 });
    expect(readWal(file).length).toBe(before);
    // What another start finds on the disk, the first one never having ended.
    const crashed = open(file);
    expect(seqs(crashed.pending(10).events)).toEqual([1, 2, 3]);
    crashed.close();
    appendMany(store, 4, 1);
    const later = open(file);
    expect(seqs(later.pending(10).events)).toEqual([4]);
    later.close();
  });

  test('a cursor that is far ahead of the disk goes there by itself, and before anything is pruned below it', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 30);
    store.acknowledge({ epoch: 1, seq: 29 });
    store.prune();
    const after = open(file);
    expect(seqs(after.pending(10).events)).toEqual([30]);
    after.close();
    appendMany(store, 31, journalCursorLagRowsMax);
    store.acknowledge({ epoch: 1, seq: 30 + journalCursorLagRowsMax });
    const again = open(file);
    expect(again.pending(10).events).toEqual([]);
    again.close();
  });

  test('a batch never mixes epochs', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 3);
    store.close();
    const again = open(file);
    appendMany(again, 4, 2);
    expect(again.pending(10).epoch).toBe(1);
    expect(seqs(again.pending(10).events)).toEqual([1, 2, 3]);
    again.acknowledge({ epoch: 1, seq: 3 });
    expect(again.pending(10)).toMatchObject({ epoch: 2 });
    expect(seqs(again.pending(10).events)).toEqual([1, 2]);
    again.close();
  });

  test('finding 3: a row that the disk has altered is told as journal-failed and holds nothing up', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 3);
    store.close();
    tamper(file, "UPDATE journal SET payload = x'ff' WHERE id = ?", EPOCH + 2);
    const again = open(file);
    expect(again.pending(10).events.map(({ seq, kind }) => ({ seq, kind }))).toEqual([
      { seq: 1, kind: 'intent' },
      { seq: 2, kind: 'alarm' },
      { seq: 3, kind: 'intent' },
    ]);
    expect(again.pending(10).events[1]).toMatchObject({ reason: 'journal-failed' });
    expect(again.verifyChain()).toEqual({ epoch: 1, seq: 2 });
    again.close();
  });
});

describe('pruning', () => {
  test('only rows below the cursor go, the retention limit stays, and the chain still verifies', () => {
    const store = open(tempFile('journal.db'));
    appendMany(store, 1, 60);
    store.prune();
    expect(store.state()).toMatchObject({ rows: 60, pending: 60 });
    store.acknowledge({ epoch: 1, seq: 30 });
    store.prune();
    expect(store.state()).toMatchObject({ rows: 50, pending: 30 });
    expect(store.pending(1).events[0]?.seq).toBe(31);
    expect(store.verifyChain()).toBeUndefined();
    store.acknowledge({ epoch: 1, seq: 60 });
    store.prune();
    expect(store.state()).toMatchObject({ rows: 20, pending: 0 });
    expect(store.verifyChain()).toBeUndefined();
    appendMany(store, 61, 3);
    expect(store.verifyChain()).toBeUndefined();
    store.close();
  });

  test('after pruning and a restart the chain goes on from the persisted base, and tampering is still found', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 40);
    store.acknowledge({ epoch: 1, seq: 40 });
    store.prune();
    store.close();
    const again = open(file);
    expect(again.state()).toEqual({ epoch: 2, seq: 0, pending: 0, rows: 20 });
    appendMany(again, 41, 2);
    expect(again.verifyChain()).toBeUndefined();
    again.close();
    tamper(file, 'DELETE FROM journal WHERE id = ?', EPOCH + 21);
    const third = open(file);
    expect(third.verifyChain()).toEqual({ epoch: 1, seq: 22 });
    third.close();
  });

  test('F2: a journal that was emptied by pruning never gives a number again', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    appendMany(store, 1, 3);
    store.acknowledge({ epoch: 1, seq: 3 });
    store.close();
    tamper(file, 'DELETE FROM journal WHERE id > ?', 0);
    const again = open(file);
    expect(again.append([intent(9)])).toEqual([{ epoch: 2, seq: 1 }]);
    again.close();
  });
});

describe('what a start asks for', () => {
  test('finding 9: passages that a crash left without an outcome, newest first', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([intent(1), outcome(1), intent(2), intent(3), outcome(3), intent(4)]);
    expect(store.openPassages()).toEqual([]);
    store.close();
    const again = open(file);
    expect(again.openPassages().map((each) => each.passage)).toEqual([passageId(4), passageId(2)]);
    again.append([outcome(2), outcome(4)]);
    again.close();
    const third = open(file);
    expect(third.openPassages()).toEqual([]);
    third.close();
  });

  test('T4: who was admitted lately, oldest first, so that a restart remembers their codes', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([
      intent(1, { at: 1000, step: 7 }),
      intent(2, { at: 3000, step: 8 }),
      intent(3, { at: 4000, step: 8, verdict: 'refuse' }),
      intent(4, { at: 5000, step: 9 }),
      outcome(4),
    ]);
    expect(store.lastAdmitted()).toEqual([]);
    store.close();
    const again = open(file);
    // Whatever their clock said: the one of now may be wrong by years.
    expect(again.lastAdmitted().map((each) => [each.passage, each.step])).toEqual([
      [passageId(1), 7],
      [passageId(2), 8],
      [passageId(4), 9],
    ]);
    again.close();
  });

  test('codes that sixteen lanes took within the life of a code are remembered over a start', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    const passages = (16 * usedStepMs) / 1000;
    store.append(
      Array.from({ length: passages }, (_, at) => [intent(at, { step: at }), outcome(at)]).flat(),
    );
    store.close();
    const again = open(file);
    expect(again.lastAdmitted()).toHaveLength(passages);
    again.close();
  });

  test('F16: a new epoch of the cloud sends all that is kept again, once, and a kill does not forget it', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([intent(1), outcome(1)]);
    store.beginAgain(1);
    store.acknowledge({ epoch: 1, seq: 2 });
    expect(store.state().pending).toBe(0);
    store.close();
    const again = open(file);
    again.append([intent(2)]);
    again.acknowledge({ epoch: 2, seq: 1 });
    again.beginAgain(1);
    expect(again.state().pending).toBe(0);
    again.beginAgain(500);
    again.beginAgain(500);
    expect(again.state()).toMatchObject({ pending: 3, rows: 3 });
    expect(again.pending(9)).toMatchObject({ epoch: 1, events: [{ seq: 1 }, { seq: 2 }] });
    // As kill -9 leaves it: nothing is closed.
    const killed = open(file);
    expect(killed.pending(9).events.map(({ seq }) => seq)).toEqual([1, 2]);
    killed.beginAgain(500);
    killed.acknowledge({ epoch: 1, seq: 2 });
    expect(killed.pending(9)).toMatchObject({ epoch: 2, events: [{ seq: 1 }] });
    for (const each of [killed, again]) each.close();
  });

  test('F5: the latest instant of a trusted clock is a floor of the clock; 0 when there is none', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    expect(store.lastTrustedAt()).toBe(0);
    store.append([intent(1, { at: 1_583_020_800_123 })]);
    // A clock that jumped must not pin every later start to its mistake.
    store.append([intent(2, { at: 4_000_000_000_000, clock: 'holdover' })]);
    store.close();
    const again = open(file);
    expect(again.lastTrustedAt()).toBe(1_583_020_800_123);
    again.close();
  });

  test('finding 3: rows that a bad disk has altered do not stop a start', () => {
    const file = tempFile('journal.db');
    const store = open(file);
    store.append([intent(1), intent(2), intent(3)]);
    store.close();
    tamper(file, "UPDATE journal SET payload = x'00' WHERE id = ?", EPOCH + 3);
    tamper(file, "UPDATE journal SET payload = x'a1' WHERE id = ?", EPOCH + 1);
    const again = open(file);
    expect(again.openPassages().map((each) => each.passage)).toEqual([passageId(2)]);
    expect(again.lastTrustedAt()).toBe(1_583_020_800_002);
    again.close();
  });

  test('a file that is no database is refused, not overwritten', () => {
    const file = tempFile('journal.db');
    writeFileSync(file, 'this is not a database, but it is somebody’s'.repeat(100));
    expect(() => open(file)).toThrow();
    expect(readFileSync(file, 'utf8')).toContain('somebody');
  });
});
