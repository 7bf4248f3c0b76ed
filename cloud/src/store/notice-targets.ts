import type { ReportTo } from '@greengate/contracts/rules/report';
import { and, eq, gt } from 'drizzle-orm';
import type { NoticeChannel, NoticeStore, NoticeTarget } from '../notice-port.ts';
import type { Connection } from './connection.ts';
import { noticeTargets } from './tables/notices.ts';

type TargetStore = Pick<NoticeStore, 'putNoticeTarget' | 'noticeTargets' | 'dropNoticeTarget'>;

export function noticeTargetStore({ sql, transaction }: Connection, region: string): TargetStore {
  const ofRegion = eq(noticeTargets.region, region);
  return {
    putNoticeTarget: ({ target, recipient, place, channel, sealed }, writtenAt) =>
      transaction(async (tx) => {
        const set = { recipient, place, channel, sealed, writtenAt };
        await tx
          .insert(noticeTargets)
          .values({ region, target, ...set })
          .onConflictDoUpdate({ target: [noticeTargets.region, noticeTargets.target], set });
      }),
    noticeTargets: async (after, count) => {
      const rows = await sql
        .select()
        .from(noticeTargets)
        .where(and(ofRegion, after === undefined ? undefined : gt(noticeTargets.target, after)))
        .orderBy(noticeTargets.target)
        .limit(count);
      return rows.map(toTarget);
    },
    dropNoticeTarget: (target) =>
      transaction(async (tx) => {
        const gone = await tx
          .delete(noticeTargets)
          .where(and(ofRegion, eq(noticeTargets.target, target)))
          .returning({ target: noticeTargets.target });
        return gone.length === 1;
      }),
  };
}

export function toTarget(row: typeof noticeTargets.$inferSelect): NoticeTarget {
  const { target, recipient, place, channel, sealed } = row;
  return {
    ...{ target, place, sealed },
    recipient: recipient as ReportTo,
    channel: channel as NoticeChannel,
  };
}
