import type { RegionId } from '@greengate/contracts/ids';
import { sql } from 'drizzle-orm';
import type { Store } from '../ports.ts';
import { openConnection } from './connection.ts';
import { evidenceStore } from './evidence.ts';
import { gatewayStore } from './gateways.ts';
import { holderStore } from './holders.ts';
import { migrate } from './migrate.ts';
import { passageStore } from './passages.ts';
import { statusStore } from './statuses.ts';
import { streamStore } from './streams.ts';

/** One libSQL file. Many regions may share it; no call reaches from one into another. */
export interface LibsqlStore {
  forRegion(region: RegionId): Store;
  /** Folds the WAL into the file and closes it. */
  close(): void;
}

/** Opens or makes the file and brings it up to the schema. Throws when the file cannot be trusted. */
export function openLibsqlStore(file: string): LibsqlStore {
  const connection = openConnection(file);
  migrate(connection);
  return {
    forRegion: (region) => ({
      ...holderStore(connection, region),
      ...evidenceStore(connection, region),
      ...statusStore(connection, region),
      ...streamStore(connection, region),
      ...gatewayStore(connection, region),
      ...passageStore(connection, region),
      ping: async () => void connection.sql.all(sql`SELECT 1`),
    }),
    close: () => connection.close(),
  };
}
