import type { RegionId } from '@greengate/contracts/ids';
import type { Contradictions } from '../evidence-port.ts';
import type { Decide, PseudonymRule, Published } from '../ports.ts';
import { changeLog } from './change-log.ts';
import type { Connection, Sql } from './connection.ts';
import { writeContradictions } from './contradictions.ts';
import { holdHolders } from './due.ts';
import { evidenceOf } from './evidence-rows.ts';
import { readForce } from './pack-force.ts';
import { ensurePseudonyms } from './pseudonyms.ts';
import { writeRedNotices } from './red-notices.ts';
import { writeScores } from './score-rows.ts';
import { postpone, readStatuses, writeStatuses } from './status-rows.ts';

/**
 * Scores holders within a transaction and writes what is news: statuses, changes, scores and, last of all, the
 * versions. Whoever has not declared is left out.
 */
export async function rescoreIn(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  holders: readonly string[],
  decide: Decide,
  rule: PseudonymRule,
): Promise<readonly Published[]> {
  const ids = await holdHolders(connection, tx, region, holders);
  // Not before the holders are held: a rollout that comes to them later would be written over.
  const force = await readForce(tx, region);
  const evidence = await evidenceOf(connection, tx, region, ids);
  const declared = evidence.map(({ holder }) => holder);
  const held = await readStatuses(connection, tx, region, declared);
  const pseudonyms = await ensurePseudonyms(connection, tx, region, declared, rule);
  const log = changeLog(region);
  const flagged: { holder: string; contradictions: Contradictions }[] = [];
  const later: { holder: string; rescoreAt: number }[] = [];
  for (const one of evidence) {
    const { holder } = one;
    const before = held.get(holder);
    const publication = decide(one, before, force);
    const { contradictions } = publication;
    if (contradictions !== undefined) flagged.push({ holder, contradictions });
    const live = pseudonyms.get(holder);
    if (publication.news || live?.made !== undefined) {
      log.add(holder, publication, live, before);
    } else if (before?.rescoreAt !== publication.status.rescoreAt) {
      later.push({ holder, rescoreAt: publication.status.rescoreAt });
    }
  }
  await writeContradictions(connection, tx, region, flagged);
  await postpone(connection, tx, region, later);
  await writeScores(tx, region, log.scored());
  await writeRedNotices(connection, tx, region, log.scored());
  const { published, rows } = await log.write(tx);
  await writeStatuses(tx, region, rows);
  return published;
}

/** The same without writing anything: what would become of these holders. */
export async function surveyIn(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  holders: readonly string[],
  decide: Decide,
): Promise<readonly Published[]> {
  const evidence = await evidenceOf(connection, tx, region, holders);
  const declared = evidence.map(({ holder }) => holder);
  const held = await readStatuses(connection, tx, region, declared);
  const force = await readForce(tx, region);
  for (const one of evidence) decide(one, held.get(one.holder), force);
  return [];
}
