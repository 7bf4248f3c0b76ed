import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integer, region, text } from './columns.ts';

/** The contiguous watermark of each journal epoch. */
export const journals = pgTable(
  'journal',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    acked: integer('acked').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.gateway, t.epoch] })],
);

export const passages = pgTable(
  'passage',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    seq: integer('seq').notNull(),
    hash: bytes('hash').notNull(),
    /** Deterministic CBOR of the contract's `encodeEvent`. */
    payload: bytes('payload').notNull(),
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.gateway, t.epoch, t.seq] }),
    index('passage_by_time').on(t.region, t.receivedAt),
  ],
);

/** What could not be stored as a passage, kept for a person to look at. */
export const deadLetters = pgTable(
  'dead_letter',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    seq: integer('seq').notNull(),
    hash: bytes('hash').notNull(),
    /** A reason code: `payload-invalid` or `passages-conflict`. */
    reason: text('reason').notNull(),
    payload: bytes('payload').notNull(),
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.gateway, t.epoch, t.seq, t.hash] }),
    index('dead_letter_by_time').on(t.region, t.receivedAt),
  ],
);
