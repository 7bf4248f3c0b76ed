import { NoPostgresError, startPostgres } from '@greengate/tools/postgres-server';
import type { BenchResult } from './report.ts';

/** What `measure` finds on a new database of a PostgreSQL of its own; nothing, and why, where none can run. */
export async function withPostgres(
  measure: (url: string) => Promise<BenchResult[]>,
): Promise<BenchResult[]> {
  try {
    const server = await startPostgres();
    try {
      return await measure(await server.newDatabase());
    } finally {
      await server.stop();
    }
  } catch (error) {
    if (!(error instanceof NoPostgresError)) throw error;
    process.stderr.write(`no figures of PostgreSQL: ${error.message}\n`);
    return [];
  }
}
