import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { regionIdSchema } from '@greengate/contracts/ids';
import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../src/store/connection.ts';
import { openLibsql } from '../../src/store/libsql.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/store.ts';
import { auditGuardSuite } from './audit.case.ts';
import { issuingGuardSuite } from './issuing-guards.case.ts';
import { packGuardSuite } from './pack-guards.case.ts';
import { storeSuite } from './store.case.ts';
import { tables } from './tables.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const migrations = resolve(import.meta.dirname, '../../drizzle/migrations');

describe('the libSQL store', () => {
  storeSuite(async () => {
    const database = await openDatabase(`file:${join(newFolder(), 'store.db')}`);
    onTestFinished(() => database.close());
    return {
      hangzhou: database.forRegion(regionIdSchema.parse('330100')),
      ningbo: database.forRegion(regionIdSchema.parse('330200')),
    };
  });
});

function newConnection(file = join(newFolder(), 'a.db')): Connection {
  const connection = openLibsql(file);
  onTestFinished(() => connection.close());
  return connection;
}

const migrated = async () => {
  const connection = newConnection();
  await migrate(connection);
  return connection;
};
packGuardSuite(migrated);
auditGuardSuite(migrated);
issuingGuardSuite(migrated);

describe('the connection', () => {
  test('has the settings that durability rests on', async () => {
    const connection = newConnection();
    const read = async (name: string) => {
      const rows = await connection.transaction((tx) => tx.execute(sql.raw(`PRAGMA ${name}`)));
      return Object.values(rows[0] ?? {})[0];
    };
    const names = [
      'journal_mode',
      'synchronous',
      'trusted_schema',
      'foreign_keys',
      'secure_delete',
    ];
    expect(await Promise.all(names.map(read))).toEqual(['wal', 2, 0, 1, 1]);
  });

  test('commits what waits for more to come, before the turn of the loop ends, when it is to hurry', async () => {
    const connection = newConnection();
    await connection.define(['CREATE TABLE t (b BLOB)']);
    let turnEnded = false;
    setImmediate(() => {
      turnEnded = true;
    });
    connection.hurry();
    const written = connection.transaction((tx) => tx.execute(sql`INSERT INTO t VALUES (x'01')`));
    connection.hurry();
    await written;
    expect(turnEnded).toBe(false);
    expect((await connection.sql.execute(sql`SELECT b FROM t`)).length).toBe(1);
  });

  test('takes a lone Buffer, and reads see only what is committed', async () => {
    const connection = newConnection();
    await connection.define(['CREATE TABLE t (b BLOB)']);
    const count = async () => (await connection.sql.execute(sql`SELECT b FROM t`)).length;
    await connection.transaction(async (tx) => {
      await tx.execute(sql`INSERT INTO t VALUES (${Buffer.from('one')})`);
      expect(await count()).toBe(0);
      expect(await tx.execute(sql`SELECT 1 AS n FROM t WHERE b = ${Buffer.from('one')}`)).toEqual([
        { n: 1 },
      ]);
    });
    expect(await count()).toBe(1);
    await expect(connection.sql.execute(sql`DELETE FROM t`)).rejects.toThrow();
  });

  test('works that share a commit fail by themselves, and keep nothing that failed', async () => {
    const connection = newConnection();
    await connection.define(['CREATE TABLE t (n INTEGER PRIMARY KEY)']);
    const works = [1, 2, 2, 3].map((n) =>
      connection.transaction(async (tx) => {
        await tx.execute(sql`INSERT INTO t VALUES (${n + 10})`).catch(() => undefined);
        await tx.execute(sql`INSERT INTO t VALUES (${n})`);
        if (n === 3) throw new Error('undone');
        return n;
      }),
    );
    expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const rows = await connection.sql.execute(sql`SELECT n FROM t ORDER BY n`);
    expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 11 }, { n: 12 }]);
  });
});

describe('migrations', () => {
  const configs = tables.map((table) => getTableConfig(table));

  test('give the tables and columns of the schema', async () => {
    const connection = newConnection();
    await migrate(connection);
    const made = await connection.sql.execute(
      sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'applied_migration'`,
    );
    const names = made.map((row) => String(row['name']));
    expect(names.sort()).toEqual(configs.map(({ name }) => name).sort());
    for (const { name, columns } of configs) {
      const found = await connection.sql.execute(
        sql.raw(`SELECT * FROM pragma_table_info('${name}')`),
      );
      expect(found.map((one) => [one['name'], one['type'], one['notnull'] === 1])).toEqual(
        columns.map((column) => [column.name, TYPES[column.getSQLType()], column.notNull]),
      );
    }
  });

  test('put the region first in every key and index', () => {
    for (const { name, primaryKeys, indexes } of configs) {
      const first = [...primaryKeys, ...indexes.map((index) => index.config)].map(
        ({ columns: [column] }) => column && 'name' in column && column.name,
      );
      expect([name, new Set(first)]).toEqual([name, new Set(['region_id'])]);
    }
  });

  test('run once, whole or not at all', async () => {
    const folder = newFolder();
    const broken = join(folder, 'migrations');
    cpSync(migrations, broken, { recursive: true });
    const file = join(broken, '0000_first.sql');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, `${good}\n--> statement-breakpoint\nCREATE TABLE no such thing;`);
    const connection = newConnection();
    await expect(migrate(connection, broken)).rejects.toThrow();
    const made = () =>
      connection.sql.execute(sql`SELECT name FROM sqlite_master WHERE name = 'holder'`);
    expect(await made()).toHaveLength(0);
    await migrate(connection);
    await migrate(connection);
    expect(await made()).toHaveLength(1);
  });

  test('a file whose migrations are not ours is refused', async () => {
    const connection = newConnection();
    await migrate(connection);
    await connection.define(["UPDATE applied_migration SET hash = 'another'"]);
    await expect(migrate(connection)).rejects.toThrow('migration 1 of the database');
  });
});

const TYPES: Readonly<Record<string, string>> = {
  'text COLLATE "C"': 'TEXT',
  bigint: 'bigint',
  bytea: 'BLOB',
};
