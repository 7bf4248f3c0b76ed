import type { ReportTo } from '@greengate/contracts/rules/report';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { NoticeBody } from '@greengate/contracts/wire/notice';
import { and, asc, count as countOf, eq, lte, min, sql as raw } from 'drizzle-orm';
import type {
  Notice,
  NoticeClaim,
  NoticeState,
  NoticeStore,
  NoticeTarget,
} from '../notice-port.ts';
import type { Connection, Sql } from './connection.ts';
import { holderNotices } from './holder-notices.ts';
import { routeAgain } from './notice-rows.ts';
import { noticeTargetStore, toTarget } from './notice-targets.ts';
import { notices, noticeTargets } from './tables/notices.ts';

export function noticeStore(connection: Connection, region: string): NoticeStore {
  return {
    ...noticeTargetStore(connection, region),
    ...outbox(connection, region),
    ...noticeLists(connection, region),
  };
}

type Outbox = Pick<NoticeStore, 'claimNotices' | 'noticeSent' | 'noticeFailed' | 'retryNotice'>;

function outbox(connection: Connection, region: string): Outbox {
  const { transaction } = connection;
  /** Writes how an attempt ended, unless another has taken the notice over. */
  const conclude = (claim: NoticeClaim, set: Partial<Row>): Promise<boolean> =>
    transaction(async (tx) => {
      const mine = await tx
        .update(notices)
        .set({ ...set, owner: null, leaseUntil: 0 })
        .where(
          and(
            isNotice(region, claim.notice),
            eq(notices.owner, claim.owner),
            eq(notices.attempts, claim.attempts),
          ),
        )
        .returning({ notice: notices.notice });
      return mine.length === 1;
    });
  return {
    claimNotices: (owner, now, leaseUntil, count) =>
      transaction(async (tx) => {
        const free = await connection.unlocked(
          tx
            .select()
            .from(notices)
            .where(
              and(
                eq(notices.region, region),
                eq(notices.state, 'due'),
                lte(notices.dueAt, now),
                lte(notices.leaseUntil, now),
              ),
            )
            .orderBy(asc(notices.dueAt), asc(notices.notice))
            .limit(count),
        );
        if (free.length === 0) return [];
        const ids = free.map(({ notice }) => notice);
        await tx
          .update(notices)
          .set({ owner, leaseUntil, attempts: raw`${notices.attempts} + 1` })
          .where(and(eq(notices.region, region), connection.among(notices.notice, ids)));
        const targets = await targetsOf(connection, tx, region, free);
        return free.map((row) => ({
          ...toNotice({ ...row, attempts: row.attempts + 1 }),
          ...{ owner, to: targets.get(row.target ?? '') },
        }));
      }),
    noticeSent: (claim, dueAt) => conclude(claim, { state: 'sent', dueAt, failure: null }),
    noticeFailed: (claim, failure, now, retryAt) =>
      conclude(
        claim,
        retryAt === undefined
          ? { state: 'dead', dueAt: now, failure }
          : { dueAt: retryAt, failure },
      ),
    retryNotice: (notice, now) => transaction((tx) => retry(connection, tx, region, notice, now)),
  };
}

async function retry(
  connection: Connection,
  tx: Sql,
  region: string,
  notice: string,
  now: EpochMs,
): Promise<readonly string[] | undefined> {
  const one = isNotice(region, notice);
  const [row] = await connection.held(
    tx
      .select()
      .from(notices)
      .where(and(one, eq(notices.state, 'dead'))),
  );
  if (!row) return undefined;
  const targets = await targetsOf(connection, tx, region, [row]);
  if (targets.size === 0) {
    const routed = await routeAgain(connection, tx, row, now);
    if (routed.length > 0) await tx.delete(notices).where(one);
    return routed;
  }
  await tx.update(notices).set({ state: 'due', dueAt: now, attempts: 0, failure: null }).where(one);
  return [notice];
}

type Lists = Pick<NoticeStore, 'noticesIn' | 'holderNotices' | 'noticeQueue'>;

function noticeLists({ sql }: Connection, region: string): Lists {
  const inState = (state: NoticeState) => and(eq(notices.region, region), eq(notices.state, state));
  return {
    noticesIn: async (state, after, count) => {
      const rows = await sql
        .select()
        .from(notices)
        .where(
          and(
            inState(state),
            after && raw`(${notices.dueAt}, ${notices.notice}) > (${after.at}, ${after.notice})`,
          ),
        )
        .orderBy(asc(notices.dueAt), asc(notices.notice))
        .limit(count);
      return rows.map(toNotice);
    },
    holderNotices: (holder, before, count) => holderNotices(sql, region, holder, before, count),
    noticeQueue: async () => {
      const [due] = await sql
        .select({ at: min(notices.dueAt) })
        .from(notices)
        .where(inState('due'));
      const [dead] = await sql.select({ count: countOf() }).from(notices).where(inState('dead'));
      const oldest = due?.at ?? null;
      return {
        oldestDueAt: oldest === null ? undefined : epochMs(Number(oldest)),
        dead: dead?.count ?? 0,
      };
    },
  };
}

type Row = typeof notices.$inferSelect;

function isNotice(region: string, notice: string) {
  return and(eq(notices.region, region), eq(notices.notice, notice));
}

async function targetsOf(
  connection: Connection,
  tx: Sql,
  region: string,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, NoticeTarget>> {
  const names = [...new Set(rows.map(({ target }) => target ?? ''))];
  const found = await tx
    .select()
    .from(noticeTargets)
    .where(and(eq(noticeTargets.region, region), connection.among(noticeTargets.target, names)));
  return new Map(found.map((row) => [row.target, toTarget(row)]));
}

function toNotice(row: Row): Notice {
  const { notice, body, recipient, target, holder, division, state, attempts, failure } = row;
  return {
    ...{ notice, division, attempts },
    body: JSON.parse(body) as NoticeBody,
    recipient: recipient as ReportTo,
    target: target ?? undefined,
    holder: holder ?? undefined,
    at: epochMs(row.at),
    state: state as NoticeState,
    dueAt: epochMs(row.dueAt),
    failure: failure ?? undefined,
  };
}
