import { index, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integer, nothing, region, text } from './columns.ts';

/** One counter a stream; it grows in the transaction that writes the change. */
export const streams = pgTable(
  'stream',
  {
    region: region(),
    stream: text('stream').notNull(),
    epoch: integer('epoch').notNull(),
    head: integer('head').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.stream] })],
);

export const changes = pgTable(
  'change',
  {
    region: region(),
    stream: text('stream').notNull(),
    ver: integer('ver').notNull(),
    key: text('key').notNull(),
    colour: text('colour').notNull(),
    nextColour: text('next_colour').notNull(),
    validUntil: integer('valid_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.stream, t.ver] })],
);

/** The control stream's change log. */
export const documents = pgTable(
  'document',
  {
    region: region(),
    ver: integer('ver').notNull(),
    name: text('name').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.ver] })],
);

export const segments = pgTable(
  'segment',
  {
    region: region(),
    stream: text('stream').notNull(),
    hash: text('hash').notNull(),
    epoch: integer('epoch').notNull(),
    level: text('level').notNull(),
    from: integer('from_ver').notNull(),
    to: integer('to_ver').notNull(),
    /** Of a snapshot, which run of the keys and of how many; everything else is part 0 of 1. */
    part: integer('part').notNull(),
    parts: integer('parts').notNull(),
    bytes: bytes('bytes').notNull(),
    length: integer('length').notNull(),
    /** When a longer one took its place in the manifest; it is served on for those who hold the old manifest. */
    replacedAt: integer('replaced_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.stream, t.hash] }),
    index('segment_by_version').on(t.region, t.stream, t.epoch, t.from),
  ],
);
