import Libsql from 'libsql';
import pg from 'pg';

/** A database of the cloud, looked into past the cloud: nobody's own count is taken for the truth. */
export interface Stored {
  /** Passages, those with a number of their own, and dead letters. */
  counts(): Promise<{
    readonly rows: number;
    readonly distinct: number;
    readonly deadLetters: number;
  }>;
  close(): Promise<void>;
}

const COUNTS = `
  SELECT (SELECT count(*) FROM passage) AS rows,
    (SELECT count(*) FROM (SELECT DISTINCT gateway_id, epoch, seq FROM passage) AS d) AS distinct_rows,
    (SELECT count(*) FROM dead_letter) AS letters`;

export async function openStored(url: string): Promise<Stored> {
  if (url.startsWith('file:')) {
    const db = new Libsql(url.slice('file:'.length), { readonly: true });
    return {
      counts: async () => countsOf(db.prepare(COUNTS).get([])),
      close: async () => void db.close(),
    };
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    counts: async () => countsOf((await client.query(COUNTS)).rows[0]),
    close: () => client.end(),
  };
}

function countsOf(row: unknown) {
  const { rows, distinct_rows, letters } = row as Record<string, unknown>;
  return {
    rows: Number(rows),
    distinct: Number(distinct_rows),
    deadLetters: Number(letters),
  };
}
