import { and, eq, inArray } from 'drizzle-orm';
import type { ImportOptions } from '../evidence-port.ts';
import { runsOf } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { holders } from './tables/holders.ts';

/** Runs an import in one transaction. A dry run is the same work, taken back once it has been counted. */
export async function importing<T>(
  connection: Connection,
  options: ImportOptions | undefined,
  work: (tx: Sql) => Promise<T>,
): Promise<T> {
  let counted: { readonly result: T } | undefined;
  try {
    return await connection.transaction(async (tx) => {
      const result = await work(tx);
      if (!options?.dryRun) return result;
      counted = { result };
      throw new DryRunError();
    });
  } catch (error) {
    if (!(error instanceof DryRunError) || counted === undefined) throw error;
    return counted.result;
  }
}

class DryRunError extends Error {
  override readonly name = 'DryRunError';
}

/** Holders by their keyed numbers; who has not registered is left out. */
export async function holdersOf(
  tx: Sql,
  region: string,
  idHashes: readonly Uint8Array[],
): Promise<string[]> {
  const found: string[] = [];
  for (const run of runsOf(distinctHashes(idHashes))) {
    const rows = await tx
      .select({ holder: holders.holder })
      .from(holders)
      .where(and(eq(holders.region, region), inArray(holders.idHash, run)));
    for (const { holder } of rows) found.push(holder);
  }
  return found;
}

/** In one order for everybody who writes them, so that no two wait for each other. */
export function distinctHashes(idHashes: readonly Uint8Array[]): Buffer[] {
  const byText = new Map(idHashes.map((one) => [hashText(one), one]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => Buffer.from(one));
}

/** Entries in the order of their hashes. */
export function inOrder<T extends { readonly idHash: Uint8Array }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => Buffer.compare(a.idHash, b.idHash));
}

export function hashText(idHash: Uint8Array): string {
  return Buffer.from(idHash).toString('hex');
}
