import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integer, nothing, region, text } from './columns.ts';

/** Who is told. `sealed` is the address, encrypted: it may hold a token or name a person. */
export const noticeTargets = pgTable(
  'notice_target',
  {
    region: region(),
    target: text('target_id').notNull(),
    /** `community`, `unit` or `disease-control`. */
    recipient: text('recipient').notNull(),
    /** A division, or the name of a unit. */
    place: text('place').notNull(),
    /** `webhook` or `mail`. */
    channel: text('channel').notNull(),
    sealed: bytes('sealed').notNull(),
    writtenAt: integer('written_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.target] }),
    index('notice_target_by_place').on(t.region, t.recipient, t.place),
  ],
);

/** The outbox: one row a recipient, written in the transaction of what it tells. */
export const notices = pgTable(
  'notice',
  {
    region: region(),
    /** Made from what it tells and whom, so that the same one is never written twice. */
    notice: text('notice_id').notNull(),
    /** `red`, `fever`, `override` or `decision`. */
    about: text('about').notNull(),
    /** As in a target, or `holder`, who reads it here. */
    recipient: text('recipient').notNull(),
    target: text('target_id').$default(nothing),
    holder: text('holder_id').$default(nothing),
    division: text('division').notNull(),
    unit: text('unit').$default(nothing),
    at: integer('at').notNull(),
    /** JSON: what `about` tells. No name, no number. */
    body: text('body').notNull(),
    /** `due`, `sent`, `dead`, or `kept` for its holder to read. */
    state: text('state').notNull(),
    /** When it is due; of one that is over, when it was over. */
    dueAt: integer('due_at').notNull(),
    attempts: integer('attempts').notNull(),
    /** Who sends it and until when; past that another may. */
    owner: text('lease_owner').$default(nothing),
    leaseUntil: integer('lease_until').notNull(),
    /** Why the last attempt failed, in a word of ours. */
    failure: text('failure').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.notice] }),
    index('notice_by_state').on(t.region, t.state, t.dueAt, t.notice),
    index('notice_by_holder').on(t.region, t.holder, t.at, t.notice),
    index('notice_by_time').on(t.region, t.at),
  ],
);
