import { epochMs } from '@greengate/contracts/time';
import { and, asc, eq, isNull, ne } from 'drizzle-orm';
import type { Evidence } from '../evidence-port.ts';
import type { Application, StandingOverride } from '../issuing-port.ts';
import type { Connection, Sql } from './connection.ts';
import { applications, overrides } from './tables/issuing.ts';

/** The overrides of these holders that two people stand behind and nobody lifted, also those that are over. */
export async function approvedOverrides(
  { among }: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly StandingOverride[]>> {
  const { override: id, holder, colour, reason, expiresAt } = overrides;
  const rows = await tx
    .select({ id, holder, colour, reason, expiresAt })
    .from(overrides)
    .where(
      and(
        eq(overrides.region, region),
        among(holder, ids),
        eq(overrides.approved, 1),
        isNull(overrides.liftedAt),
      ),
    );
  // In the order of their ids; asked for in the statement, libSQL would walk over everybody's to give it.
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const found = new Map<string, StandingOverride[]>();
  for (const row of rows) {
    const one = {
      id: row.id,
      colour: row.colour as StandingOverride['colour'],
      reason: row.reason as StandingOverride['reason'],
      expiresAt: epochMs(row.expiresAt),
    };
    found.set(row.holder, [...(found.get(row.holder) ?? []), one]);
  }
  return found;
}

/** The newest application of each of these holders that was not withdrawn. */
export async function latestApplications(
  { among }: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NonNullable<Evidence['application']>>> {
  const { holder, state, purpose } = applications;
  const rows = await tx
    .select({ holder, state, purpose })
    .from(applications)
    .where(and(eq(applications.region, region), among(holder, ids), ne(state, 'withdrawn')))
    .orderBy(asc(applications.submittedAt), asc(applications.application));
  return new Map(
    rows.map((row) => [
      row.holder,
      {
        state: row.state as Application['state'],
        purpose: row.purpose as Application['purpose'],
      },
    ]),
  );
}
