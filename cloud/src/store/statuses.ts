import type { Colour } from '@greengate/contracts/code/colour';
import type { RegionId } from '@greengate/contracts/ids';
import { RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { and, eq, lte } from 'drizzle-orm';
import type {
  Decide,
  PseudonymRule,
  Publication,
  Published,
  Status,
  StatusRow,
  StatusStore,
} from '../ports.ts';
import type { Connection, Sql } from './connection.ts';
import { evidenceOf } from './evidence-rows.ts';
import { ensurePseudonym, liveKeys, readSub } from './pseudonyms.ts';
import { changes, statuses } from './schema.ts';
import { nextVer } from './stream-counter.ts';

export function statusStore({ sql, transaction }: Connection, region: RegionId): StatusStore {
  return {
    rescore: async (holders, decide, rule) =>
      transaction((tx) => {
        const log = changeLog(tx, region);
        for (const holder of holders) rescoreOne(tx, region, holder, decide, rule, log);
        return log.published();
      }),
    status: async (holder) => readStatus(sql, region, holder),
    pseudonym: async (holder, epoch) => readSub(sql, region, holder, epoch),
    due: async (now, count) =>
      sql
        .select({ holder: statuses.holder })
        .from(statuses)
        .where(and(eq(statuses.region, region), lte(statuses.rescoreAt, now)))
        .orderBy(statuses.rescoreAt)
        .limit(count)
        .all()
        .map((row) => row.holder),
  };
}

interface ChangeLog {
  append(stream: StreamName, key: string, status: Status): number;
  published(): Published[];
}

function rescoreOne(
  tx: Sql,
  region: RegionId,
  holder: string,
  decide: Decide,
  rule: PseudonymRule,
  log: ChangeLog,
): void {
  const evidence = evidenceOf(tx, region, holder);
  if (!evidence) return;
  const held = readStatus(tx, region, holder);
  const publication = decide(evidence, held);
  const made = ensurePseudonym(tx, region, holder, rule);
  const keys = publication.changed
    ? liveKeys(tx, region, holder, rule.liveFromEpoch)
    : made === undefined
      ? []
      : [made];
  const ver = publish(region, keys, publication, log) ?? held?.ver;
  if (ver !== undefined) writeStatus(tx, region, holder, { ...publication.status, ver });
}

/** Answers the region stream's newest version, if there was a change. */
function publish(
  region: RegionId,
  keys: readonly string[],
  { status, red }: Publication,
  log: ChangeLog,
): number | undefined {
  let ver: number | undefined;
  for (const key of keys) {
    ver = log.append(regionStream(region), key, status);
    if (red) log.append(RED, key, status);
  }
  return ver;
}

function changeLog(tx: Sql, region: RegionId): ChangeLog {
  const added = new Map<StreamName, { head: number; count: number }>();
  return {
    append(stream, key, { colour, nextColour, validUntil }) {
      const ver = nextVer(tx, region, stream);
      tx.insert(changes).values({ region, stream, ver, key, colour, nextColour, validUntil }).run();
      added.set(stream, { head: ver, count: (added.get(stream)?.count ?? 0) + 1 });
      return ver;
    },
    published: () => [...added].map(([stream, mark]) => ({ stream, ...mark })),
  };
}

function writeStatus(tx: Sql, region: RegionId, holder: string, status: StatusRow): void {
  const { matched, pack, ...rest } = status;
  const row = {
    ...rest,
    packId: pack.id,
    packVersion: pack.version,
    matched: JSON.stringify(matched),
  };
  tx.insert(statuses)
    .values({ region, holder, ...row })
    .onConflictDoUpdate({ target: [statuses.region, statuses.holder], set: row })
    .run();
}

function readStatus(tx: Sql, region: RegionId, holder: string): StatusRow | undefined {
  const row = tx
    .select()
    .from(statuses)
    .where(and(eq(statuses.region, region), eq(statuses.holder, holder)))
    .get();
  return (
    row && {
      colour: row.colour as Colour,
      nextColour: row.nextColour as Colour,
      validUntil: epochMs(row.validUntil),
      ver: row.ver,
      inputsHash: row.inputsHash,
      pack: { id: row.packId, version: row.packVersion },
      matched: JSON.parse(row.matched) as StatusRow['matched'],
      division: row.division as RegionId,
      scoredAt: epochMs(row.scoredAt),
      rescoreAt: epochMs(row.rescoreAt),
    }
  );
}
