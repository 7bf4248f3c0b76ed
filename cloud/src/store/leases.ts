import { and, eq, sql } from 'drizzle-orm';
import type { LeaseStore } from '../job-port.ts';
import type { Connection } from './connection.ts';
import { leases } from './tables/jobs.ts';

export function leaseStore({ transaction }: Connection, region: string): LeaseStore {
  return {
    takeLease: (name, owner, now, until) =>
      transaction(async (tx) => {
        const taken = await tx
          .insert(leases)
          .values({ region, name, owner, until })
          .onConflictDoUpdate({
            target: [leases.region, leases.name],
            set: { owner, until },
            setWhere: sql`${leases.owner} = ${owner} OR ${leases.until} <= ${now}`,
          })
          .returning({ owner: leases.owner });
        return taken.length === 1;
      }),
    dropLease: (name, owner) =>
      transaction(async (tx) => {
        await tx
          .delete(leases)
          .where(and(eq(leases.region, region), eq(leases.name, name), eq(leases.owner, owner)));
      }),
  };
}
