import { gatewayIdSchema, keyIdSchema, stationIdSchema } from '@greengate/contracts/ids';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { GatewayStore } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { nonceSweepRowsMax } from './limits.ts';
import { gateways, nonces } from './tables/gateways.ts';

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
      const [row] = await sql
        .select()
        .from(gateways)
        .where(and(eq(gateways.region, region), eq(gateways.keyId, keyId)));
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
        const made = await tx
          .insert(nonces)
          .values({ region, keyId, nonce, expiresAt })
          .onConflictDoNothing()
          .returning({ nonce: nonces.nonce });
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
  const expired = and(eq(nonces.region, region), lt(nonces.expiresAt, now));
  const old = await connection.unlocked(
    tx.select({ nonce: nonces.nonce }).from(nonces).where(expired).limit(nonceSweepRowsMax),
  );
  if (old.length === 0) return;
  const names = old.map((row) => row.nonce);
  await tx.delete(nonces).where(and(expired, connection.among(nonces.nonce, names)));
}
