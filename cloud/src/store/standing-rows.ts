import { epochMs } from '@greengate/contracts/time';
import { and, asc, eq, isNull, ne } from 'drizzle-orm';
import type { Evidence } from '../evidence-port.ts';
import type { Application, StandingOverride } from '../issuing-port.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { applications, overrides } from './tables/issuing.ts';

const approved = builtOnce('approved_overrides', (sql, { among }) => {
  const { override: id, holder, colour, reason, expiresAt } = overrides;
  return sql
    .select({ id, holder, colour, reason, expiresAt })
    .from(overrides)
    .where(
      and(
        eq(overrides.region, place('region')),
        among(holder, place('ids')),
        eq(overrides.approved, 1),
        isNull(overrides.liftedAt),
      ),
    );
});

const submitted = builtOnce('applications_of', (sql, { among }) => {
  const { region, holder, state, purpose, submittedAt, application } = applications;
  return sql
    .select({ holder, state, purpose })
    .from(applications)
    .where(and(eq(region, place('region')), among(holder, place('ids')), ne(state, 'withdrawn')))
    .orderBy(asc(submittedAt), asc(application));
});

/** The overrides of these holders that two people stand behind and nobody lifted, also those that are over. */
export async function approvedOverrides(
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly StandingOverride[]>> {
  const rows = await approved(tx).execute({ region, ids: connection.list(ids) });
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
  connection: Connection,
  tx: Sql,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NonNullable<Evidence['application']>>> {
  const rows = await submitted(tx).execute({ region, ids: connection.list(ids) });
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
