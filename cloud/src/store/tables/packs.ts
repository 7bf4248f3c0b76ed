import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** Rule packs of a city, and of its province. What may change of them, and how, drizzle/guards says. */
export const packs = pgTable(
  'pack',
  {
    region: region(),
    id: text('pack_id').notNull(),
    version: integer('version').notNull(),
    scope: text('scope').notNull(),
    state: text('state').notNull(),
    /** Canonical JSON. */
    body: text('body').notNull(),
    /** SHA-256 of the body, hex. */
    hash: text('hash').notNull(),
    withinId: text('within_id').$default(nothing),
    withinVersion: integer('within_version').$default(nothing),
    proposedBy: text('proposed_by').notNull(),
    proposedAt: integer('proposed_at').notNull(),
    approvedBy: text('approved_by').$default(nothing),
    approvedAt: integer('approved_at').$default(nothing),
    /** SHA-256 of the impact report that the approver saw, hex. */
    impact: text('impact').$default(nothing),
    /** The job that made it. */
    impactJob: text('impact_job').$default(nothing),
    activatedAt: integer('activated_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.id, t.version] }),
    index('pack_by_age').on(t.region, t.proposedAt),
    uniqueIndex('pack_active').on(t.region, t.scope).where(sql`state = 'active'`),
    check('pack_scope', sql`scope IN ('city', 'province')`),
    check('pack_state', sql`state IN ('proposed', 'approved', 'active', 'retired', 'rejected')`),
    check('pack_two_people', sql`approved_by <> proposed_by`),
    check(
      'pack_approved',
      sql`state IN ('proposed', 'rejected') OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)`,
    ),
  ],
);

/** A city's pack joined to its province's hard lines: what people are scored with. */
export const packEditions = pgTable(
  'pack_edition',
  {
    region: region(),
    number: integer('number').notNull(),
    body: text('body').notNull(),
    cityId: text('city_id').notNull(),
    cityVersion: integer('city_version').notNull(),
    provinceId: text('province_id').notNull(),
    provinceVersion: integer('province_version').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.number] })],
);

/** The history of what was in force; its last row is what is in force now. */
export const packForce = pgTable(
  'pack_force',
  {
    region: region(),
    seq: integer('seq').notNull(),
    change: text('change').notNull(),
    base: integer('base_number').notNull(),
    next: integer('next_number').$default(nothing),
    share: integer('share').notNull(),
    packId: text('pack_id').notNull(),
    packVersion: integer('pack_version').notNull(),
    by: text('by_person').notNull(),
    at: integer('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.seq] }),
    check('pack_force_share', sql`share BETWEEN 0 AND 256`),
    check('pack_force_next', sql`(next_number IS NULL) = (share = 0)`),
  ],
);
