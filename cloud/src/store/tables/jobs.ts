import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** Work over many holders. What is left of it stands in its parts. */
export const jobs = pgTable(
  'job',
  {
    region: region(),
    job: text('job_id').notNull(),
    kind: text('kind').notNull(),
    /** JSON that the kind understands. */
    input: text('input').notNull(),
    /** The administrative division whose holders it is about; null: everybody. */
    division: text('division').$default(nothing),
    createdAt: integer('created_at').notNull(),
    haltedAt: integer('halted_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.job] }),
    index('job_by_age').on(t.region, t.createdAt),
  ],
);

/** A run of holder ids, done in slices by whichever process holds the lease. */
export const jobParts = pgTable(
  'job_part',
  {
    region: region(),
    job: text('job_id').notNull(),
    part: integer('part').notNull(),
    /** The last holder done: the next slice begins past it. */
    cursor: text('cursor').notNull(),
    /** The last holder of the part. */
    until: text('until_id').notNull(),
    done: integer('done').notNull(),
    total: integer('total').notNull(),
    /** JSON: counts that the slices add up. */
    tally: text('tally').notNull(),
    finishedAt: integer('finished_at').$default(nothing),
    owner: text('lease_owner').$default(nothing),
    /** Past it another process may go on. */
    leaseUntil: integer('lease_until').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.job, t.part] }),
    index('job_part_open').on(t.region, t.finishedAt, t.leaseUntil),
  ],
);

/** Work of which there is one, such as sealing: who does it, and until when. */
export const leases = pgTable(
  'lease',
  {
    region: region(),
    name: text('name').notNull(),
    owner: text('owner').notNull(),
    until: integer('until_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.name] })],
);
