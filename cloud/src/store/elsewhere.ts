import { and, eq, inArray, sql } from 'drizzle-orm';
import type { ElsewhereEntry, EvidenceStore } from '../evidence-port.ts';
import { runsOf } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { markDue } from './due.ts';
import { distinctHashes, hashText, holdersOf, importing, inOrder } from './imports.ts';
import { elsewhere } from './tables/evidence.ts';

type Row = typeof elsewhere.$inferSelect;

export function elsewhereStore(
  connection: Connection,
  region: string,
): Pick<EvidenceStore, 'addElsewhere'> {
  return {
    addElsewhere: (entries, options) =>
      importing(connection, options, async (tx) => {
        const rows = inOrder(entries).map((entry) => rowOf(region, entry));
        const held = await heldRows(tx, region, rows);
        const counts = { added: 0, unchanged: 0, changed: 0 };
        const news = new Map<string, Row>();
        for (const row of rows) {
          const kind = compare(row, held.get(nameOf(row)));
          counts[kind] += 1;
          if (kind === 'unchanged') continue;
          held.set(nameOf(row), row);
          news.set(nameOf(row), row);
        }
        await write(tx, [...news.values()]);
        const hashes = [...news.values()].map(({ idHash }) => idHash);
        const touched = await holdersOf(tx, region, hashes);
        await markDue(connection, tx, region, touched);
        return { ...counts, touched };
      }),
  };
}

function rowOf(region: string, { idHash, region: of, ...status }: ElsewhereEntry): Row {
  return { region, idHash, of, ...status };
}

function nameOf({ idHash, of }: Row): string {
  return `${hashText(idHash)} ${of}`;
}

function compare(row: Row, held: Row | undefined): 'added' | 'unchanged' | 'changed' {
  if (held === undefined) return 'added';
  if (row.since !== held.since) return row.since > held.since ? 'changed' : 'unchanged';
  const same = row.colour === held.colour && row.validUntil === held.validUntil;
  return same ? 'unchanged' : 'changed';
}

async function heldRows(tx: Sql, region: string, rows: readonly Row[]): Promise<Map<string, Row>> {
  const held = new Map<string, Row>();
  for (const run of runsOf(distinctHashes(rows.map(({ idHash }) => idHash)))) {
    const found = await tx
      .select()
      .from(elsewhere)
      .where(and(eq(elsewhere.region, region), inArray(elsewhere.idHash, run)));
    for (const row of found) held.set(nameOf(row), row);
  }
  return held;
}

/** Asks again for the later date: another process may have written since it was looked up. */
async function write(tx: Sql, rows: readonly Row[]): Promise<void> {
  for (const run of runsOf(rows)) {
    await tx
      .insert(elsewhere)
      .values(run)
      .onConflictDoUpdate({
        target: [elsewhere.region, elsewhere.idHash, elsewhere.of],
        set: {
          colour: sql`excluded.colour`,
          since: sql`excluded.since`,
          validUntil: sql`excluded.valid_until`,
        },
        setWhere: sql`excluded.since >= ${elsewhere.since}`,
      });
  }
}
