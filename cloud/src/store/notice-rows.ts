import { createHash } from 'node:crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { ReportTo } from '@greengate/contracts/rules/report';
import type { EpochMs } from '@greengate/contracts/time';
import type { HolderAbout, HolderReason, NoticeBody } from '@greengate/contracts/wire/notice';
import { and, eq } from 'drizzle-orm';
import { divisionsAbove } from '../area.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { notices, noticeTargets } from './tables/notices.ts';

/** Something to be told of a holder. */
export interface Telling {
  readonly body: NoticeBody;
  readonly to: readonly ReportTo[];
  /** Names what happened: telling the same again writes nothing. */
  readonly subject: string;
  readonly holder: string | undefined;
  readonly division: string;
  /** Undefined when the holder has none. */
  readonly unit: string | undefined;
  /** When it happened. */
  readonly at: EpochMs;
  /** From when on it is sent. */
  readonly dueAt: EpochMs;
}

type Row = typeof notices.$inferInsert;

/**
 * Writes what is to be told, a row a target, in the transaction of what happened. What no target is there for is
 * written as dead, so that somebody sees it; only the unit is not missed where there is none.
 */
export async function writeTellings(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  tellings: readonly Telling[],
): Promise<void> {
  if (tellings.length === 0) return;
  const targets = await targetsFor(connection, tx, region, tellings);
  const rows = tellings.flatMap((telling) =>
    telling.to.flatMap((recipient) => rowsOf(region, telling, recipient, targets)),
  );
  await insertNew(tx, rows);
}

/** The same for one that had no target so far, to those that there are by now. */
export async function routeAgain(
  connection: Connection,
  tx: Sql,
  row: Row,
  now: EpochMs,
): Promise<readonly string[]> {
  const region = row.region as RegionId;
  const place = { division: row.division, unit: row.unit as string | undefined };
  const targets = await targetsFor(connection, tx, region, [place]);
  const rows = (targets(row.recipient as ReportTo, place) ?? []).map((target) => ({
    ...row,
    ...{ notice: idOf(row.notice, target), target, state: 'due', dueAt: now, attempts: 0 },
    failure: null,
  }));
  await insertNew(tx, rows);
  return rows.map(({ notice }) => notice);
}

/** What a holder is told here, and reads by themselves. */
export interface HolderTelling {
  readonly holder: string;
  readonly about: HolderAbout;
  /** As in `Telling`. */
  readonly subject: string;
  readonly division: string;
  readonly at: EpochMs;
  readonly reasons: readonly HolderReason[];
}

/** Writes notices to holders, in the transaction of what they tell. */
export async function tellHolders(
  tx: Sql,
  region: RegionId,
  tellings: readonly HolderTelling[],
): Promise<void> {
  const rows = tellings.map(({ holder, about, subject, division, at, reasons }) => ({
    ...{ region, notice: idOf(about, subject, 'holder'), about, recipient: 'holder' },
    ...{ target: null, holder, division, unit: null, at, body: JSON.stringify(reasons) },
    ...{ state: 'kept', dueAt: at, attempts: 0, owner: null, leaseUntil: 0, failure: null },
  }));
  await insertNew(tx, rows);
}

async function insertNew(tx: Sql, rows: readonly Row[]): Promise<void> {
  const target = [notices.region, notices.notice];
  await insertAll(tx, notices, rows, { target, there: 'keep' });
}

function rowsOf(
  region: RegionId,
  telling: Telling,
  recipient: ReportTo,
  targets: FindTargets,
): readonly Row[] {
  const { body, subject, holder = null, division, unit = null, at, dueAt } = telling;
  if (recipient === 'unit' && unit === null) return [];
  const row = (target: string | null, state: 'due' | 'dead', failure: string | null): Row => ({
    ...{ region, notice: idOf(body.about, subject, recipient, target ?? ''), about: body.about },
    ...{ recipient, target, holder, division, unit, at, body: JSON.stringify(body) },
    ...{ state, dueAt, attempts: 0, owner: null, leaseUntil: 0, failure },
  });
  const found = targets(recipient, telling);
  return found?.map((target) => row(target, 'due', null)) ?? [row(null, 'dead', 'no-target')];
}

/** 32 hex digits: the same parts give the same id, and it tells nothing of them. */
function idOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

type Place = Pick<Telling, 'division' | 'unit'>;

/** All targets of the nearest place that has any; undefined when none has. */
type FindTargets = (recipient: ReportTo, place: Place) => readonly string[] | undefined;

async function targetsFor(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  places: readonly Place[],
): Promise<FindTargets> {
  const names = places.flatMap((place) => [...placesOf('community', place), place.unit ?? '']);
  const rows = await tx
    .select({
      target: noticeTargets.target,
      recipient: noticeTargets.recipient,
      place: noticeTargets.place,
    })
    .from(noticeTargets)
    .where(
      and(
        eq(noticeTargets.region, region),
        connection.among(noticeTargets.place, [...new Set(names)]),
      ),
    )
    .orderBy(noticeTargets.target);
  const found = new Map<string, string[]>();
  for (const { recipient, place, target } of rows) {
    const key = `${recipient} ${place}`;
    found.set(key, [...(found.get(key) ?? []), target]);
  }
  return (recipient, place) =>
    placesOf(recipient, place)
      .map((name) => found.get(`${recipient} ${name}`))
      .find((targets) => targets !== undefined);
}

function placesOf(recipient: ReportTo, { division, unit }: Place): readonly string[] {
  if (recipient !== 'unit') return divisionsAbove(division);
  return unit === undefined ? [] : [unit];
}
