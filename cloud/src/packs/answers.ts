import type { Crypto } from '@greengate/contracts/crypto';
import { sha256HexSchema } from '@greengate/contracts/ids';
import type {
  JobView,
  packListSchema,
  packSummarySchema,
  packsInForceSchema,
} from '@greengate/contracts/wire/packs';
import type { z } from 'zod';
import type { Job } from '../job-port.ts';
import { packsListedCountMax } from '../limits.ts';
import type { ForceStep, PackStore, PackSummary } from '../pack-port.ts';
import { ProblemError } from '../problem.ts';
import { impactReport } from './impact.ts';
import { jobOf } from './rollout.ts';
import { changesOf } from './tally.ts';

export function summaryAnswer(pack: PackSummary): z.infer<typeof packSummarySchema> {
  const { id, version, scope, state, proposedBy, proposedAt } = pack;
  return {
    ...{ id, version, scope, state, proposedBy, proposedAt },
    hash: sha256HexSchema.parse(pack.hash),
    within: pack.within ?? null,
    approvedBy: pack.approvedBy ?? null,
    approvedAt: pack.approvedAt ?? null,
    activatedAt: pack.activatedAt ?? null,
  };
}

export async function listAnswer(store: PackStore): Promise<z.infer<typeof packListSchema>> {
  const [packs, steps] = [
    await store.packs(packsListedCountMax),
    await store.forceSteps(packsListedCountMax),
  ];
  return {
    inForce: await inForceAnswer(store, steps[0]),
    packs: packs.map(summaryAnswer),
    history: steps.map(({ change, pack, base, next, share, by, at }) => ({
      ...{ change, pack, edition: base, next: next ?? null, share, by, at },
    })),
  };
}

async function inForceAnswer(
  store: PackStore,
  step: ForceStep | undefined,
): Promise<z.infer<typeof packsInForceSchema>> {
  const base = step && (await store.edition(step.base));
  if (!base) throw new ProblemError('not-found');
  const next = step.next === undefined ? undefined : await store.edition(step.next);
  const { number: edition, city, province } = base;
  return {
    ...{ edition, city, province },
    rollout: next
      ? {
          ...{ edition: next.number, city: next.city, province: next.province },
          ...{ share: step.share, job: jobOf(step) },
        }
      : null,
  };
}

/** The raw counts of a job stay inside: a small one of a division would tell of a person (THREATS T28). */
export async function jobAnswer(
  store: PackStore,
  job: Job,
  sha256: Crypto['sha256'],
): Promise<JobView> {
  const { id, kind, done, total, createdAt, finishedAt } = job;
  const isImpact = kind === 'impact' && job.state === 'finished';
  return {
    ...{ id, kind, done, total, createdAt },
    finishedAt: finishedAt ?? null,
    impact: isImpact ? impactReport(job, sha256) : null,
    changes: kind === 'rollout' ? [...changesOf(job.tally)] : null,
    ...(kind === 'rollout' ? await stageOf(store, job) : { state: job.state, next: null }),
  };
}

/** A stage is over when the next has begun, or there is none. */
async function stageOf(store: PackStore, job: Job): Promise<Pick<JobView, 'state' | 'next'>> {
  const steps = await store.forceSteps(packsListedCountMax);
  const at = steps.findIndex((step) => jobOf(step) === job.id);
  const after = steps[at - 1];
  if (at === 0 && job.state === 'finished') return { state: 'running', next: null };
  return { state: job.state, next: after?.change === 'widened' ? jobOf(after) : null };
}
