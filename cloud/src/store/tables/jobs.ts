import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** Work over many holders, done in slices by whichever process holds the lease. */
export const jobs = pgTable(
  'job',
  {
    region: region(),
    job: text('job_id').notNull(),
    kind: text('kind').notNull(),
    /** JSON that the kind understands. */
    input: text('input').notNull(),
    /** Where the next slice begins: the last holder done. */
    cursor: text('cursor').notNull(),
    done: integer('done').notNull(),
    total: integer('total').notNull(),
    /** JSON that the slices add up. */
    result: text('result').notNull(),
    /** `ready`, `finished` or `failed`. */
    state: text('state').notNull(),
    createdAt: integer('created_at').notNull(),
    /** Who works on it and until when; past that another may. */
    owner: text('lease_owner').$default(nothing),
    leaseUntil: integer('lease_until').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.job] }),
    index('job_ready').on(t.region, t.state, t.leaseUntil),
  ],
);
