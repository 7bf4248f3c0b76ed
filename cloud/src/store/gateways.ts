import { gatewayIdSchema, keyIdSchema, stationIdSchema } from '@greengate/contracts/ids';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { GatewayStore } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { nonceSweepRowsMax } from './limits.ts';
import { gateways, nonces } from './tables/gateways.ts';

// What every request of a gateway asks.
const byKey = builtOnce('gateway_by_key', (builder) =>
  builder
    .select()
    .from(gateways)
    .where(and(eq(gateways.region, place('region')), eq(gateways.keyId, place('keyId')))),
);
const spent = builtOnce('spent_nonce', (builder) =>
  builder
    .insert(nonces)
    .values({
      region: place('region'),
      keyId: place('keyId'),
      nonce: place('nonce'),
      expiresAt: place('expiresAt'),
    })
    .onConflictDoNothing()
    .returning({ nonce: nonces.nonce }),
);
const expiredNonces = builtOnce('expired_nonces', (builder, { unlocked }) =>
  unlocked(
    builder
      .select({ nonce: nonces.nonce })
      .from(nonces)
      .where(and(eq(nonces.region, place('region')), lt(nonces.expiresAt, place('now'))))
      .limit(nonceSweepRowsMax),
  ),
);

export function gatewayStore(connection: Connection, region: string): GatewayStore {
  const { sql, transaction } = connection;
  return {
    addGateway: (row, registeredAt) =>
      transaction(async (tx) => {
        const { gateway, station, publicKey, keyId } = row;
        await tx
          .insert(gateways)
          .values({ region, gateway, station, publicKey, keyId, registeredAt, revokedAt: null })
          .onConflictDoNothing();
        const held = await tx
          .select()
          .from(gateways)
          .where(
            and(
              eq(gateways.region, region),
              or(eq(gateways.gateway, gateway), eq(gateways.keyId, keyId)),
            ),
          );
        return held.every((one) => isSame(one, row));
      }),
    gatewayByKey: async (keyId) => {
      const [row] = await byKey(sql).execute({ region, keyId });
      return (
        row && {
          gateway: gatewayIdSchema.parse(row.gateway),
          station: stationIdSchema.parse(row.station),
          publicKey: row.publicKey,
          keyId: keyIdSchema.parse(row.keyId),
          revoked: row.revokedAt !== null,
        }
      );
    },
    revokeGateway: (gateway, revokedAt) =>
      transaction(async (tx) => {
        const which = and(eq(gateways.region, region), eq(gateways.gateway, gateway));
        const [held] = await tx.select({ at: gateways.revokedAt }).from(gateways).where(which);
        await tx
          .update(gateways)
          .set({ revokedAt })
          .where(and(which, isNull(gateways.revokedAt)));
        return held !== undefined;
      }),
    useNonce: (keyId, nonce, expiresAt, now) =>
      transaction(async (tx) => {
        await sweep(connection, tx, region, now);
        const made = await spent(tx).execute({ region, keyId, nonce, expiresAt });
        return made.length === 1;
      }),
  };
}

type Registration = Parameters<GatewayStore['addGateway']>[0];

function isSame(held: typeof gateways.$inferSelect, row: Registration): boolean {
  return (
    held.gateway === row.gateway &&
    held.keyId === row.keyId &&
    held.publicKey === row.publicKey &&
    held.station === row.station &&
    held.revokedAt === null
  );
}

/** Expired nonces go a few at a time; those that another request sweeps at this moment are left to it. */
async function sweep(connection: Connection, tx: Sql, region: string, now: number): Promise<void> {
  const old = await expiredNonces(tx).execute({ region, now });
  if (old.length === 0) return;
  const expired = and(eq(nonces.region, region), lt(nonces.expiresAt, now));
  const names = old.map((row) => row.nonce);
  await tx.delete(nonces).where(and(expired, connection.among(nonces.nonce, names)));
}
