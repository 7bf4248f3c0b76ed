import { admissionPolicySchema, DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { and, desc, eq } from 'drizzle-orm';
import type { IncomingEvent } from '../ports.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { holdHolders, markDue } from './due.ts';
import { policiesCountMax } from './limits.ts';
import { feverReadings } from './tables/reports.ts';
import { pseudonyms } from './tables/statuses.ts';
import { documents } from './tables/streams.ts';

interface Journal {
  readonly region: string;
  readonly gateway: string;
  readonly epoch: number;
}

/**
 * Keeps what gates measured, in the transaction that acknowledges the events: they are not sent again. A pseudonym
 * that nobody has is of another region. Answers whose readings they are; they are due.
 */
export async function keepFevers(
  connection: Connection,
  tx: Sql,
  { region, gateway, epoch }: Journal,
  events: readonly IncomingEvent[],
): Promise<readonly string[]> {
  const measured = events.flatMap(({ seq, fever }) => (fever ? [{ seq, ...fever }] : []));
  if (measured.length === 0) return [];
  const keys = [...new Set(measured.flatMap(({ key }) => key ?? []))];
  const found = await tx
    .select({ key: pseudonyms.key, holder: pseudonyms.holder })
    .from(pseudonyms)
    .where(and(eq(pseudonyms.region, region), connection.among(pseudonyms.key, keys)));
  const known = await holdHolders(
    connection,
    tx,
    region,
    found.map(({ holder }) => holder),
  );
  const holders = new Map(
    found.filter(({ holder }) => known.includes(holder)).map(({ key, holder }) => [key, holder]),
  );
  const lineOf = await feverLines(tx, region);
  const rows = measured.flatMap(({ key, seq, at, policyVer }) => {
    const holder = holders.get(key ?? '');
    const temperatureCentiC = lineOf(policyVer);
    return holder ? [{ region, holder, at, gateway, epoch, seq, temperatureCentiC }] : [];
  });
  await insertAll(tx, feverReadings, rows);
  const touched = [...new Set(rows.map(({ holder }) => holder))];
  await markDue(connection, tx, region, touched);
  return touched;
}

/** The fever line of each version of the policy. One that is not known here counts as the newest. */
async function feverLines(tx: Sql, region: string): Promise<(version: number) => number> {
  const rows = await tx
    .select({ body: documents.body })
    .from(documents)
    .where(and(eq(documents.region, region), eq(documents.name, 'admission-policy')))
    .orderBy(desc(documents.ver))
    .limit(policiesCountMax);
  const policies = rows.map(({ body }) => admissionPolicySchema.parse(JSON.parse(body)));
  const newest = policies[0] ?? DEFAULT_POLICY;
  const lines = new Map(policies.map(({ version, feverCentiC }) => [version, feverCentiC]));
  return (version) => lines.get(version) ?? newest.feverCentiC;
}
