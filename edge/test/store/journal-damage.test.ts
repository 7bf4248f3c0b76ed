import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openJournalFile, withJournal } from '../../src/store/journal-file.ts';
import { type JournalStore, openJournalStore } from '../../src/store/journal-store.ts';
import { crypto, NOW } from '../fixtures/codes.ts';
import { intent } from '../fixtures/drafts.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const EPOCH = 2 ** 32;

/** A closed journal of one epoch, its rows changed as a bad disk may. */
function altered(rows: number, change: (sql: (text: string) => void) => void): string {
  const file = tempFile('journal.db');
  const store = openJournalStore(file, crypto.sha256);
  store.append(Array.from({ length: rows }, (_, n) => intent(n + 1)));
  store.close();
  const db = new Database(file);
  // Else the table would refuse what a turned bit makes of it.
  db.exec('PRAGMA ignore_check_constraints = ON');
  change((text) => void db.exec(text));
  db.close();
  return file;
}

/** The type of the payload of a row is changed where the row's head says it. */
function retype(file: string, type: (blob: number) => number): void {
  const bytes = readFileSync(file);
  // A row's head: its length, the key's type 0, the payload's in a byte or two, the hash's 12 + 2 * 32 = 76.
  const isHead = (length: number) => (each: number, n: number) =>
    each === length && bytes[n + 1] === 0 && bytes[n + length - 1] === 76 && n > 1024;
  const short = bytes.findIndex(isHead(4));
  if (short >= 0) {
    bytes[short + 2] = type(bytes[short + 2] ?? 0);
  } else {
    const at = bytes.findIndex(isHead(5)) + 2;
    const made = type((((bytes[at] ?? 0) & 0x7f) << 7) | (bytes[at + 1] ?? 0));
    bytes[at] = 0x80 | (made >> 7);
    bytes[at + 1] = made & 0x7f;
  }
  writeFileSync(file, bytes);
}

const using = (file: string) => {
  const { opened, damage } = openJournalFile(file, crypto.sha256, NOW);
  const held = { file, store: opened };
  return {
    held,
    damage,
    open: <T>(work: (store: JournalStore) => T) =>
      withJournal(held, crypto.sha256, () => NOW, work),
  };
};

describe('F13 a journal that a disk has altered', () => {
  test('a row whose bytes became text that is no UTF-8 does not end the process', () => {
    const file = altered(3, () => undefined);
    // A blob of n bytes is 12 + 2n, a text of as many 13 + 2n.
    retype(file, (blob) => blob + 1);
    const db = new Database(file);
    const texts = db.prepare("SELECT count(*) AS n FROM journal WHERE typeof(payload) = 'text'");
    expect(texts.get([])).toMatchObject({ n: 1 });
    db.close();
    const store = openJournalStore(file, crypto.sha256);
    expect(store.state().rows).toBe(3);
    store.pending(10);
    // The bytes are the same ones: what libSQL calls them does not matter any more.
    expect(store.verifyChain()).toBeUndefined();
    store.close();
  });

  test('numbers that lie far apart are not told to the cloud as so many lost events', () => {
    const file = altered(5, (sql) =>
      sql(`UPDATE journal SET id = id + 5000 WHERE id > ${EPOCH + 3}`),
    );
    const { held, damage, open } = using(file);
    expect(damage).toBeUndefined();
    const before = held.store;
    const { events } = open((store) => store.pending(200));
    expect(held.store).not.toBe(before);
    // A new journal, with word of it, in an epoch of its own.
    expect(events).toEqual([
      { kind: 'alarm', seq: 1, at: NOW, lane: null, reason: 'journal-failed' },
    ]);
    expect(held.store.state().epoch).toBeGreaterThan(2);
    expect(existsSync(`${file}.damaged`)).toBe(true);
    held.store.close();
  });

  test('a gap of few is told, event by event', () => {
    const file = altered(5, (sql) => sql(`DELETE FROM journal WHERE id = ${EPOCH + 3}`));
    const { held, open } = using(file);
    expect(open((store) => store.pending(200)).events.map(({ kind }) => kind)).toEqual([
      ...['intent', 'intent', 'alarm', 'intent', 'intent'],
    ]);
    held.store.close();
  });

  test('other errors go to whoever asked, and nothing is set aside', () => {
    const { held, open } = using(altered(2, () => undefined));
    const before = held.store;
    expect(() =>
      open(() => {
        throw new Error('no damage');
      }),
    ).toThrow('no damage');
    expect(held.store).toBe(before);
    held.store.close();
  });
});

describe('F2 the epoch of a journal', () => {
  test('is not begun a second time where the journal has lost it', () => {
    const file = tempFile('journal.db');
    const first = openJournalStore(file, crypto.sha256);
    first.append([intent(1)]);
    first.close();
    const second = openJournalStore(file, crypto.sha256);
    expect(second.append([intent(2)])).toEqual([{ epoch: 2, seq: 1 }]);
    second.close();
    for (const lost of [file, `${file}-wal`, `${file}-shm`]) rmSync(lost, { force: true });
    const third = openJournalStore(file, crypto.sha256);
    expect(third.append([intent(3)])).toEqual([{ epoch: 3, seq: 1 }]);
    third.close();
  });

  test.for(['', '7', 'x\n', '9999999\n', '-3\n'])(
    'beside it %j says nothing, and is written anew',
    (text) => {
      const file = tempFile('journal.db');
      writeFileSync(`${file}.epoch`, text);
      const store = openJournalStore(file, crypto.sha256, 40);
      expect(store.state().epoch).toBe(40);
      expect(readFileSync(`${file}.epoch`, 'utf8')).toBe('40\n');
      store.close();
    },
  );
});
