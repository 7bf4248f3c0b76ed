import { sql } from 'drizzle-orm';
import { bigint, customType } from 'drizzle-orm/pg-core';

/**
 * One schema for both engines: it is written for PostgreSQL, and libSQL takes it as it is but for the words that
 * ddl.ts exchanges. Text is ordered by its bytes on both, so a page that ends at a row begins after it anywhere.
 */
export const text = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
});

export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
});

/** Whole numbers up to 2^53: instants (EpochMs), versions, counts. */
export const integer = (name: string) => bigint(name, { mode: 'number' });

/** A region is a shard: `region_id` leads every key, and no transaction crosses regions. */
export const region = () => text('region_id').notNull();

/** A column that may be empty says so itself: libSQL has no word for "the default" in a list of values. */
export const nothing = () => sql`NULL`;
