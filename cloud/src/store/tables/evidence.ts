import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integer, nothing, region, text } from './columns.ts';

/** The control lists, by keyed number: a person may be listed before they register. Rows are only added. */
export const listEntries = pgTable(
  'list_entry',
  {
    region: region(),
    idHash: bytes('id_hash').notNull(),
    kind: text('kind').notNull(),
    since: text('since').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.idHash, t.kind, t.since] })],
);

export const areas = pgTable(
  'area',
  {
    region: region(),
    division: text('division').notNull(),
    from: text('from_on').notNull(),
    until: text('until_on').notNull(),
    level: text('level').notNull(),
    /** Up to whom its people have become due since it changed; NULL when all have. */
    touched: text('touched').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.division, t.from] }),
    index('area_touched').on(t.region, t.touched),
  ],
);

/** Travel records, by keyed number. Rows are only added. */
export const journeys = pgTable(
  'journey',
  {
    region: region(),
    idHash: bytes('id_hash').notNull(),
    leftOn: text('left_on').notNull(),
    division: text('division').notNull(),
    mode: text('mode').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.idHash, t.leftOn, t.division, t.mode] }),
    index('journey_by_day').on(t.region, t.leftOn),
    index('journey_by_division').on(t.region, t.division, t.idHash),
  ],
);

/** What other regions say of people, by keyed number: the newest of each region. */
export const elsewhere = pgTable(
  'elsewhere',
  {
    region: region(),
    idHash: bytes('id_hash').notNull(),
    of: text('of_region').notNull(),
    colour: text('colour').notNull(),
    since: integer('since').notNull(),
    validUntil: integer('valid_until').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.idHash, t.of] }),
    index('elsewhere_by_end').on(t.region, t.validUntil),
  ],
);
