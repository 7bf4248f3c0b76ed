import { epochMs } from '@greengate/contracts/time';
import type { JobClaim, JobStore, SliceWork } from './job-port.ts';
import { leaseMsMax, sliceHoldersCountMax } from './limits.ts';
import type { Clock, PseudonymRule, Published, Timers } from './ports.ts';

/** What the slices of one kind of job do. */
export interface JobKind {
  /** Called for each slice: what is in force may have changed since the last. */
  slice(input: unknown): Promise<{
    readonly begin: () => SliceWork;
    /** Absent: the job only looks. */
    readonly pseudonyms?: PseudonymRule;
  }>;
}

export interface JobDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Tells this process from the others. */
  readonly owner: string;
  readonly kinds: Readonly<Record<string, JobKind>>;
  /** Told after each commit. */
  readonly published: (changes: readonly Published[]) => void;
}

/**
 * How many parts one process works on at a time: with PostgreSQL two, so that one scores while the server reads for the
 * other; libSQL runs in the process itself, where a second would only keep requests waiting.
 */
export function jobLoopsCount(engine: 'libsql' | 'postgres'): number {
  return engine === 'postgres' ? 2 : 1;
}

/**
 * Works on one part of the oldest job until it is done, halted, or `stopped` says so. False when there is none. A
 * process that ends in the middle leaves the rest of its part to whoever claims it after the lease.
 */
export async function workOnJobs(deps: JobDeps, stopped: () => boolean): Promise<boolean> {
  const { store, clock, timers, owner } = deps;
  const claim = await store.claimPart(owner, clock.now(), leaseEnd(clock));
  if (!claim) return false;
  while (!stopped() && (await workOnSlice(deps, claim))) {
    await new Promise<void>((done) => void timers.after(0, done));
  }
  return true;
}

/** Whether there is more to do. */
async function workOnSlice(deps: JobDeps, claim: JobClaim): Promise<boolean> {
  const { store, clock, kinds } = deps;
  const kind = kinds[claim.kind];
  if (!kind) throw new Error('a job of a kind that this version does not know');
  const { begin, pseudonyms } = await kind.slice(claim.input);
  const done = await store.workPart(
    claim,
    sliceHoldersCountMax,
    begin,
    pseudonyms,
    clock.now(),
    leaseEnd(clock),
  );
  if (!done) return false;
  deps.published(done.published);
  return !done.finished;
}

function leaseEnd(clock: Clock) {
  return epochMs(clock.now() + leaseMsMax);
}
