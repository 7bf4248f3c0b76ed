import { pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytes, integer, region, text } from './columns.ts';

/** A person. `sealed` holds name, number and phone, encrypted; `id_hash` is keyed (DOMAIN 8). */
export const holders = pgTable(
  'holder',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    idHash: bytes('id_hash').notNull(),
    sealed: bytes('sealed').notNull(),
    tokenHash: bytes('token_hash').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder] }),
    uniqueIndex('holder_by_id').on(t.region, t.idHash),
    uniqueIndex('holder_by_token').on(t.region, t.tokenHash),
  ],
);

export const declarations = pgTable(
  'declaration',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    at: integer('declared_at').notNull(),
    /** JSON of the contract's Declaration. */
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.holder, t.at] })],
);
