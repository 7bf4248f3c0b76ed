import type { Colour } from '@greengate/contracts/code/colour';
import { epochMs } from '@greengate/contracts/time';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Publication } from '../ports.ts';
import type { ScoreRow, ScoreStore } from '../score-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { scores } from './tables/scores.ts';

export function scoreStore({ sql: db }: Connection, region: string): ScoreStore {
  const rowsOf = async (holder: string, before: number | undefined, count: number) => {
    const rows = await db
      .select()
      .from(scores)
      .where(
        and(
          eq(scores.region, region),
          eq(scores.holder, holder),
          before === undefined ? undefined : lt(scores.at, before),
        ),
      )
      .orderBy(desc(scores.at))
      .limit(count);
    return rows.map(toScore);
  };
  return {
    scores: rowsOf,
    score: async (holder, at) => {
      const [row] = await rowsOf(holder, at === undefined ? undefined : at + 1, 1);
      return at === undefined || row?.at === at ? row : undefined;
    },
  };
}

export interface Scored {
  readonly holder: string;
  readonly publication: Publication;
}

/** Of two verdicts in one millisecond the later stands. */
export async function writeScores(
  tx: Sql,
  region: string,
  scored: readonly Scored[],
): Promise<void> {
  const rows = scored.map(({ holder, publication: { status, record, overlaid } }) => ({
    ...record(),
    region,
    holder,
    at: status.scoredAt,
    inputsHash: status.inputsHash,
    packId: status.pack.id,
    packVersion: status.pack.version,
    colour: status.colour,
    nextColour: status.nextColour,
    validUntil: status.validUntil,
    overlaid,
  }));
  const target = [scores.region, scores.holder, scores.at];
  await insertAll(tx, scores, rows, { target, there: 'replace' });
}

function toScore(row: typeof scores.$inferSelect): ScoreRow {
  return {
    at: epochMs(row.at),
    inputs: row.inputs,
    inputsHash: row.inputsHash,
    pack: { id: row.packId, version: row.packVersion },
    colour: row.colour as Colour,
    nextColour: row.nextColour as Colour,
    validUntil: epochMs(row.validUntil),
    verdictHash: row.verdictHash,
    overlaid: row.overlaid,
  };
}
