import type { Crypto } from '@greengate/contracts/crypto';
import type { ImpactReport } from '@greengate/contracts/wire/packs';
import type { Job, JobStore } from '../job-port.ts';
import { impactAgeHoursMax, jobsLookedThroughCountMax } from '../limits.ts';
import type { ForceStep, ImpactRef, PackRef, PackRow, PackStore } from '../pack-port.ts';
import type { Clock } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { impactReport } from './impact.ts';

export interface ImpactDeps {
  readonly store: PackStore & JobStore;
  readonly clock: Clock;
  readonly sha256: Crypto['sha256'];
}

/** What a report must be about, at the moment when somebody decides by it. */
export interface Present {
  readonly pack: PackRow;
  /** What the pack would be joined with. */
  readonly beside: PackRef;
  /** The last change of what is in force. */
  readonly step: ForceStep;
}

/** The report that has this hash, if it is a present one. Refuses `impact-needed`. */
export async function presentImpact(
  deps: ImpactDeps,
  present: Present,
  hash: string,
): Promise<ImpactRef> {
  for (const job of await deps.store.jobs(jobsLookedThroughCountMax)) {
    const report = reportOf(deps, job);
    if (report?.hash !== hash) continue;
    demandPresent(deps, present, report);
    return { job: job.id, hash };
  }
  throw needed('There is no such report, or it is long past.');
}

/**
 * The report by which a pack was approved must still be present when the pack is activated: else two people have
 * agreed to something that nobody has looked at. Refuses `impact-needed`; a second person then approves anew.
 */
export async function demandApprovedImpact(deps: ImpactDeps, present: Present): Promise<void> {
  const { impact } = present.pack;
  const job = impact && (await deps.store.job(impact.job));
  const report = job && reportOf(deps, job);
  if (!report || report.hash !== impact.hash) throw needed('Its report is gone.');
  demandPresent(deps, present, report);
}

function reportOf({ sha256 }: ImpactDeps, job: Job): ImpactReport | undefined {
  if (job.kind !== 'impact' || job.state !== 'finished') return undefined;
  return impactReport(job, sha256);
}

/** Of this very pack, beside what it would be joined with today, against what is in force, recent, and of no failures. */
function demandPresent(
  { clock }: ImpactDeps,
  { pack, beside, step }: Present,
  report: ImpactReport,
): void {
  if (!isSame(report.pack, pack) || report.packHash !== pack.hash) {
    throw needed('That report is of another pack.');
  }
  if (!isSame(report.beside, beside)) {
    throw needed('What it would be joined with has changed since.');
  }
  if (report.change !== step.seq || report.edition !== step.base) {
    throw needed('What is in force has changed since.');
  }
  if (clock.now() - report.at > impactAgeHoursMax * 3_600_000) {
    throw needed(`It is older than ${impactAgeHoursMax} hours.`);
  }
  if (report.failed > 0) {
    throw needed(`A rule fails on the facts of ${report.failed}.`);
  }
}

function isSame(a: PackRef, b: PackRef): boolean {
  return a.id === b.id && a.version === b.version;
}

function needed(detail: string): ProblemError {
  return new ProblemError('impact-needed', detail);
}
