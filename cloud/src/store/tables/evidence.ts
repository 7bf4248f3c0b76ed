import { pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, nothing, region, text } from './columns.ts';

/** The control lists, by keyed number: a person may be listed before they register. */
export const listEntries = pgTable(
  'list_entry',
  {
    region: region(),
    idHash: bytes('id_hash').notNull(),
    kind: text('kind').notNull(),
    since: text('since').notNull(),
    /** The date of the release that took the entry off the list. */
    endedOn: text('ended_on').$default(nothing),
  },
  (t) => [primaryKey({ columns: [t.region, t.idHash, t.kind] })],
);

export const areas = pgTable(
  'area',
  {
    region: region(),
    division: text('division').notNull(),
    from: text('from_on').notNull(),
    until: text('until_on').notNull(),
    level: text('level').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.division, t.from] })],
);
