import { toHex } from '@greengate/contracts/bytes';
import {
  jobStartedSchema,
  packApprovalSchema,
  packSummarySchema,
} from '@greengate/contracts/wire/packs';
import type { z } from 'zod';
import { readJson } from '../body.ts';
import { jobsLookedThroughCountMax } from '../limits.ts';
import type { ForceStep, PackRef, PackRow } from '../pack-port.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, deciderOf, type RouteSpec } from '../route.ts';
import { activate, besideOf, latestStep, rollBack } from './activation.ts';
import { summaryAnswer } from './answers.ts';
import { presentImpact } from './current-impact.ts';
import { impactInputSchema } from './impact.ts';
import { packRefused } from './refusal.ts';
import { jobOf } from './rollout.ts';
import { type PackDeps, packParam } from './routes.ts';
import { demandAnother } from './second-person.ts';

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
      if (!(await store.rejectPack(pack))) {
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
  const step = await latestStep(store);
  await demandRest(store, step);
  const beside = await besideOf(store, pack.scope, pack.within);
  const running = (await store.jobs(jobsLookedThroughCountMax)).find(
    (job) =>
      job.kind === 'impact' &&
      job.state === 'running' &&
      isSame(impactInputSchema.parse(job.input).pack, pack) &&
      isSame(impactInputSchema.parse(job.input).beside, beside) &&
      impactInputSchema.parse(job.input).change === step.seq,
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
    ...{ edition: step.base, change: step.seq },
    salt: toHex(random.bytes(16)),
  };
  await store.addJob({ id, kind: 'impact', input }, clock.now());
  return id;
}

/** While people are being scored anew, what would change for them is said of neither the old nor the new. */
async function demandRest(store: PackDeps['store'], step: ForceStep): Promise<void> {
  if (step.change === 'installed' || step.change === 'completed') return;
  const job = await store.job(jobOf(step));
  if (step.next === undefined && job?.state === 'finished') return;
  throw new ProblemError(
    'pack-not-ready',
    'A pack is on its way, or back; wait for the end of it.',
  );
}

/** First, and again: an approval whose report is of the past is made anew by a second person who reads a new one. */
async function approve(
  c: Parameters<RouteSpec['handler']>[0],
  deps: PackDeps,
): Promise<z.infer<typeof packSummarySchema>> {
  const { store, clock } = deps;
  const pack = await packParam(c, store);
  const { impact } = await readJson(c, packApprovalSchema);
  if (pack.state !== 'proposed' && pack.state !== 'approved') {
    throw new ProblemError('pack-not-ready', `It is ${pack.state} already.`);
  }
  const person = deciderOf(c);
  demandAnother(person, pack.proposedBy, 'You have proposed this pack yourself.');
  const step = await latestStep(store);
  const beside = await besideOf(store, pack.scope, pack.within);
  const present = await presentImpact(deps, { pack, beside, step }, impact);
  if (!(await store.approvePack(pack, person, present, clock.now()))) {
    throw new ProblemError('pack-not-ready', 'It is on its way, or was decided at this moment.');
  }
  return summaryAnswer(await packParam(c, store));
}

function isSame(a: PackRef, b: PackRef): boolean {
  return a.id === b.id && a.version === b.version;
}
