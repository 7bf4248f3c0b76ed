import { epochMs } from '@greengate/contracts/time';
import type { HolderAbout, HolderReason } from '@greengate/contracts/wire/notice';
import type { OverrideReasonId } from '@greengate/contracts/wire/override';
import { OVERRIDE_REASONS } from '@greengate/contracts/wire/override';
import { and, desc, eq, sql as raw, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { HolderNotice, NoticeMark } from '../notice-port.ts';
import type { Sql } from './connection.ts';
import { notices as overrideNotices, overrides } from './tables/issuing.ts';
import { notices } from './tables/notices.ts';

/** What a holder was told, the newest first, older than `before`: what was written as a notice, and each colour set by hand. */
export async function holderNotices(
  sql: Sql,
  region: string,
  holder: string,
  before: NoticeMark | undefined,
  count: number,
): Promise<readonly HolderNotice[]> {
  const told = await written(sql, region, holder, before, count);
  const byHand = await setByHand(sql, region, holder, before, count);
  return [...told, ...byHand].sort(newestFirst).slice(0, count);
}

async function written(
  sql: Sql,
  region: string,
  holder: string,
  before: NoticeMark | undefined,
  count: number,
): Promise<readonly HolderNotice[]> {
  const rows = await sql
    .select()
    .from(notices)
    .where(
      and(
        eq(notices.region, region),
        eq(notices.holder, holder),
        eq(notices.recipient, 'holder'),
        olderThan(before, notices.at, notices.notice),
      ),
    )
    .orderBy(desc(notices.at), desc(notices.notice))
    .limit(count);
  return rows.map(({ notice, about, at, body }) => ({
    notice,
    about: about as HolderAbout,
    at: epochMs(at),
    reasons: JSON.parse(body) as readonly HolderReason[],
  }));
}

/** The database itself writes these, when the second person approves. */
async function setByHand(
  sql: Sql,
  region: string,
  holder: string,
  before: NoticeMark | undefined,
  count: number,
): Promise<readonly HolderNotice[]> {
  const rows = await sql
    .select({
      notice: overrideNotices.override,
      at: overrideNotices.at,
      reason: overrides.reason,
    })
    .from(overrideNotices)
    .innerJoin(
      overrides,
      and(
        eq(overrides.region, overrideNotices.region),
        eq(overrides.override, overrideNotices.override),
      ),
    )
    .where(
      and(
        eq(overrideNotices.region, region),
        eq(overrideNotices.holder, holder),
        olderThan(before, overrideNotices.at, overrideNotices.override),
      ),
    )
    .orderBy(desc(overrideNotices.at), desc(overrideNotices.override))
    .limit(count);
  return rows.map(({ notice, at, reason }) => {
    const { zh, en } = OVERRIDE_REASONS[reason as OverrideReasonId];
    return { notice, about: 'override', at: epochMs(at), reasons: [{ reason, zh, en }] };
  });
}

function olderThan(before: NoticeMark | undefined, at: PgColumn, id: PgColumn): SQL | undefined {
  return before && raw`(${at}, ${id}) < (${before.at}, ${before.notice})`;
}

function newestFirst(a: HolderNotice, b: HolderNotice): number {
  if (a.at !== b.at) return b.at - a.at;
  return a.notice < b.notice ? 1 : -1;
}
