import type { RegionId } from '@greengate/contracts/ids';
import type { Publication } from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { tellHolders, writeTellings } from './notice-rows.ts';

/** Tells of those who turned red, in the transaction that makes them so: no red without a notice, no notice without a red. */
export async function writeRedNotices(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  scored: readonly { readonly holder: string; readonly publication: Publication }[],
): Promise<void> {
  const reds = scored.flatMap(({ holder, publication: { status, report, unit } }) => {
    if (report === undefined) return [];
    const { matched, division, scoredAt: at } = status;
    const asking = matched.filter(({ asks }) => asks === 'red');
    const subject = `${holder} ${at}`;
    return [{ holder, status, asking, to: report, subject, division, unit, at }];
  });
  if (reds.length === 0) return;
  const tellings = reds.map(({ status, asking, ...red }) => {
    const { nextColour, validUntil, pack } = status;
    const reasons = asking.map(({ rule, reason }) => ({ rule, reason }));
    const body = { about: 'red', colour: 'red', nextColour, validUntil, pack, reasons } as const;
    return { ...red, body, dueAt: red.at };
  });
  await writeTellings(connection, tx, region, tellings);
  const own = reds.map(({ asking, ...red }) => {
    const reasons = asking.map(({ reason, zh, en }) => ({ reason, zh, en }));
    return { ...red, about: 'red', reasons } as const;
  });
  await tellHolders(tx, region, own);
}
