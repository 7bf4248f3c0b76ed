import type { RegionId } from '@greengate/contracts/ids';
import { sql } from 'drizzle-orm';
import type { Store } from '../ports.ts';
import { appealStore } from './appeals.ts';
import { applicationStore } from './applications.ts';
import { areaStore } from './areas.ts';
import { auditStore } from './audit.ts';
import type { Connection } from './connection.ts';
import { contradictionStore } from './contradictions.ts';
import { elsewhereStore } from './elsewhere.ts';
import { gatewayStore } from './gateways.ts';
import { holderStore } from './holders.ts';
import { idempotencyStore } from './idempotency.ts';
import { jobStore } from './jobs.ts';
import { journeyStore } from './journeys.ts';
import { leaseStore } from './leases.ts';
import { openLibsql } from './libsql.ts';
import { listStore } from './lists.ts';
import { migrate } from './migrate.ts';
import { noticeStore } from './notices.ts';
import { alarmStore } from './override-alarms.ts';
import { overrideStore } from './overrides.ts';
import { packStore } from './packs.ts';
import { passageStore } from './passages.ts';
import { openPostgres } from './postgres.ts';
import { reportStore } from './reports.ts';
import { rightsStore } from './rights.ts';
import { scoreStore } from './score-rows.ts';
import { statusStore } from './statuses.ts';
import { streamStore } from './streams.ts';

/** One database. Many regions may share it; no call reaches from one into another. */
export interface Database {
  readonly engine: 'libsql' | 'postgres';
  forRegion(region: RegionId): Store;
  /** Commits at once what waits to share a commit with more. */
  hurry(): void;
  close(): Promise<void>;
}

/**
 * Opens the database of a URL, `file:PATH` (libSQL, made when it is not there) or `postgres://...`, and brings it
 * up to the schema. Rejects when it cannot be trusted.
 */
export async function openDatabase(url: string): Promise<Database> {
  const connection = connect(url);
  await migrate(connection);
  return {
    engine: connection.engine,
    forRegion: (region) => ({
      ...holderStore(connection, region),
      ...listStore(connection, region),
      ...areaStore(connection, region),
      ...journeyStore(connection, region),
      ...elsewhereStore(connection, region),
      ...reportStore(connection, region),
      ...contradictionStore(connection, region),
      ...statusStore(connection, region),
      ...streamStore(connection, region),
      ...gatewayStore(connection, region),
      ...passageStore(connection, region),
      ...jobStore(connection, region),
      ...rightsStore(connection, region),
      ...auditStore(connection, region),
      ...idempotencyStore(connection, region),
      ...leaseStore(connection, region),
      ...scoreStore(connection, region),
      ...packStore(connection, region),
      ...applicationStore(connection, region),
      ...appealStore(connection, region),
      ...overrideStore(connection, region),
      ...alarmStore(connection, region),
      ...noticeStore(connection, region),
      ping: async () => void (await connection.sql.execute(sql`SELECT 1`)),
    }),
    hurry: () => connection.hurry(),
    close: () => connection.close(),
  };
}

function connect(url: string): Connection {
  return url.startsWith('file:') ? openLibsql(url.slice('file:'.length)) : openPostgres(url);
}
