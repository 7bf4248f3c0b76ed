import type { ListKind } from '@greengate/contracts/rules/facts';
import { and, eq, inArray } from 'drizzle-orm';
import type { EvidenceStore, Imported, Listing } from '../evidence-port.ts';
import { insertAll, runsOf } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { markDue } from './due.ts';
import { distinctHashes, hashText, holdersOf, importing, inOrder } from './imports.ts';
import { listEntries } from './tables/evidence.ts';

/** What stands is worked out when it is read (evidence-rows.ts), so the order in which entries come says nothing. */
export function listStore(
  connection: Connection,
  region: string,
): Pick<EvidenceStore, 'addListings'> {
  return {
    addListings: (kind, entries, options) =>
      importing(connection, options, async (tx) => {
        const before = await listed(tx, region, kind, entries);
        const fresh = await insert(tx, region, kind, entries);
        const changed = fresh.filter((idHash) => before.has(hashText(idHash))).length;
        const touched = await holdersOf(tx, region, fresh);
        await markDue(connection, tx, region, touched);
        const counts = { added: fresh.length - changed, unchanged: entries.length - fresh.length };
        return { ...counts, changed, touched } satisfies Imported;
      }),
  };
}

/** Who of them is on the list already, by whatever date. */
async function listed(
  tx: Sql,
  region: string,
  kind: ListKind,
  entries: readonly Listing[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const run of runsOf(distinctHashes(entries.map(({ idHash }) => idHash)))) {
    const rows = await tx
      .select({ idHash: listEntries.idHash })
      .from(listEntries)
      .where(
        and(
          eq(listEntries.region, region),
          inArray(listEntries.idHash, run),
          eq(listEntries.kind, kind),
        ),
      );
    for (const { idHash } of rows) found.add(hashText(idHash));
  }
  return found;
}

/** Answers those who were not there by that date. */
async function insert(
  tx: Sql,
  region: string,
  kind: ListKind,
  entries: readonly Listing[],
): Promise<readonly Uint8Array[]> {
  const rows = inOrder(entries).map(({ idHash, since }) => ({
    ...{ region, kind, since },
    idHash,
  }));
  const target = [listEntries.region, listEntries.idHash, listEntries.kind, listEntries.since];
  const fresh = await insertAll(tx, listEntries, rows, { target, there: 'keep' }, [
    listEntries.idHash,
  ]);
  return fresh.map(([idHash]) => idHash as Buffer);
}
