import { and, eq } from 'drizzle-orm';
import type { HolderStore } from '../ports.ts';
import type { Connection } from './connection.ts';
import { markDue } from './due.ts';
import { declarations, holders } from './schema.ts';

export function holderStore({ sql, transaction }: Connection, region: string): HolderStore {
  return {
    addHolder: async (row, createdAt) =>
      transaction((tx) => {
        const made = tx
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
          .returning({ holder: holders.holder })
          .all();
        return made.length === 1;
      }),
    holderByToken: async (tokenHash) =>
      sql
        .select({ holder: holders.holder })
        .from(holders)
        .where(and(eq(holders.region, region), eq(holders.tokenHash, Buffer.from(tokenHash))))
        .get()?.holder,
    addDeclaration: async (holder, declaration, at) =>
      transaction((tx) => {
        const body = JSON.stringify(declaration);
        tx.insert(declarations)
          .values({ region, holder, at, body })
          .onConflictDoUpdate({
            target: [declarations.region, declarations.holder, declarations.at],
            set: { body },
          })
          .run();
        markDue(tx, region, holder);
      }),
  };
}
