import { and, eq } from 'drizzle-orm';
import type { HolderStore } from '../ports.ts';
import type { Connection } from './connection.ts';
import { markDue } from './due.ts';
import { declarations, holders } from './tables/holders.ts';

export function holderStore(connection: Connection, region: string): HolderStore {
  const { sql, transaction } = connection;
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
    addDeclaration: (holder, declaration, at) =>
      transaction(async (tx) => {
        const body = JSON.stringify(declaration);
        await tx
          .insert(declarations)
          .values({ region, holder, at, body })
          .onConflictDoUpdate({
            target: [declarations.region, declarations.holder, declarations.at],
            set: { body },
          });
        await markDue(connection, tx, region, [holder]);
      }),
  };
}
