import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getTableConfig as postgresConfig } from 'drizzle-orm/pg-core';
import { getTableConfig as libsqlConfig } from 'drizzle-orm/sqlite-core';
import Libsql from 'libsql';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readMigrations, stepsFrom } from '../../src/accounts/store/migrations.ts';
import { openAccountsDatabase } from '../../src/accounts/store/open.ts';
import { libsqlSchema } from '../../src/accounts/store/schema-libsql.ts';
import { postgresSchema } from '../../src/accounts/store/schema-postgres.ts';
import { postgresForTests } from '../postgres.ts';
import { accountsSuite } from './accounts.case.ts';

const postgres = await postgresForTests();

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'accounts.db');
}

describe('accounts in a libSQL file', () => {
  accountsSuite(async () => `file:${newFile()}`);

  test('the migrations make what the schema says', async () => {
    const file = newFile();
    for (let start = 0; start < 2; start++)
      await (await openAccountsDatabase(`file:${file}`)).close();
    const db = new Libsql(file, { readonly: true });
    for (const table of Object.values(libsqlSchema)) {
      const { name, columns } = libsqlConfig(table);
      const made = db.pragma(`table_info(${name})`) as { name: string; notnull: number }[];
      expect(made.map((one) => [one.name, one.notnull === 1])).toEqual(
        columns.map((one) => [one.name, one.notNull]),
      );
    }
    db.close();
  });
});

describe.runIf(postgres !== undefined)('accounts in PostgreSQL', () => {
  const newUrl = async () => {
    if (!postgres) throw new Error('no server');
    return postgres.newDatabase();
  };
  accountsSuite(newUrl);

  test('processes that start at once make the tables of the schema once', async () => {
    const url = await newUrl();
    const opened = await Promise.all([1, 2, 3].map(() => openAccountsDatabase(url)));
    await Promise.all(opened.map((one) => one.close()));
    const client = new Client({ connectionString: url });
    await client.connect();
    for (const table of Object.values(postgresSchema)) {
      const { name, columns } = postgresConfig(table);
      const { rows } = await client.query<{ column_name: string; is_nullable: string }>(
        'SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position',
        [name],
      );
      expect(rows.map((one) => [one.column_name, one.is_nullable === 'NO'])).toEqual(
        columns.map((one) => [one.name, one.notNull]),
      );
    }
    await client.end();
  });
});

test('both engines have the same tables, columns and indexes', () => {
  const libsql = Object.entries(libsqlSchema).map(([model, table]) => {
    const { name, columns, indexes } = libsqlConfig(table);
    return [
      model,
      name,
      columns.map(shape),
      indexes.map((one) => [one.config.name, one.config.unique]),
    ];
  });
  const pg = Object.entries(postgresSchema).map(([model, table]) => {
    const { name, columns, indexes } = postgresConfig(table);
    return [
      model,
      name,
      columns.map(shape),
      indexes.map((one) => [one.config.name, one.config.unique]),
    ];
  });
  expect(pg).toEqual(libsql);
});

function shape(column: { name: string; notNull: boolean; dataType: string; primary: boolean }) {
  return [column.name, column.notNull, column.dataType, column.primary];
}

test('a migration that was changed after it ran stops the start', () => {
  const migrations = readMigrations('libsql');
  expect(stepsFrom([], migrations)).toHaveLength(migrations.length);
  expect(stepsFrom(migrations, migrations)).toEqual([]);
  expect(() => stepsFrom([{ step: 1, hash: 'other' }], migrations)).toThrow('migration 1');
  const more = [...migrations, { step: 9, hash: 'from the future' }];
  expect(() => stepsFrom(more, migrations)).toThrow('is not the one that ran');
});
