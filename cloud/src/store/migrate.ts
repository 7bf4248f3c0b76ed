import { resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Connection } from './connection.ts';

// The same place from src/store and from dist/store.
const migrationsFolder = resolve(import.meta.dirname, '../../drizzle/migrations');

/**
 * Brings a file up to the schema. All that is missing is one transaction, so a crash leaves the old schema or the
 * new one; a migration that was changed after it ran stops the start.
 */
export function migrate(connection: Connection, folder = migrationsFolder): void {
  connection.exec(
    'CREATE TABLE IF NOT EXISTS applied_migration (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL)',
  );
  connection.transaction((tx) => {
    const applied = tx.all<{ hash: string; created_at: number }>(
      sql`SELECT hash, created_at FROM applied_migration ORDER BY created_at`,
    );
    const migrations = readMigrationFiles({ migrationsFolder: folder });
    applied.forEach((row, i) => {
      if (migrations[i]?.hash !== row.hash) {
        throw new Error(`migration ${i + 1} of the database is not the one in ${folder}`);
      }
    });
    for (const migration of migrations.slice(applied.length)) {
      for (const statement of migration.sql) tx.run(sql.raw(statement));
      tx.run(
        sql`INSERT INTO applied_migration VALUES (${migration.hash}, ${migration.folderMillis})`,
      );
    }
  });
}
