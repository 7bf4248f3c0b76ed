import Database from 'libsql';
import { describe, expect, test, vi } from 'vitest';
import { openReader, openWriter } from '../../src/store/database.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const writer = { synchronous: 'FULL', pageBytes: 1024, walBytesMax: 4096 } as const;

describe('finding 2: what SQLite is told is what it does', () => {
  test.for([
    ['PRAGMA journal_mode', 'wal'],
    ['PRAGMA synchronous', 2],
    ['PRAGMA busy_timeout', 2000],
    ['PRAGMA journal_size_limit', 4096],
    ['PRAGMA trusted_schema', 0],
    ['PRAGMA cell_size_check', 1],
    ['PRAGMA page_size', 1024],
  ] as const)('writer: %s is %s', ([pragma, value]) => {
    const db = openWriter(tempFile('a.db'), writer);
    const row = db.prepare<Record<string, unknown>>(pragma).get() ?? {};
    expect(Object.values(row)[0]).toBe(value);
    db.close();
  });

  test('a writer of what can be fetched again is NORMAL', () => {
    const db = openWriter(tempFile('a.db'), { ...writer, synchronous: 'NORMAL' });
    expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 1 });
    db.close();
  });

  test.for([
    ['PRAGMA query_only', 1],
    ['PRAGMA wal_autocheckpoint', 0],
    ['PRAGMA busy_timeout', 2000],
    ['PRAGMA trusted_schema', 0],
    ['PRAGMA cell_size_check', 1],
  ] as const)('reader: %s is %s', ([pragma, value]) => {
    const file = tempFile('a.db');
    const made = openWriter(file, writer);
    const db = openReader(file);
    const row = db.prepare<Record<string, unknown>>(pragma).get() ?? {};
    expect(Object.values(row)[0]).toBe(value);
    db.close();
    made.close();
  });

  test('a reader cannot write', () => {
    const file = tempFile('a.db');
    const made = openWriter(file, writer);
    made.exec('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    const db = openReader(file);
    expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow(/readonly/);
    db.close();
    made.close();
  });

  test('a PRAGMA that did not take is an error at the start', () => {
    const prepare = Database.prototype.prepare;
    const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
      this: InstanceType<typeof Database>,
      sql: string,
    ) {
      return prepare.call(this, sql === 'PRAGMA synchronous' ? 'SELECT 0 AS synchronous' : sql);
    });
    expect(() => openWriter(tempFile('a.db'), writer)).toThrow(
      'PRAGMA synchronous is 0 and not FULL',
    );
    spy.mockRestore();
  });
});

describe('transactions', () => {
  test('all or nothing, and the connection is usable afterwards', () => {
    const db = openWriter(tempFile('a.db'), writer);
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const work = () =>
      db.transaction(() => {
        insert.run(1);
        throw new Error('in the middle');
      });
    expect(work).toThrow('in the middle');
    db.transaction(() => insert.run(2));
    expect(db.prepare('SELECT id FROM t').all()).toMatchObject([{ id: 2 }]);
    db.close();
  });

  test('a blob is bytes, whether one row is read or all of them', () => {
    const db = openWriter(tempFile('a.db'), writer);
    db.exec('CREATE TABLE t (v BLOB)');
    db.prepare('INSERT INTO t VALUES (?)').run(Uint8Array.of(1, 2, 3));
    const select = db.prepare<{ v: Uint8Array }>('SELECT v FROM t');
    for (const row of [select.get(), select.all()[0]]) {
      expect(row?.v).toBeInstanceOf(Uint8Array);
      expect([...(row?.v ?? [])]).toEqual([1, 2, 3]);
    }
    db.close();
  });

  test('a lone Buffer is bound as a value and does not end the process', () => {
    const db = openWriter(tempFile('a.db'), writer);
    db.exec('CREATE TABLE t (v BLOB)');
    db.prepare('INSERT INTO t VALUES (?)').run(Buffer.from([1, 2]));
    expect(
      db.prepare('SELECT count(*) AS n FROM t WHERE v = ?').get(Buffer.from([1, 2])),
    ).toMatchObject({ n: 1 });
    db.close();
  });
});
