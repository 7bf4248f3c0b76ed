import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Connection } from './connection.ts';

// The same place from src/store and from dist/store.
const migrationsFolder = resolve(import.meta.dirname, '../../drizzle/migrations');
const guardsFolder = resolve(import.meta.dirname, '../../drizzle/guards');

/**
 * Brings a database up to the schema. Each migration is one transaction together with the note that it ran, so a
 * crash leaves the old schema or the new one; a migration that was changed after it ran stops the start.
 */
export async function migrate(connection: Connection, folder = migrationsFolder): Promise<void> {
  await connection.define([
    'CREATE TABLE IF NOT EXISTS applied_migration (hash TEXT PRIMARY KEY, created_at BIGINT NOT NULL)',
  ]);
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  const applied = await appliedTo(connection);
  applied.forEach((hash, i) => {
    if (migrations[i]?.hash !== hash) {
      throw new Error(`migration ${i + 1} of the database is not the one in ${folder}`);
    }
  });
  for (const { hash, sql: statements, folderMillis } of migrations.slice(applied.length)) {
    // The note goes first: of two processes that start at once, the second fails on it and finds all done.
    const note = `INSERT INTO applied_migration VALUES ('${hash}', ${folderMillis})`;
    try {
      await connection.define([note, ...statements]);
    } catch (error) {
      if (!(await appliedTo(connection)).includes(hash)) throw error;
    }
  }
  await connection.define(guardsOf(connection.engine));
}

/** Triggers, which each engine writes in its own way; put anew at each start, so they are those of this version. */
function guardsOf(engine: Connection['engine']): readonly string[] {
  const files = readdirSync(guardsFolder).filter((name) => name.endsWith(`.${engine}.sql`));
  return files
    .sort()
    .flatMap((name) => readFileSync(join(guardsFolder, name), 'utf8').split(BREAKPOINT));
}

const BREAKPOINT = '--> statement-breakpoint';

async function appliedTo({ sql: db }: Connection): Promise<string[]> {
  const rows = await db.execute(sql`SELECT hash FROM applied_migration ORDER BY created_at`);
  return rows.map((row) => String(row['hash']));
}
