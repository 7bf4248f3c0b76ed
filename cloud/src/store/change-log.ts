import type { RegionId } from '@greengate/contracts/ids';
import { gateMinute } from '@greengate/contracts/replica/status-entry';
import { RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import type { Publication, Published, Status, StatusRow } from '../ports.ts';
import { insertAll } from './bulk.ts';
import type { Sql } from './connection.ts';
import type { LiveKeys } from './pseudonyms.ts';
import type { Scored } from './score-rows.ts';
import { nextVers } from './stream-counter.ts';
import { changes } from './tables/streams.ts';

/** A status as it is stored, with whose it is. */
export interface HeldStatus extends StatusRow {
  readonly holder: string;
}

/** Gathers what a transaction publishes, and numbers it at the end: the counters are held for as short as can be. */
export interface ChangeLog {
  /** `held`: the status that stood so far; it stands on where the publication is no news. */
  add(
    holder: string,
    publication: Publication,
    live: LiveKeys | undefined,
    held: StatusRow | undefined,
  ): void;
  /** Those whose verdict is news. */
  scored(): readonly Scored[];
  write(tx: Sql): Promise<{ published: readonly Published[]; rows: readonly HeldStatus[] }>;
}

export function changeLog(region: RegionId): ChangeLog {
  const own = regionStream(region);
  const entries = new Map<StreamName, Change[]>([
    [RED, []],
    [own, []],
  ]);
  const scored: Scored[] = [];
  const written: { holder: string; status: Status; place: number; ver: number | undefined }[] = [];
  return {
    add: (holder, publication, live, held) => {
      const { red, news } = publication;
      const { rescoreAt } = publication.status;
      const status = news || !held ? publication.status : { ...held, rescoreAt };
      const made = newsFor(publication, live).map((key) => ({ key, status }));
      entries.get(own)?.push(...made);
      if (red) entries.get(RED)?.push(...made);
      const place = made.length === 0 ? 0 : (entries.get(own)?.length ?? 0);
      if (place > 0 || held) written.push({ holder, status, place, ver: held?.ver });
      if (news) scored.push({ holder, publication });
    },
    scored: () => scored,
    write: async (tx) => {
      const published: Published[] = [];
      let first = 0;
      // Every transaction takes the counters in this order, so no two wait for each other.
      for (const [stream, list] of entries) {
        if (list.length === 0) continue;
        const head = await nextVers(tx, region, stream, list.length);
        const before = head - list.length;
        await insertAll(
          tx,
          changes,
          list.map((change, i) => rowOf(region, stream, before + i + 1, change)),
        );
        published.push({ stream, head, count: list.length });
        if (stream === own) first = before;
      }
      const rows = written.map(({ holder, status, place, ver = 0 }) => ({
        ...status,
        holder,
        ver: place > 0 ? first + place : ver,
      }));
      return { published, rows };
    },
  };
}

/** The pseudonyms that get an entry: all that are live, or the one that no gate has heard of yet. */
function newsFor({ changed }: Publication, live: LiveKeys | undefined): readonly string[] {
  if (changed) return live?.keys ?? [];
  return live?.made === undefined ? [] : [live.made];
}

interface Change {
  readonly key: string;
  readonly status: Status;
}

function rowOf(region: RegionId, stream: StreamName, ver: number, { key, status }: Change) {
  const { colour, nextColour } = status;
  return { region, stream, ver, key, colour, nextColour, validUntil: gateMinute(status) };
}
