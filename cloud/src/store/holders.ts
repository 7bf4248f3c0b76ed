import { and, eq } from 'drizzle-orm';
import type { HolderStore } from '../ports.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection } from './connection.ts';
import { holders } from './tables/holders.ts';

const byToken = builtOnce('holder_by_token', (sql) =>
  sql
    .select({ holder: holders.holder })
    .from(holders)
    .where(and(eq(holders.region, place('region')), eq(holders.tokenHash, place('token')))),
);

export function holderStore({ sql, transaction }: Connection, region: string): HolderStore {
  return {
    addHolder: (row, createdAt) =>
      transaction(async (tx) => {
        const made = await tx
          .insert(holders)
          .values({
            region,
            holder: row.holder,
            idHash: row.idHash,
            sealed: row.sealed,
            tokenHash: row.tokenHash,
            createdAt,
          })
          .onConflictDoNothing({ target: [holders.region, holders.idHash] })
          .returning({ holder: holders.holder });
        return made.length === 1;
      }),
    holderByToken: async (tokenHash) => {
      const [row] = await byToken(sql).execute({ region, token: tokenHash });
      return row?.holder;
    },
    holderByIdHash: async (idHash) => {
      const [row] = await sql
        .select({ holder: holders.holder })
        .from(holders)
        .where(and(eq(holders.region, region), eq(holders.idHash, idHash)));
      return row?.holder;
    },
    idHashOf: async (holder) => {
      const [row] = await sql
        .select({ idHash: holders.idHash })
        .from(holders)
        .where(and(eq(holders.region, region), eq(holders.holder, holder)));
      return row?.idHash;
    },
  };
}
