import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { regionIdSchema } from '@greengate/contracts/ids';
import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openConnection } from '../../src/store/connection.ts';
import { openLibsqlStore } from '../../src/store/libsql-store.ts';
import { migrate } from '../../src/store/migrate.ts';
import * as schema from '../../src/store/schema.ts';
import { storeSuite } from './store.case.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const migrations = resolve(import.meta.dirname, '../../drizzle/migrations');

describe('the libSQL store', () => {
  storeSuite(async () => {
    const database = openLibsqlStore(join(newFolder(), 'store.db'));
    onTestFinished(() => database.close());
    const [hangzhou, ningbo] = ['330100', '330200'].map((region) =>
      database.forRegion(regionIdSchema.parse(region)),
    );
    if (!hangzhou || !ningbo) throw new Error('two regions were asked for');
    return { hangzhou, ningbo };
  });
});

describe('the connection', () => {
  test('has the settings that durability rests on', () => {
    const connection = openConnection(join(newFolder(), 'a.db'));
    onTestFinished(() => connection.close());
    const read = (name: string) =>
      Object.values(connection.sql.get<Record<string, unknown>>(sql.raw(`PRAGMA ${name}`)))[0];
    expect(['journal_mode', 'synchronous', 'trusted_schema', 'foreign_keys'].map(read)).toEqual([
      'wal',
      2,
      0,
      1,
    ]);
  });

  test('takes a lone Buffer, refuses an async transaction, and rolls back what throws', () => {
    const connection = openConnection(join(newFolder(), 'a.db'));
    onTestFinished(() => connection.close());
    connection.exec('CREATE TABLE t (b BLOB)');
    connection.sql.run(sql`INSERT INTO t VALUES (${Buffer.from('one')})`);
    const found = connection.sql.get(sql`SELECT 1 AS n FROM t WHERE b = ${Buffer.from('one')}`);
    expect(found).toMatchObject({ n: 1 });
    const insert = sql`INSERT INTO t VALUES (NULL)`;
    expect(() =>
      connection.transaction(async (tx) => {
        tx.run(insert);
      }),
    ).toThrow('must not be async');
    expect(() =>
      connection.transaction((tx) => {
        tx.run(insert);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(connection.sql.all(sql`SELECT * FROM t`)).toHaveLength(1);
  });
});

describe('migrations', () => {
  const tables = Object.values(schema).map((table) => getTableConfig(table));

  test('give the tables and columns of the schema', () => {
    const connection = openConnection(join(newFolder(), 'a.db'));
    onTestFinished(() => connection.close());
    migrate(connection);
    const made = connection.sql.all<{ name: string }>(
      sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'applied_migration'`,
    );
    expect(made.map(({ name }) => name).sort()).toEqual(tables.map(({ name }) => name).sort());
    for (const { name, columns } of tables) {
      const found = connection.sql.all<{ name: string; type: string; notnull: number }>(
        sql.raw(`PRAGMA table_info(${name})`),
      );
      expect(found.map((one) => [one.name, one.type.toLowerCase(), one.notnull === 1])).toEqual(
        columns.map((column) => [column.name, column.getSQLType(), column.notNull]),
      );
    }
  });

  test('put the region first in every key and index', () => {
    for (const { name, primaryKeys, indexes } of tables) {
      const first = [...primaryKeys, ...indexes.map((index) => index.config)].map(
        ({ columns: [column] }) => column && 'name' in column && column.name,
      );
      expect([name, new Set(first)]).toEqual([name, new Set(['region_id'])]);
    }
  });

  test('run once, whole or not at all', () => {
    const folder = newFolder();
    const broken = join(folder, 'migrations');
    cpSync(migrations, broken, { recursive: true });
    const file = join(broken, '0000_first.sql');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, `${good}\n--> statement-breakpoint\nCREATE TABLE no such thing;`);
    const connection = openConnection(join(folder, 'a.db'));
    onTestFinished(() => connection.close());
    expect(() => migrate(connection, broken)).toThrow();
    const tables = sql`SELECT name FROM sqlite_master WHERE name = 'holder'`;
    expect(connection.sql.all(tables)).toHaveLength(0);
    migrate(connection);
    migrate(connection);
    expect(connection.sql.all(tables)).toHaveLength(1);
  });

  test('a file whose migrations are not ours is refused', () => {
    const connection = openConnection(join(newFolder(), 'a.db'));
    onTestFinished(() => connection.close());
    migrate(connection);
    connection.exec("UPDATE applied_migration SET hash = 'another'");
    expect(() => migrate(connection)).toThrow('migration 1 of the database');
  });
});
