import { and, asc, eq, gt, isNotNull, sql } from 'drizzle-orm';
import type { AreaRisk, AreasImported, EvidenceStore } from '../evidence-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { markDue } from './due.ts';
import { hashText, holdersOf, importing } from './imports.ts';
import { areas, journeys } from './tables/evidence.ts';
import { statuses } from './tables/statuses.ts';

/**
 * A division may hold millions: an area that changed remembers up to whom its people are due, and each slice of them
 * is a transaction of its own. First those who live there (`h` and the last holder), then those who travelled there
 * (`j` and the last keyed number, hex).
 */
export function areaStore(
  connection: Connection,
  region: string,
): Pick<EvidenceStore, 'addAreas' | 'touchAreas'> {
  return {
    addAreas: (rows, options) =>
      importing(connection, options, async (tx) => {
        const held = await heldAreas(connection, tx, region, rows);
        const counts = { added: 0, unchanged: 0, changed: 0 };
        const news = new Map<string, AreaRisk>();
        for (const row of rows) {
          const kind = compare(row, held.get(nameOf(row)));
          counts[kind] += 1;
          if (kind === 'unchanged') continue;
          held.set(nameOf(row), row);
          news.set(nameOf(row), row);
        }
        await write(tx, region, [...news.values()]);
        const touched = await countTouched(connection, tx, region, [...news.values()]);
        return { ...counts, touched } satisfies AreasImported;
      }),
    touchAreas: async (count) => {
      for (;;) {
        const slice = await connection.transaction((tx) => touch(connection, tx, region, count));
        if (slice === undefined || slice.length > 0) return slice ?? [];
      }
    },
  };
}

const BEGINNING = 'h';
const TRAVELLERS = 'j';

type Held = Pick<typeof areas.$inferSelect, 'division' | 'from' | 'until' | 'level'>;

function nameOf({ division, from }: Held): string {
  return `${division} ${from}`;
}

function compare(row: AreaRisk, held: Held | undefined): 'added' | 'unchanged' | 'changed' {
  if (held === undefined) return 'added';
  return row.level === held.level && row.until === held.until ? 'unchanged' : 'changed';
}

async function heldAreas(
  { among }: Connection,
  tx: Sql,
  region: string,
  rows: readonly AreaRisk[],
): Promise<Map<string, Held>> {
  const found = await tx
    .select()
    .from(areas)
    .where(and(eq(areas.region, region), among(areas.division, divisionsOf(rows))));
  return new Map(found.map((row) => [nameOf(row), row]));
}

function divisionsOf(rows: readonly AreaRisk[]): string[] {
  return [...new Set(rows.map(({ division }) => division))];
}

async function write(tx: Sql, region: string, rows: readonly AreaRisk[]): Promise<void> {
  const ordered = [...rows].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const changed = ordered.map((row) => ({ region, touched: BEGINNING, ...row }));
  const target = [areas.region, areas.division, areas.from];
  await insertAll(tx, areas, changed, { target, there: 'replace' });
}

async function countTouched(
  { among }: Connection,
  tx: Sql,
  region: string,
  rows: readonly AreaRisk[],
): Promise<number> {
  const divisions = divisionsOf(rows);
  const [found] = await tx.execute(sql`SELECT count(*) AS n FROM (
    SELECT holder_id FROM status WHERE region_id = ${region} AND ${among(statuses.division, divisions)}
    UNION
    SELECT status.holder_id FROM journey
      JOIN holder ON holder.region_id = journey.region_id AND holder.id_hash = journey.id_hash
      JOIN status ON status.region_id = holder.region_id AND status.holder_id = holder.holder_id
      WHERE journey.region_id = ${region} AND ${among(journeys.division, divisions)}) AS touched`);
  return Number(found?.['n'] ?? 0);
}

/** One slice of one division; undefined when nobody is left. */
async function touch(
  connection: Connection,
  tx: Sql,
  region: string,
  count: number,
): Promise<readonly string[] | undefined> {
  const [area] = await connection.unlocked(
    tx
      .select({ division: areas.division, touched: areas.touched })
      .from(areas)
      .where(and(eq(areas.region, region), isNotNull(areas.touched)))
      .limit(1),
  );
  if (!area || area.touched === null) return undefined;
  const slice = area.touched.startsWith(TRAVELLERS) ? travellers : residents;
  const { found, next } = await slice(tx, region, area.division, area.touched.slice(1), count);
  await markDue(connection, tx, region, found);
  // Areas of one division that changed together are done together.
  await tx
    .update(areas)
    .set({ touched: next })
    .where(
      and(
        eq(areas.region, region),
        eq(areas.division, area.division),
        eq(areas.touched, area.touched),
      ),
    );
  return found;
}

interface Slice {
  readonly found: readonly string[];
  /** Where the next one begins. */
  readonly next: string | null;
}

async function residents(
  tx: Sql,
  region: string,
  division: string,
  after: string,
  count: number,
): Promise<Slice> {
  const rows = await tx
    .select({ holder: statuses.holder })
    .from(statuses)
    .where(
      and(eq(statuses.region, region), eq(statuses.division, division), gt(statuses.holder, after)),
    )
    .orderBy(asc(statuses.holder))
    .limit(count);
  const found = rows.map(({ holder }) => holder);
  const last = found.at(-1);
  const isDone = found.length < count || last === undefined;
  return { found, next: isDone ? TRAVELLERS : BEGINNING + last };
}

async function travellers(
  tx: Sql,
  region: string,
  division: string,
  after: string,
  count: number,
): Promise<Slice> {
  const rows = await tx
    .selectDistinct({ idHash: journeys.idHash })
    .from(journeys)
    .where(
      and(
        eq(journeys.region, region),
        eq(journeys.division, division),
        gt(journeys.idHash, Buffer.from(after, 'hex')),
      ),
    )
    .orderBy(asc(journeys.idHash))
    .limit(count);
  const hashes = rows.map(({ idHash }) => idHash);
  const last = hashes.at(-1);
  const isDone = hashes.length < count || last === undefined;
  return {
    found: await holdersOf(tx, region, hashes),
    next: isDone ? null : TRAVELLERS + hashText(last),
  };
}
