import { index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

export const gateways = pgTable(
  'gateway',
  {
    region: region(),
    gateway: text('gateway_id').notNull(),
    station: text('station_id').notNull(),
    publicKey: text('public_key').notNull(),
    keyId: text('key_id').notNull(),
    registeredAt: integer('registered_at').notNull(),
    revokedAt: integer('revoked_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.gateway] }),
    uniqueIndex('gateway_by_key').on(t.region, t.keyId),
  ],
);

export const nonces = pgTable(
  'nonce',
  {
    region: region(),
    keyId: text('key_id').notNull(),
    nonce: text('nonce').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.keyId, t.nonce] }),
    index('nonce_expiry').on(t.region, t.expiresAt),
  ],
);
