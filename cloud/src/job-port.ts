import type { EpochMs } from '@greengate/contracts/time';
import type { Decide, PseudonymRule, Published } from './ports.ts';

/** Counts that a job adds up, by a name of its kind's own. */
export type Tally = Readonly<Record<string, number>>;

/** Work over the holders of a region, cut into parts that any number of processes share. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  /** Plain JSON that the kind understands. */
  readonly input: unknown;
  readonly state: 'running' | 'finished' | 'halted';
  /** Holders. */
  readonly done: number;
  readonly total: number;
  readonly tally: Tally;
  readonly createdAt: EpochMs;
  readonly finishedAt: EpochMs | undefined;
}

/** A part that a process works on, until its lease ends. */
export interface JobClaim {
  readonly job: string;
  readonly part: number;
  readonly kind: string;
  readonly input: unknown;
  readonly owner: string;
}

/** One slice. Made anew for each try of the transaction, so that nothing is counted twice. */
export interface SliceWork {
  readonly decide: Decide;
  /** Read after the last `decide` of the slice. */
  tally(): Tally;
}

export interface SliceDone {
  readonly published: readonly Published[];
  /** Holders of this slice. */
  readonly count: number;
  /** Nothing is left of the part. */
  readonly finished: boolean;
}

export interface JobStore {
  /**
   * `division`: whose holders; absent: everybody who was scored. `below`: only holders whose id comes before it.
   * Rejects when there is a job of that id.
   */
  addJob(
    job: Pick<Job, 'id' | 'kind' | 'input'> & {
      readonly division?: string;
      readonly below?: string;
    },
    now: EpochMs,
  ): Promise<void>;
  job(id: string): Promise<Job | undefined>;
  /** The newest first. */
  jobs(count: number): Promise<readonly Job[]>;
  /** Stops a job where it is; its slices under way end. False when there is no such job, or it is over. */
  haltJob(id: string, now: EpochMs): Promise<boolean>;
  /** A part whose lease is free, of the oldest job. */
  claimPart(owner: string, now: EpochMs, until: EpochMs): Promise<JobClaim | undefined>;
  /**
   * Does the next `count` holders of a part in one transaction with its progress: a crash repeats a slice or none.
   * With `pseudonyms` their statuses are written, without nothing but the tally is. Undefined when the claim is lost.
   */
  workPart(
    claim: JobClaim,
    count: number,
    begin: () => SliceWork,
    pseudonyms: PseudonymRule | undefined,
    now: EpochMs,
    until: EpochMs,
  ): Promise<SliceDone | undefined>;
}

export interface LeaseStore {
  /** Takes or extends a lease; false while another holds it. */
  takeLease(name: string, owner: string, now: EpochMs, until: EpochMs): Promise<boolean>;
  dropLease(name: string, owner: string): Promise<void>;
}
