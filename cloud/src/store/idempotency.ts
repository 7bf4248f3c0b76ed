import { equalBytes } from '@greengate/contracts/bytes';
import { and, eq, isNull, lt } from 'drizzle-orm';
import type { IdempotencyStore, KeyedClaim, KeyedRequest } from '../idempotency-port.ts';
import type { Connection, Sql } from './connection.ts';
import { expiredKeysRowsMax } from './limits.ts';
import { keyedRequests } from './tables/idempotency.ts';

export function idempotencyStore(connection: Connection, region: string): IdempotencyStore {
  const { transaction } = connection;
  const isIt = ({ caller, key }: Pick<KeyedRequest, 'caller' | 'key'>) =>
    and(
      eq(keyedRequests.region, region),
      eq(keyedRequests.caller, caller),
      eq(keyedRequests.key, key),
    );
  return {
    claimKey: (request, now, staleAt, expiresAt) =>
      transaction(async (tx) => {
        await sweep(connection, tx, region, now);
        const { caller, key, hash } = request;
        const row = { region, caller, key, hash, status: null, answer: null };
        const made = await tx
          .insert(keyedRequests)
          .values({ ...row, claimedAt: now, expiresAt })
          .onConflictDoNothing()
          .returning({ key: keyedRequests.key });
        if (made.length === 1) return { kind: 'new' };
        const [held] = await connection.held(tx.select().from(keyedRequests).where(isIt(request)));
        if (!held) return { kind: 'under-way' };
        const claim = claimOf(held, hash, staleAt);
        if (claim.kind === 'new') {
          await tx.update(keyedRequests).set({ claimedAt: now }).where(isIt(request));
        }
        return claim;
      }),
    answerKey: (request, claimedAt, status, answer) =>
      transaction(async (tx) => {
        await tx
          .update(keyedRequests)
          .set({ status, answer })
          .where(and(isIt(request), eq(keyedRequests.claimedAt, claimedAt)));
      }),
    releaseKey: (request, claimedAt) =>
      transaction(async (tx) => {
        await tx
          .delete(keyedRequests)
          .where(
            and(
              isIt(request),
              isNull(keyedRequests.status),
              eq(keyedRequests.claimedAt, claimedAt),
            ),
          );
      }),
  };
}

function claimOf(
  held: typeof keyedRequests.$inferSelect,
  hash: Uint8Array,
  staleAt: number,
): KeyedClaim {
  if (!equalBytes(held.hash, hash)) return { kind: 'other' };
  if (held.status !== null && held.answer !== null) {
    return { kind: 'answered', status: held.status, answer: held.answer };
  }
  return held.claimedAt < staleAt ? { kind: 'new' } : { kind: 'under-way' };
}

async function sweep(connection: Connection, tx: Sql, region: string, now: number): Promise<void> {
  const expired = and(eq(keyedRequests.region, region), lt(keyedRequests.expiresAt, now));
  const old = await connection.unlocked(
    tx
      .select({ key: keyedRequests.key })
      .from(keyedRequests)
      .where(expired)
      .limit(expiredKeysRowsMax),
  );
  if (old.length === 0) return;
  const keys = old.map((row) => row.key);
  await tx.delete(keyedRequests).where(and(expired, connection.among(keyedRequests.key, keys)));
}
