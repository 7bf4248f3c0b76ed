import { pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { integer, region, text } from './columns.ts';

/** Each verdict that a holder has had, with all that it takes to come to it again. */
export const scores = pgTable(
  'score',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    at: integer('scored_at').notNull(),
    /** JSON of the facts that the rules saw. */
    inputs: text('inputs').notNull(),
    /** SHA-256 of the facts without their instant, hex. */
    inputsHash: text('inputs_hash').notNull(),
    packId: text('pack_id').notNull(),
    packVersion: integer('pack_version').notNull(),
    colour: text('colour').notNull(),
    nextColour: text('next_colour').notNull(),
    validUntil: integer('valid_until').notNull(),
    /** SHA-256 of the verdict with every matched rule and the values that it read, hex. */
    verdictHash: text('verdict_hash').notNull(),
    /** JSON of what lay over the rules' verdict: overrides, a review; empty where nothing did. */
    overlaid: text('overlaid').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.holder, t.at] })],
);
