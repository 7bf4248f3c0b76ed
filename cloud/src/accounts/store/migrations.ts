import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Migration {
  /** 1 for the first file. */
  readonly step: number;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  readonly statements: readonly string[];
}

// The same place from src/accounts/store and from dist/accounts/store.
const folder = resolve(import.meta.dirname, '../../../drizzle');

/** The migrations of an engine, in order. */
export function readMigrations(engine: 'libsql' | 'postgres'): readonly Migration[] {
  const own = join(folder, `accounts-${engine}`);
  const files = readdirSync(own).filter((name) => name.endsWith('.sql'));
  return files.sort().map((name, i) => {
    const text = readFileSync(join(own, name), 'utf8');
    const hash = createHash('sha256').update(text).digest('hex');
    return { step: i + 1, hash, statements: text.split('--> statement-breakpoint') };
  });
}

/** What is still to be done. Throws when a migration was changed after it ran: the database is not what the code takes it for. */
export function stepsFrom(
  applied: readonly unknown[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const [i, row] of applied.entries()) {
    if (migrations[i]?.hash !== (row as { hash: string }).hash) {
      throw new Error(`migration ${i + 1} of the accounts is not the one that ran`);
    }
  }
  return migrations.slice(applied.length);
}
