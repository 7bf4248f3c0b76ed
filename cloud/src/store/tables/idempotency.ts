import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integer, nothing, region, text } from './columns.ts';

/** Writes that carry an Idempotency-Key, and what they were answered. */
export const keyedRequests = pgTable(
  'keyed_request',
  {
    region: region(),
    caller: text('caller').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of method, path, query and body. */
    hash: bytes('hash').notNull(),
    /** Null while the first try is under way. */
    status: integer('status').$default(nothing),
    /** The answer's body, sealed: it may hold a token. */
    answer: bytes('answer').$default(nothing),
    claimedAt: integer('claimed_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.caller, t.key] }),
    index('keyed_request_expiry').on(t.region, t.expiresAt),
  ],
);
