import { packRefSchema } from '@greengate/contracts/wire/packs';
import { z } from 'zod';
import type { Job, JobStore, Tally } from '../job-port.ts';
import type { JobKind } from '../jobs.ts';
import { rolloutMarginCount, rolloutMarginPerMille } from '../limits.ts';
import type { Force, ForceStep, NewForceStep, PackStore } from '../pack-port.ts';
import type { Clock, Log } from '../ports.ts';
import { STAGE_SHARES, shareBound } from './share.ts';
import { changeOf, counter, turned } from './tally.ts';

export interface RolloutDeps {
  readonly store: PackStore & JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The job that scores everybody anew with what is in force. */
  readonly rescoreAll: JobKind;
}

/** Brings an edition to a share of the holders, then to more, then to all; or back. */
export interface Rollout {
  /**
   * Takes what is under way a step further, if it is time: any process may, and a crash between two steps is made
   * good by the next call. Answers the job that works on it.
   */
  advance(): Promise<string | undefined>;
  /** The job of one stage. Before each slice it looks whether the rollout goes as was foretold. */
  readonly kind: JobKind;
}

/** How many turned red, and green, of how many. */
const foretoldSchema = z.strictObject({ holders: z.int(), red: z.int(), green: z.int() });
type Foretold = z.infer<typeof foretoldSchema>;

const inputSchema = z.strictObject({
  seq: z.int(),
  pack: packRefSchema,
  foretold: foretoldSchema,
});

export function jobOf({ seq }: Pick<Force, 'seq'>): string {
  return `pack-${seq}`;
}

export function makeRollout(deps: RolloutDeps): Rollout {
  const { store } = deps;
  return {
    advance: async () => {
      const [step] = await store.forceSteps(1);
      if (!step || step.change === 'installed' || step.change === 'completed') return undefined;
      const job = await ensureJob(deps, step);
      if (step.next === undefined || job.state === 'running') return job.id;
      const astray = job.state === 'halted' || isAstray(job.tally, foretoldOf(job));
      const changed = astray ? await halt(deps, step) : await widen(deps, step);
      return changed && changed.next === undefined && !astray ? undefined : job.id;
    },
    kind: {
      slice: async (raw) => {
        const { seq } = inputSchema.parse(raw);
        const job = await store.job(jobOf({ seq }));
        const [step] = await store.forceSteps(1);
        if (job && step?.seq === seq && isAstray(job.tally, foretoldOf(job))) {
          await halt(deps, step);
        }
        return counted(await deps.rescoreAll.slice(raw));
      },
    },
  };
}

function counted(slice: Awaited<ReturnType<JobKind['slice']>>): typeof slice {
  return {
    ...slice,
    begin: () => {
      const work = slice.begin();
      const counts = counter();
      return {
        decide: (evidence, held, force) => {
          const publication = work.decide(evidence, held, force);
          counts.add('holders');
          counts.add(`change:${changeOf(held, publication.status)}`);
          return publication;
        },
        tally: counts.tally,
      };
    },
  };
}

function foretoldOf({ input }: Job): Foretold {
  return inputSchema.parse(input).foretold;
}

/** Whether more turn red, or green, than was foretold: either is a pack that does what nobody agreed to. */
function isAstray(tally: Tally, foretold: Foretold): boolean {
  const holders = tally['holders'] ?? 0;
  const isMore = (colour: 'red' | 'green') => {
    const share = foretold.holders === 0 ? 0 : foretold[colour] / foretold.holders;
    const most = holders * (share + rolloutMarginPerMille / 1000) + rolloutMarginCount;
    return turned(tally, colour) > most;
  };
  return isMore('red') || isMore('green');
}

async function ensureJob(deps: RolloutDeps, step: ForceStep): Promise<Job> {
  const { store, clock } = deps;
  const id = jobOf(step);
  const found = await store.job(id);
  if (found) return found;
  const { seq, pack, share } = step;
  try {
    if (step.next === undefined) {
      await store.addJob({ id, kind: 'rescore', input: { seq } }, clock.now());
    } else {
      const input = { seq, pack, foretold: await foretoldFor(store, step) };
      const below = shareBound(share);
      await store.addJob({ id, kind: 'rollout', input, below }, clock.now());
    }
  } catch (error) {
    // Another process was faster.
    if (!(await store.job(id))) throw error;
  }
  const made = await store.job(id);
  if (!made) throw new Error('a job is gone');
  return made;
}

async function foretoldFor(store: RolloutDeps['store'], { pack }: ForceStep): Promise<Foretold> {
  const impact = (await store.pack(pack))?.impact;
  const job = impact && (await store.job(impact.job));
  if (!job) throw new Error('a pack is rolled out that has no impact report');
  const { tally } = job;
  return {
    holders: tally['holders'] ?? 0,
    red: turned(tally, 'red'),
    green: turned(tally, 'green'),
  };
}

async function widen(deps: RolloutDeps, step: ForceStep): Promise<Force | undefined> {
  const { pack, by, base, next, share, seq } = step;
  const wider = STAGE_SHARES.find((one) => one > share);
  const after: NewForceStep =
    wider === undefined
      ? { change: 'completed', pack, by, base: next ?? base, next: undefined, share: 0 }
      : { change: 'widened', pack, by, base, next, share: wider };
  const changed = await deps.store.changeForce(seq, after, deps.clock.now());
  if (changed && changed.next !== undefined) await ensureJob(deps, { ...step, ...changed });
  return changed;
}

/** Everybody goes back to the edition that is in force for the rest; the pack stays approved. */
async function halt(deps: RolloutDeps, step: ForceStep): Promise<Force | undefined> {
  const { store, clock, log } = deps;
  const { pack, base, seq } = step;
  await store.haltJob(jobOf(step), clock.now());
  const changed = await store.changeForce(
    seq,
    { change: 'halted', pack, by: 'automatic', base, next: undefined, share: 0 },
    clock.now(),
  );
  if (changed) {
    log.error('a rollout was halted', { pack: pack.id, version: pack.version });
    await ensureJob(deps, { ...step, ...changed, change: 'halted' });
  }
  return changed;
}
