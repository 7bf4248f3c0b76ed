import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import { parseDateTime } from '@greengate/contracts/rules/certlogic-date-time';
import type { PackScope } from '@greengate/contracts/wire/packs';
import type { JobStore } from '../job-port.ts';
import type {
  CheckedPack,
  CheckPack,
  Edition,
  ForceStep,
  PackRef,
  PackRow,
  PackStore,
} from '../pack-port.ts';
import type { Clock } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { demandApprovedImpact } from './current-impact.ts';
import { editionBody } from './first-packs.ts';
import { packRefused } from './refusal.ts';
import { jobOf, type Rollout } from './rollout.ts';
import { demandAnother } from './second-person.ts';
import { STAGE_SHARES } from './share.ts';

export interface ActivationDeps {
  readonly store: PackStore & JobStore;
  readonly clock: Clock;
  readonly region: RegionId;
  readonly sha256: Crypto['sha256'];
  readonly checkPack: CheckPack;
  readonly rollout: Rollout;
}

/** The pack of the other scope that a pack is to be joined with. Refuses `pack-not-ready`. */
export async function besideOf(
  store: PackStore,
  scope: PackScope,
  within: PackRef | undefined,
): Promise<PackRow> {
  const other = scope === 'city' ? 'province' : 'city';
  const beside = within ? await store.pack(within) : await store.activePack(other);
  if (!beside || beside.scope !== other) {
    throw new ProblemError('pack-not-ready', `There is no such pack of the ${other}.`);
  }
  return beside;
}

/** Puts an approved pack on its way to everybody. Answers the job of its first stage. */
export async function activate(deps: ActivationDeps, pack: PackRow, by: string): Promise<string> {
  const { store, clock, rollout } = deps;
  if (pack.state !== 'approved') throw notReady('Only an approved pack can be activated.');
  const step = await latestStep(store);
  if (step.next !== undefined) throw notReady('Another pack is on its way; wait, or roll it back.');
  const beside = await besideOf(store, pack.scope, pack.within);
  if (beside.state !== 'approved' && beside.state !== 'active') {
    throw notReady(`Approve ${beside.id} ${beside.version} of the province first.`);
  }
  await demandApprovedImpact(deps, { pack, beside, step });
  const { joined } = await checkAgain(deps, pack, beside);
  const [city, province] = pack.scope === 'city' ? [pack, beside] : [beside, pack];
  const started = await store.changeForce(
    step.seq,
    {
      ...{ change: 'started', pack: refOf(pack), by, base: step.base, share: STAGE_SHARES[0] },
      next: { city: refOf(city), province: refOf(province), bodyOf: editionBody(joined) },
    },
    clock.now(),
  );
  if (!started) throw notReady('It was set aside, or another was activated, at this moment.');
  await rollout.advance();
  return jobOf(started);
}

/** What was sound when it was proposed may not be any more: the province's pack may have changed since. */
async function checkAgain(
  { checkPack, region, clock }: ActivationDeps,
  { body: text, scope }: PackRow,
  beside: PackRow,
): Promise<CheckedPack & { readonly joined: string }> {
  const checked = await checkPack({ text, scope, region, beside: beside.body });
  const pack = checked?.pack;
  if (!checked || checked.problems.length > 0 || !pack) throw packRefused(checked);
  if (pack.joined === undefined) throw packRefused({ ...checked, problems: checked.warnings });
  const now = clock.now();
  const until = pack.validUntil === null ? Number.POSITIVE_INFINITY : at(pack.validUntil);
  if (now < at(pack.validFrom) || now >= until) throw notReady('It is not valid at this time.');
  return { ...pack, joined: pack.joined };
}

function at(instant: string): number {
  return parseDateTime(instant) ?? Number.NaN;
}

/**
 * Takes a pack out of force, for everybody at once: one that is on its way, or one that arrived. Then the newest
 * edition without it is in force again. What came into force by a rollback is taken back by another person only: else
 * one could go back alone to the first rules that there were. Answers the job that scores everybody with that.
 */
export async function rollBack(deps: ActivationDeps, pack: PackRow, by: string): Promise<string> {
  const { store, clock, rollout } = deps;
  const step = await latestStep(store);
  const base = await formerBase(store, step, pack, by);
  if (step.next !== undefined) await store.haltJob(jobOf(step), clock.now());
  const changed = await store.changeForce(
    step.seq,
    { change: 'rolled-back', pack: refOf(pack), by, base, next: undefined, share: 0 },
    clock.now(),
  );
  if (!changed) throw notReady('What is in force changed at the same moment; look again.');
  await rollout.advance();
  return jobOf(changed);
}

async function formerBase(
  store: PackStore,
  step: ForceStep,
  pack: PackRow,
  by: string,
): Promise<number> {
  if (step.next !== undefined) {
    if (isSame(step.pack, pack)) return step.base;
    throw notReady('Another pack is on its way; roll that back first.');
  }
  const current = await store.edition(step.base);
  if (!current || !isSame(current[pack.scope], pack)) throw notReady('It is not in force.');
  const steps = await store.forceSteps(STEPS_MAX);
  const bases = new Set(steps.map(({ base }) => base));
  // What was taken back once does not come again by taking back what followed it.
  const gone = [pack, ...steps.flatMap((one) => (one.change === 'rolled-back' ? [one.pack] : []))];
  for (const number of [...bases].sort((a, b) => b - a)) {
    const edition = number < step.base ? await store.edition(number) : undefined;
    if (!edition || gone.some((one) => isPartOf(edition, one))) continue;
    const before = steps.findIndex(({ base }) => base !== step.base);
    const brought = steps.at(before - 1);
    if (brought?.change === 'rolled-back') demandAnother(by, brought.by, 'You went back to it.');
    return number;
  }
  throw notReady('There is no pack before it.');
}

function isPartOf({ city, province }: Edition, pack: PackRef): boolean {
  return isSame(city, pack) || isSame(province, pack);
}

const STEPS_MAX = 1000;

/** What is in force, by its last change. Refuses `pack-not-ready` where nothing is. */
export async function latestStep(store: PackStore): Promise<ForceStep> {
  const [step] = await store.forceSteps(1);
  if (!step) throw notReady('Nothing is in force in this region.');
  return step;
}

function isSame(a: Edition[PackScope], b: PackRef): boolean {
  return a.id === b.id && a.version === b.version;
}

function refOf({ id, version }: PackRef): PackRef {
  return { id, version };
}

function notReady(detail: string): ProblemError {
  return new ProblemError('pack-not-ready', detail);
}
