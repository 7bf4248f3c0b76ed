import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** The audit log: rows are added and never changed, which the guards see to. */
export const auditEntries = pgTable(
  'audit_entry',
  {
    region: region(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').$default(nothing),
    /** JSON, flat. */
    detail: text('detail').notNull(),
    /** SHA-256, hex. */
    previous: text('previous_hash').notNull(),
    hash: text('hash').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.seq] }),
    index('audit_by_subject').on(t.region, t.subject, t.seq),
  ],
);

/** Where the chain stands; held while an entry is added, so that there is one chain whoever writes. */
export const auditHeads = pgTable(
  'audit_head',
  { region: region(), seq: integer('seq').notNull(), hash: text('hash').notNull() },
  (t) => [primaryKey({ columns: [t.region] })],
);

export const auditRoots = pgTable(
  'audit_root',
  {
    region: region(),
    seq: integer('seq').notNull(),
    hash: text('hash').notNull(),
    at: integer('at').notNull(),
    keyId: text('key_id').notNull(),
    /** Ed25519, hex. */
    signature: text('signature').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.seq] })],
);
