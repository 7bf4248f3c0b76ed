import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** Daily reports: the last of each day in China Standard Time. Symptoms are 1 or 0. */
export const reports = pgTable(
  'report',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    day: text('day').notNull(),
    at: integer('reported_at').notNull(),
    temperatureCentiC: integer('temperature_centi_c').$default(nothing),
    fever: integer('fever').notNull(),
    dryCough: integer('dry_cough').notNull(),
    fatigue: integer('fatigue').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder, t.day] }),
    index('report_by_day').on(t.region, t.day),
  ],
);

/** Fevers that gates measured of holders, and the journal event that said so. */
export const feverReadings = pgTable(
  'fever_reading',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    at: integer('measured_at').notNull(),
    gateway: text('gateway_id').notNull(),
    epoch: integer('epoch').notNull(),
    seq: integer('seq').notNull(),
    /** At least this: the line of the gate's policy. */
    temperatureCentiC: integer('temperature_centi_c').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder, t.at, t.gateway, t.epoch, t.seq] }),
    index('fever_reading_by_time').on(t.region, t.at),
  ],
);

/** Declarations that a control list contradicted, for officers to handle. */
export const contradictions = pgTable(
  'contradiction',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    declaredAt: integer('declared_at').notNull(),
    /** The list, and since when the person stood on it. */
    list: text('list').notNull(),
    since: text('since').notNull(),
    declared: text('declared').notNull(),
    division: text('division').notNull(),
    /** Where it is handled: the community of the holder's newest application, or else the declared division. */
    place: text('place').notNull(),
    foundAt: integer('found_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.holder, t.declaredAt, t.list] }),
    index('contradiction_found').on(t.region, t.foundAt, t.holder, t.declaredAt),
    index('contradiction_by_place').on(t.region, t.place, t.foundAt),
  ],
);
