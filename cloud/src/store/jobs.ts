import type { RegionId } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { and, asc, count, desc, eq, gt, isNull, lte } from 'drizzle-orm';
import type { Job, JobClaim, JobStore, SliceDone, Tally } from '../job-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection, Sql } from './connection.ts';
import { jobPartsCount } from './limits.ts';
import { rescoreIn, surveyIn } from './rescore.ts';
import { jobParts, jobs } from './tables/jobs.ts';
import { statuses } from './tables/statuses.ts';

export function jobStore(connection: Connection, region: RegionId): JobStore {
  const { sql, transaction } = connection;
  return {
    addJob: ({ id, kind, input, division = null, below = LAST }, createdAt) =>
      transaction(async (tx) => {
        const row = { region, job: id, kind, input: JSON.stringify(input), division, createdAt };
        await tx.insert(jobs).values({ ...row, haltedAt: null });
        await insertAll(tx, jobParts, await partsOf(tx, region, id, division, below));
      }),
    job: async (id) => (await readJobs(sql, region, id, 1))[0],
    jobs: (limit) => readJobs(sql, region, undefined, limit),
    haltJob: (id, now) =>
      transaction(async (tx) => {
        const [job] = await readJobs(tx, region, id, 1);
        if (job?.state !== 'running') return false;
        await tx
          .update(jobs)
          .set({ haltedAt: now })
          .where(and(eq(jobs.region, region), eq(jobs.job, id)));
        return true;
      }),
    claimPart: async (owner, now, until) => {
      const claim = await transaction(async (tx) => {
        const [free] = await connection.unlocked(
          tx
            .select({ job: jobParts.job, part: jobParts.part, kind: jobs.kind, input: jobs.input })
            .from(jobParts)
            .innerJoin(jobs, and(eq(jobs.region, jobParts.region), eq(jobs.job, jobParts.job)))
            .where(
              and(
                eq(jobParts.region, region),
                isNull(jobParts.finishedAt),
                lte(jobParts.leaseUntil, now),
                isNull(jobs.haltedAt),
              ),
            )
            .orderBy(asc(jobs.createdAt), asc(jobs.job), asc(jobParts.part))
            .limit(1),
        );
        if (!free) return undefined;
        await tx.update(jobParts).set({ owner, leaseUntil: until }).where(partIs(region, free));
        return { ...free, input: JSON.parse(free.input) as unknown, owner };
      });
      // A part is long, and what was just imported, or written by the part before, is what it reads.
      if (claim) await connection.measure();
      return claim;
    },
    workPart: (claim, limit, begin, pseudonyms, now, until) =>
      transaction(async (tx) => {
        const part = await holdPart(connection, tx, region, claim);
        if (!part) return undefined;
        const ids = await nextHolders(tx, region, part, limit);
        const work = begin();
        const published = pseudonyms
          ? await rescoreIn(connection, tx, region, ids, work.decide, pseudonyms)
          : await surveyIn(connection, tx, region, ids, work.decide);
        const finished = ids.length < limit;
        await advance(tx, region, claim, {
          cursor: ids.at(-1) ?? part.cursor,
          done: part.done + ids.length,
          tally: JSON.stringify(sum([JSON.parse(part.tally) as Tally, work.tally()])),
          finishedAt: finished ? now : null,
          leaseUntil: until,
        });
        return { published, count: ids.length, finished } satisfies SliceDone;
      }),
  };
}

/** Holder ids are random hex, so cutting by their first digit gives parts of one size. */
async function partsOf(
  tx: Sql,
  region: string,
  job: string,
  division: string | null,
  below: string,
): Promise<(typeof jobParts.$inferInsert)[]> {
  const bounds = Array.from({ length: jobPartsCount }, (_, i) => (i === 0 ? '' : i.toString(16)));
  const reached = bounds.filter((cursor) => cursor < below);
  const parts = reached.map((cursor, part) => ({
    ...{ region, job, part, cursor, until: reached[part + 1] ?? below },
    ...{ done: 0, total: 0, tally: '{}', finishedAt: null, owner: null, leaseUntil: 0 },
  }));
  for (const one of parts) {
    const [row] = await tx
      .select({ total: count() })
      .from(statuses)
      .where(holdersOf(region, division, one.cursor, one.until));
    one.total = row?.total ?? 0;
  }
  return parts;
}

// Past every id.
const LAST = '~';

function holdersOf(region: string, division: string | null, after: string, until: string) {
  return and(
    eq(statuses.region, region),
    division === null ? undefined : eq(statuses.division, division),
    gt(statuses.holder, after),
    lte(statuses.holder, until),
  );
}

interface HeldPart {
  readonly cursor: string;
  readonly until: string;
  readonly done: number;
  readonly tally: string;
  readonly division: string | null;
}

/** Undefined when another process has taken the part over, or the job was halted. */
async function holdPart(
  connection: Connection,
  tx: Sql,
  region: string,
  claim: JobClaim,
): Promise<HeldPart | undefined> {
  const [part] = await connection.held(
    tx
      .select()
      .from(jobParts)
      .where(and(partIs(region, claim), isNull(jobParts.finishedAt))),
  );
  if (part?.owner !== claim.owner) return undefined;
  const [job] = await tx
    .select({ division: jobs.division })
    .from(jobs)
    .where(and(eq(jobs.region, region), eq(jobs.job, claim.job), isNull(jobs.haltedAt)));
  return job && { ...part, division: job.division };
}

async function nextHolders(
  tx: Sql,
  region: string,
  { division, cursor, until }: HeldPart,
  limit: number,
): Promise<readonly string[]> {
  const rows = await tx
    .select({ holder: statuses.holder })
    .from(statuses)
    .where(holdersOf(region, division, cursor, until))
    .orderBy(statuses.holder)
    .limit(limit);
  return rows.map((row) => row.holder);
}

function partIs(region: string, { job, part }: Pick<JobClaim, 'job' | 'part'>) {
  return and(eq(jobParts.region, region), eq(jobParts.job, job), eq(jobParts.part, part));
}

async function advance(
  tx: Sql,
  region: string,
  claim: JobClaim,
  set: Partial<typeof jobParts.$inferInsert>,
): Promise<void> {
  await tx.update(jobParts).set(set).where(partIs(region, claim));
}

async function readJobs(
  tx: Sql,
  region: string,
  id: string | undefined,
  limit: number,
): Promise<readonly Job[]> {
  const rows = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.region, region), id === undefined ? undefined : eq(jobs.job, id)))
    .orderBy(desc(jobs.createdAt), desc(jobs.job))
    .limit(limit);
  const found: Job[] = [];
  for (const row of rows) {
    const parts = await tx
      .select()
      .from(jobParts)
      .where(and(eq(jobParts.region, region), eq(jobParts.job, row.job)));
    found.push(toJob(row, parts));
  }
  return found;
}

function toJob(
  row: typeof jobs.$inferSelect,
  parts: readonly (typeof jobParts.$inferSelect)[],
): Job {
  const ends = parts.map((part) => part.finishedAt);
  const finished = ends.every((at) => at !== null);
  return {
    id: row.job,
    kind: row.kind,
    input: JSON.parse(row.input),
    state: finished ? 'finished' : row.haltedAt === null ? 'running' : 'halted',
    done: parts.reduce((total, part) => total + part.done, 0),
    total: parts.reduce((total, part) => total + part.total, 0),
    tally: sum(parts.map((part) => JSON.parse(part.tally) as Tally)),
    createdAt: epochMs(row.createdAt),
    finishedAt: finished ? epochMs(Math.max(...ends.map((at) => at ?? 0))) : undefined,
  };
}

/** Sorted by name, so that the same counts are the same bytes. */
function sum(tallies: readonly Tally[]): Tally {
  const total = new Map<string, number>();
  for (const tally of tallies) {
    for (const [name, n] of Object.entries(tally)) total.set(name, (total.get(name) ?? 0) + n);
  }
  return Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}
