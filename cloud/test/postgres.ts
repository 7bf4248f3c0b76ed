import {
  NoPostgresError,
  type PostgresServer,
  startPostgres,
} from '@greengate/tools/postgres-server';
import { afterAll, beforeAll } from 'vitest';

/**
 * A PostgreSQL server for the tests of one file; `undefined` where this machine has none, with the reason printed.
 * CI sets REQUIRE_ALL, and there it must run.
 */
export async function postgresForTests(): Promise<PostgresServer | undefined> {
  try {
    const server = await startPostgres();
    afterAll(() => server.stop());
    return server;
  } catch (error) {
    if (!(error instanceof NoPostgresError) || process.env['REQUIRE_ALL'] === '1') throw error;
    beforeAll(() => process.stderr.write(`SKIPPED on PostgreSQL: ${error.message}\n`));
    return undefined;
  }
}
