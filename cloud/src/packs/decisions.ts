import { toHex } from '@greengate/contracts/bytes';
import {
  type ImpactReport,
  jobStartedSchema,
  packApprovalSchema,
  packSummarySchema,
} from '@greengate/contracts/wire/packs';
import type { z } from 'zod';
import { readJson } from '../body.ts';
import { impactAgeHoursMax, jobsLookedThroughCountMax } from '../limits.ts';
import type { PackRef, PackRow } from '../pack-port.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, deciderOf, type RouteSpec } from '../route.ts';
import { activate, besideOf, rollBack } from './activation.ts';
import { summaryAnswer } from './answers.ts';
import { impactInputSchema, impactReport } from './impact.ts';
import { packRefused } from './refusal.ts';
import { type PackDeps, packParam } from './routes.ts';

/** Impact -> approval by a second person -> activation in stages; and back. Each is an operator's. */
export function packDecisionRoutes(app: CloudApp, deps: PackDeps): void {
  const { store } = deps;
  const callers = ['operator'] as const;
  addRoute(app, {
    method: 'post',
    path: '/v1/packs/{id}/{version}/impact',
    summary: 'Score everybody with a pack without writing anything, and report what would change.',
    callers,
    answer: jobStartedSchema,
    handler: async (c) => c.json({ job: await startImpact(deps, await packParam(c, store)) }),
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/packs/{id}/{version}/approval',
    summary: 'Agree to a pack, as a second person who has read its impact report.',
    callers,
    body: packApprovalSchema,
    answer: packSummarySchema,
    handler: async (c) => c.json(await approve(c, deps)),
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/packs/{id}/{version}/rejection',
    summary: 'Set a pack aside for good that is proposed or approved and was never in force.',
    callers,
    answer: packSummarySchema,
    handler: async (c) => {
      const pack = await packParam(c, store);
      const next = (await store.force())?.next;
      const edition = next === undefined ? undefined : await store.edition(next);
      const isOnItsWay = edition !== undefined && isSame(edition[pack.scope], pack);
      if (isOnItsWay || !(await store.rejectPack(pack))) {
        throw new ProblemError('pack-not-ready', 'Only a pack that waits can be set aside.');
      }
      return c.json(summaryAnswer(await packParam(c, store)));
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/packs/{id}/{version}/activation',
    summary: 'Bring an approved pack to a few holders, then to more, then to all.',
    callers,
    answer: jobStartedSchema,
    handler: async (c) =>
      c.json({ job: await activate(deps, await packParam(c, store), deciderOf(c)) }),
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/packs/{id}/{version}/rollback',
    summary: 'Take a pack out of force at once; the one before it is in force again.',
    callers,
    answer: jobStartedSchema,
    handler: async (c) =>
      c.json({ job: await rollBack(deps, await packParam(c, store), deciderOf(c)) }),
  });
}

/** One shadow run of a pack at a time: who asks for another meanwhile is told of the one that runs. */
async function startImpact(deps: PackDeps, pack: PackRow): Promise<string> {
  const { store, clock, random, region, checkPack } = deps;
  if (pack.state !== 'proposed' && pack.state !== 'approved') {
    throw new ProblemError('pack-not-ready', 'Only a pack that waits has an impact ahead.');
  }
  const beside = await besideOf(store, pack.scope, pack.within);
  const running = (await store.jobs(jobsLookedThroughCountMax)).find(
    (job) =>
      job.kind === 'impact' &&
      job.state === 'running' &&
      isSame(impactInputSchema.parse(job.input).pack, pack) &&
      isSame(impactInputSchema.parse(job.input).beside, beside),
  );
  if (running) return running.id;
  const { scope, body: text } = pack;
  const checked = await checkPack({ text, scope, region, beside: beside.body });
  if (checked?.pack?.joined === undefined) {
    throw packRefused(checked && { problems: [...checked.problems, ...checked.warnings] });
  }
  const id = `impact-${toHex(random.bytes(8))}`;
  const input = {
    pack: { id: pack.id, version: pack.version },
    hash: pack.hash,
    beside: { id: beside.id, version: beside.version },
    salt: toHex(random.bytes(16)),
  };
  await store.addJob({ id, kind: 'impact', input }, clock.now());
  return id;
}

async function approve(
  c: Parameters<RouteSpec['handler']>[0],
  deps: PackDeps,
): Promise<z.infer<typeof packSummarySchema>> {
  const { store, clock } = deps;
  const pack = await packParam(c, store);
  const { impact } = await readJson(c, packApprovalSchema);
  if (pack.state !== 'proposed') {
    throw new ProblemError('pack-not-ready', `It is ${pack.state} already.`);
  }
  const person = deciderOf(c);
  demandAnother(person, pack.proposedBy);
  const job = await demandImpact(deps, pack, impact);
  if (!(await store.approvePack(pack, person, { job, hash: impact }, clock.now()))) {
    throw new ProblemError('pack-not-ready', 'Somebody decided about it at the same moment.');
  }
  return summaryAnswer(await packParam(c, store));
}

/** A person may have an account and a token: of one kind, two are two people. Refuses `second-person-needed`. */
function demandAnother(person: string, proposer: string): void {
  if (person === proposer) {
    throw new ProblemError('second-person-needed', 'You have proposed this pack yourself.');
  }
  if (person.split(':')[0] !== proposer.split(':')[0]) {
    throw new ProblemError('second-person-needed', 'Both by accounts, or both by tokens.');
  }
}

/**
 * The job whose report has this hash: of this very pack, beside what it would be joined with today, and recent.
 * Refuses `impact-needed`.
 */
async function demandImpact(
  { store, clock, sha256 }: PackDeps,
  pack: PackRow,
  hash: string,
): Promise<string> {
  const [job, report] = await reportOf(store, sha256, hash);
  if (!isSame(report.pack, pack) || report.packHash !== pack.hash) {
    throw new ProblemError('impact-needed', 'That report is of another pack.');
  }
  const beside = await besideOf(store, pack.scope, pack.within);
  if (!isSame(report.beside, beside)) {
    throw new ProblemError('impact-needed', 'What it would be joined with has changed since.');
  }
  if (clock.now() - report.at > impactAgeHoursMax * 3_600_000) {
    throw new ProblemError('impact-needed', `It is older than ${impactAgeHoursMax} hours.`);
  }
  if (report.failed > 0) {
    throw new ProblemError('impact-needed', `A rule fails on the facts of ${report.failed}.`);
  }
  return job;
}

async function reportOf(
  store: PackDeps['store'],
  sha256: PackDeps['sha256'],
  hash: string,
): Promise<readonly [job: string, report: ImpactReport]> {
  for (const job of await store.jobs(jobsLookedThroughCountMax)) {
    if (job.kind !== 'impact' || job.state !== 'finished') continue;
    const report = impactReport(job, sha256);
    if (report.hash === hash) return [job.id, report];
  }
  throw new ProblemError('impact-needed', 'There is no such report, or it is long past.');
}

function isSame(a: PackRef, b: PackRef): boolean {
  return a.id === b.id && a.version === b.version;
}
