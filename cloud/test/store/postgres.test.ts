import { regionIdSchema } from '@greengate/contracts/ids';
import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openDatabase } from '../../src/store/store.ts';
import { postgresForTests } from '../postgres.ts';
import { auditGuardSuite } from './audit.case.ts';
import { issuingGuardSuite } from './issuing-guards.case.ts';
import { packGuardSuite } from './pack-guards.case.ts';
import { storeSuite } from './store.case.ts';
import { tables } from './tables.ts';

const postgres = await postgresForTests();

describe.runIf(postgres !== undefined)('the PostgreSQL store', () => {
  const newDatabase = async () => {
    if (!postgres) throw new Error('no server');
    return postgres.newDatabase();
  };

  storeSuite(async () => {
    const database = await openDatabase(await newDatabase());
    onTestFinished(() => database.close());
    return {
      hangzhou: database.forRegion(regionIdSchema.parse('330100')),
      ningbo: database.forRegion(regionIdSchema.parse('330200')),
    };
  });

  const migrated = async () => {
    const connection = openPostgres(await newDatabase());
    onTestFinished(() => connection.close());
    await migrate(connection);
    return connection;
  };
  packGuardSuite(migrated);
  auditGuardSuite(migrated);
  issuingGuardSuite(migrated);

  test('processes that start at once define the tables once', async () => {
    const url = await newDatabase();
    const opened = await Promise.all([1, 2, 3].map(() => openDatabase(url)));
    await Promise.all(opened.map((one) => one.close()));
    const connection = openPostgres(url);
    onTestFinished(() => connection.close());
    await migrate(connection);
    const made = await connection.sql.execute(
      sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'applied_migration'`,
    );
    const names = tables.map((table) => getTableConfig(table).name);
    expect(made.map((row) => row['tablename']).sort()).toEqual(names.sort());
  });

  test('a table that outgrew what the planner knows is measured; one that did not is left alone', async () => {
    const connection = await migrated();
    const grow = (from: number, until: number) =>
      connection.sql.execute(sql`
        INSERT INTO holder SELECT '330100', 'h' || i, decode(lpad(to_hex(i), 64, '0'), 'hex'), ''::bytea,
          decode(lpad(to_hex(i), 64, '0'), 'hex'), 0
        FROM generate_series(${from}::int, ${until}::int) AS i`);
    const known = async () => {
      await connection.measure();
      const [row] = await connection.sql.execute(
        sql`SELECT reltuples FROM pg_class WHERE relname = 'holder'`,
      );
      return Number(row?.['reltuples']);
    };
    await grow(1, 2000);
    expect(await known()).toBe(2000);
    await grow(2001, 2100);
    expect(await known()).toBe(2000);
    await grow(2101, 6000);
    expect(await known()).toBe(6000);
  });

  test('two processes never give one version twice, and a reader sees no gap', async () => {
    const url = await newDatabase();
    const [one, two] = [openPostgres(url), openPostgres(url)];
    onTestFinished(async () => {
      await Promise.all([one.close(), two.close()]);
    });
    await migrate(one);
    await one.sql.execute(sql`INSERT INTO stream VALUES ('330100', 'red', 1, 0)`);
    const take = (connection: typeof one) =>
      connection.transaction(async (tx) => {
        await tx.execute(sql`UPDATE stream SET head = head + 1`);
        await tx.execute(
          sql`INSERT INTO change SELECT region_id, stream, head, 'k', 'red', 'red', 0 FROM stream`,
        );
      });
    const seen: number[] = [];
    let done = false;
    const reader = (async () => {
      while (!done) {
        const rows = await one.sql.execute(sql`SELECT ver FROM change ORDER BY ver`);
        expect(rows.map((row) => Number(row['ver']))).toEqual(rows.map((_, i) => i + 1));
        seen.push(rows.length);
      }
    })();
    await Promise.all(Array.from({ length: 100 }, (_, i) => take(i % 2 ? one : two)));
    done = true;
    await reader;
    const [row] = await two.sql.execute(sql`SELECT count(*) AS n FROM change`);
    expect(Number(row?.['n'])).toBe(100);
    expect(seen.length).toBeGreaterThan(1);
  });
});
