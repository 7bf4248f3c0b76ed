import type { CommunityId, RegionId } from '@greengate/contracts/ids';
import { ok, type Result } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type {
  ApplicationState,
  MissingItem,
  RefusalGround,
} from '@greengate/contracts/wire/issuing';
import { and, asc, desc, eq, gt, inArray, lte, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Evidence } from '../evidence-port.ts';
import type {
  Actor,
  Application,
  ApplicationRow,
  ApplicationStep,
  ApplicationStore,
  QueueMark,
} from '../issuing-port.ts';
import { below } from './below.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { moveContradictions } from './contradictions.ts';
import { tellApplicant } from './decision-notices.ts';
import { holdHolders, markDue } from './due.ts';
import { evidenceOf } from './evidence-rows.ts';
import { applicationEvents, applications } from './tables/issuing.ts';

export function applicationStore(connection: Connection, region: RegionId): ApplicationStore {
  const { sql: db, transaction } = connection;
  const own = eq(applications.region, region);
  return {
    submitApplication: (id, holder, submit) =>
      transaction(async (tx) => {
        await holdHolders(connection, tx, region, [holder]);
        const [latest] = await tx
          .select()
          .from(applications)
          .where(and(own, eq(applications.holder, holder)))
          .orderBy(desc(applications.submittedAt), desc(applications.application))
          .limit(1);
        const evidence = await evidenceOfOne(connection, tx, region, holder);
        const result = submit(latest && toApplication(latest), evidence);
        if (!result.ok) return result;
        const { application } = result.value;
        const row = { region, application: id, holder, ...columnsOf(result.value) };
        await tx.insert(applications).values(row);
        await writeEvents(tx, region, { id, holder }, 0, result.value);
        await moveContradictions(tx, region, holder, application.community);
        await markDue(connection, tx, region, [holder]);
        return ok({ ...application, id, holder });
      }),
    moveApplication: (id, move) =>
      transaction(async (tx): Promise<Result<ApplicationRow> | undefined> => {
        const row = await holdApplication(connection, tx, region, id);
        if (row === undefined) return undefined;
        const evidence = await evidenceOfOne(connection, tx, region, row.holder);
        const result = move(row, evidence);
        if (!result.ok) return result;
        return ok(await writeApplication(connection, tx, region, row, result.value));
      }),
    application: async (id) => {
      const rows = await db
        .select()
        .from(applications)
        .where(and(own, eq(applications.application, id)));
      return rows.map(toApplication)[0];
    },
    applicationsOf: async (holder, count) => {
      const rows = await db
        .select()
        .from(applications)
        .where(and(own, eq(applications.holder, holder)))
        .orderBy(desc(applications.submittedAt), desc(applications.application))
        .limit(count);
      return rows.map(toApplication);
    },
    queue: async (stems, after, count) => {
      const { community, state, decideBy, application } = applications;
      const rows = await db
        .select()
        .from(applications)
        .where(
          and(
            own,
            inArray(state, ['queued', 'video-requested']),
            below(community, stems),
            past(decideBy, application, after),
          ),
        )
        .orderBy(asc(decideBy), asc(application))
        .limit(count);
      return rows.map(toApplication);
    },
    dueApplications: async (now, count) => {
      const rows = await db
        .select({ id: applications.application })
        .from(applications)
        .where(and(own, lte(applications.dueAt, now)))
        .orderBy(asc(applications.dueAt))
        .limit(count);
      return rows.map(({ id }) => id);
    },
  };
}

/** The application, held until the transaction ends; its holder's row first, as everybody does. */
export async function holdApplication(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  id: string,
): Promise<ApplicationRow | undefined> {
  const at = and(eq(applications.region, region), eq(applications.application, id));
  const [found] = await tx.select({ holder: applications.holder }).from(applications).where(at);
  if (found === undefined) return undefined;
  await holdHolders(connection, tx, region, [found.holder]);
  const [row] = await connection.held(tx.select().from(applications).where(at));
  return row && toApplication(row);
}

/** Writes a step, what happened, what its holder is told of it, and that they are due. */
export async function writeApplication(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  { id, holder }: ApplicationRow,
  step: ApplicationStep,
): Promise<ApplicationRow> {
  await tx
    .update(applications)
    .set(columnsOf(step))
    .where(and(eq(applications.region, region), eq(applications.application, id)));
  const [count] = await tx
    .select({ last: sql<number>`MAX(${applicationEvents.seq})` })
    .from(applicationEvents)
    .where(and(eq(applicationEvents.region, region), eq(applicationEvents.application, id)));
  await writeEvents(tx, region, { id, holder }, Number(count?.last ?? 0), step);
  await markDue(connection, tx, region, [holder]);
  return { ...step.application, id, holder };
}

export async function evidenceOfOne(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  holder: string,
): Promise<Evidence | undefined> {
  return (await evidenceOf(connection, tx, region, [holder]))[0];
}

/** Rows after a mark, in the order of urgency. */
export function past(
  decideBy: PgColumn,
  id: PgColumn,
  after: QueueMark | undefined,
): SQL | undefined {
  if (after === undefined) return undefined;
  return or(gt(decideBy, after.decideBy), and(eq(decideBy, after.decideBy), gt(id, after.id)));
}

async function writeEvents(
  tx: Sql,
  region: RegionId,
  applied: Pick<ApplicationRow, 'id' | 'holder'>,
  last: number,
  step: ApplicationStep,
): Promise<void> {
  const rows = step.events.map(({ at, event, state, by, detail = {} }, i) => {
    const told = { at, event, state, detail: JSON.stringify(detail), ...actorColumns(by) };
    return { region, application: applied.id, seq: last + i + 1, ...told };
  });
  await insertAll(tx, applicationEvents, rows);
  await tellApplicant(tx, region, applied, step, last);
}

function columnsOf({ application: one, dueAt }: ApplicationStep) {
  const { community, purpose, state, since, submittedAt, asks, refusedFor } = one;
  const { decideBy, escalatedAt, autoIssueAt, answerBy } = one;
  return {
    ...{ community, purpose, state, since, submittedAt, asks, refusedFor, dueAt },
    ...{ decideBy, escalatedAt, autoIssueAt, answerBy, ...actorColumns(one.by) },
    mayCall: Number(one.mayCall),
    silenceIssues: Number(one.silenceIssues),
    askedFor: JSON.stringify(one.askedFor),
  };
}

function actorColumns(by: Actor) {
  return { byKind: by.kind, byName: by.kind === 'staff' ? by.name : null };
}

function toApplication(row: typeof applications.$inferSelect): ApplicationRow {
  const { byKind, byName } = row;
  return {
    id: row.application,
    holder: row.holder,
    community: row.community as CommunityId,
    purpose: row.purpose as Application['purpose'],
    mayCall: row.mayCall === 1,
    state: row.state as ApplicationState,
    since: epochMs(row.since),
    by: byKind === 'staff' ? { kind: 'staff', name: byName ?? '' } : { kind: byKind as 'holder' },
    submittedAt: epochMs(row.submittedAt),
    decideBy: instant(row.decideBy),
    escalatedAt: instant(row.escalatedAt),
    autoIssueAt: instant(row.autoIssueAt),
    silenceIssues: row.silenceIssues === 1,
    answerBy: instant(row.answerBy),
    asks: row.asks,
    askedFor: JSON.parse(row.askedFor) as MissingItem[],
    refusedFor: row.refusedFor as RefusalGround | null,
  };
}

export function instant(at: number | null): EpochMs | null {
  return at === null ? null : epochMs(at);
}
