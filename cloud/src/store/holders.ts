import { and, eq } from 'drizzle-orm';
import type { HolderStore } from '../ports.ts';
import type { Connection } from './connection.ts';
import { holders } from './tables/holders.ts';

export function holderStore({ sql, transaction }: Connection, region: string): HolderStore {
  return {
    addHolder: (row, createdAt) =>
      transaction(async (tx) => {
        const made = await tx
          .insert(holders)
          .values({
            region,
            holder: row.holder,
            idHash: Buffer.from(row.idHash),
            sealed: Buffer.from(row.sealed),
            tokenHash: Buffer.from(row.tokenHash),
            createdAt,
          })
          .onConflictDoNothing({ target: [holders.region, holders.idHash] })
          .returning({ holder: holders.holder });
        return made.length === 1;
      }),
    holderByToken: async (tokenHash) => {
      const [row] = await sql
        .select({ holder: holders.holder })
        .from(holders)
        .where(and(eq(holders.region, region), eq(holders.tokenHash, Buffer.from(tokenHash))));
      return row?.holder;
    },
    holderByIdHash: async (idHash) => {
      const [row] = await sql
        .select({ holder: holders.holder })
        .from(holders)
        .where(and(eq(holders.region, region), eq(holders.idHash, Buffer.from(idHash))));
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
