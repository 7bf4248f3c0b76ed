import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import { readMigrations, stepsFrom } from './migrations.ts';
import { postgresSchema } from './schema-postgres.ts';
import type { AccountsDatabase } from './tables.ts';

const connectionsCountMax = 8;
const connectTimeoutMs = 5000;
// Any number: whoever migrates the accounts of one database takes this lock first.
const MIGRATION_LOCK = 7_310_442_019;

/** A PostgreSQL database, which any number of API processes share. */
export async function openPostgres(url: string): Promise<AccountsDatabase> {
  const pool = new Pool({
    connectionString: url,
    max: connectionsCountMax,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // An idle connection that breaks is replaced by the pool; unheard, its error would end the process.
  pool.on('error', () => undefined);
  await migrate(pool);
  const sql = drizzle(pool);
  const tables = drizzleAdapter(sql, { provider: 'pg', schema: postgresSchema, transaction: true });
  return { tables, close: () => pool.end() };
}

async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS account_migration (step INTEGER PRIMARY KEY, hash TEXT NOT NULL)',
    );
    const { rows } = await client.query('SELECT step, hash FROM account_migration ORDER BY step');
    for (const { step, hash, statements } of stepsFrom(rows, readMigrations('postgres'))) {
      for (const statement of statements) await client.query(statement);
      await client.query('INSERT INTO account_migration VALUES ($1, $2)', [step, hash]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
