import { and, eq } from 'drizzle-orm';
import type { Sql } from './connection.ts';
import { statuses } from './schema.ts';

/**
 * Marks holders as due in the transaction that writes their evidence: a crash before they are scored again
 * delays their colour until the next start, and never loses it.
 */
export function markDue(tx: Sql, region: string, holder: string): void {
  tx.update(statuses)
    .set({ rescoreAt: 0 })
    .where(and(eq(statuses.region, region), eq(statuses.holder, holder)))
    .run();
}
