import {
  gatewayIdSchema,
  type KeyId,
  keyIdSchema,
  stationIdSchema,
} from '@greengate/contracts/ids';
import { and, eq, isNull, or, sql as raw } from 'drizzle-orm';
import type { GatewayStore } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { nonceSweepRowsMax } from './limits.ts';
import { gateways, nonces } from './schema.ts';

export function gatewayStore({ sql, transaction }: Connection, region: string): GatewayStore {
  return {
    addGateway: async (row, registeredAt) =>
      transaction((tx) => {
        const { gateway, station, publicKey, keyId } = row;
        const held = tx
          .select()
          .from(gateways)
          .where(
            and(
              eq(gateways.region, region),
              or(eq(gateways.gateway, gateway), eq(gateways.keyId, keyId)),
            ),
          )
          .all();
        if (held.length > 0) return held.every((one) => isSame(one, row));
        tx.insert(gateways)
          .values({ region, gateway, station, publicKey, keyId, registeredAt })
          .run();
        return true;
      }),
    gatewayByKey: async (keyId) => {
      const row = sql
        .select()
        .from(gateways)
        .where(and(eq(gateways.region, region), eq(gateways.keyId, keyId)))
        .get();
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
    revokeGateway: async (gateway, revokedAt) =>
      transaction((tx) => {
        const which = and(eq(gateways.region, region), eq(gateways.gateway, gateway));
        const held = tx.select({ at: gateways.revokedAt }).from(gateways).where(which).get();
        tx.update(gateways)
          .set({ revokedAt })
          .where(and(which, isNull(gateways.revokedAt)))
          .run();
        return held !== undefined;
      }),
    useNonce: async (keyId, nonce, expiresAt, now) =>
      transaction((tx) => {
        sweep(tx, region, now);
        return insertNonce(tx, region, keyId, nonce, expiresAt);
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

function sweep(tx: Sql, region: string, now: number): void {
  tx.run(raw`
    DELETE FROM nonce WHERE rowid IN (
      SELECT rowid FROM nonce WHERE region_id = ${region} AND expires_at < ${now} LIMIT ${nonceSweepRowsMax}
    )`);
}

function insertNonce(
  tx: Sql,
  region: string,
  keyId: KeyId,
  nonce: string,
  expiresAt: number,
): boolean {
  const made = tx
    .insert(nonces)
    .values({ region, keyId, nonce, expiresAt })
    .onConflictDoNothing()
    .returning({ nonce: nonces.nonce })
    .all();
  return made.length === 1;
}
