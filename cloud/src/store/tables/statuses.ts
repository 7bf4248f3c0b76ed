import { index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytes, integer, region, text } from './columns.ts';

export const statuses = pgTable(
  'status',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    colour: text('colour').notNull(),
    nextColour: text('next_colour').notNull(),
    validUntil: integer('valid_until').notNull(),
    ver: integer('ver').notNull(),
    /** SHA-256 of the facts that the verdict was made from, hex. */
    inputsHash: text('inputs_hash').notNull(),
    packId: text('pack_id').notNull(),
    packVersion: integer('pack_version').notNull(),
    /** JSON: the rules that matched and the values they read. */
    matched: text('matched').notNull(),
    division: text('division').notNull(),
    scoredAt: integer('scored_at').notNull(),
    /** When time alone may change the verdict. */
    rescoreAt: integer('rescore_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder] }),
    index('status_due').on(t.region, t.rescoreAt),
    index('status_by_division').on(t.region, t.division, t.holder),
  ],
);

export const pseudonyms = pgTable(
  'pseudonym',
  {
    region: region(),
    /** First 8 bytes of `sub`, hex: unique at issue. */
    key: text('key').notNull(),
    sub: bytes('sub').notNull(),
    epoch: integer('epoch').notNull(),
    holder: text('holder_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.key] }),
    uniqueIndex('pseudonym_by_holder').on(t.region, t.holder, t.epoch),
  ],
);
