import type { RegionId } from '@greengate/contracts/ids';
import type { PackProblem } from '@greengate/contracts/rules/lint-problem';
import type { EpochMs } from '@greengate/contracts/time';
import type { PackScope, PackState } from '@greengate/contracts/wire/packs';

/** One version of a pack. Which region it is of, the store knows. */
export interface PackRef {
  readonly id: string;
  readonly version: number;
}

/** A pack as it is proposed. Its body never changes. */
export interface NewPack extends PackRef {
  readonly scope: PackScope;
  /** Canonical JSON. */
  readonly body: string;
  /** SHA-256 of the body, hex. */
  readonly hash: string;
  /** The province's pack that a city's was checked inside of. */
  readonly within: PackRef | undefined;
  readonly proposedBy: string;
}

/** The report that an approver saw: the job that made it, and its SHA-256, hex. */
export interface ImpactRef {
  readonly job: string;
  readonly hash: string;
}

export interface PackSummary extends Omit<NewPack, 'body'> {
  readonly state: PackState;
  readonly proposedAt: EpochMs;
  readonly approvedBy: string | undefined;
  readonly approvedAt: EpochMs | undefined;
  readonly impact: ImpactRef | undefined;
  /** When it last came into force for everybody. */
  readonly activatedAt: EpochMs | undefined;
}

export interface PackRow extends PackSummary {
  readonly body: string;
}

/**
 * A city's pack joined to the hard lines of its province's: what people are scored with. Its body never changes, and
 * its number is the version that verdicts name.
 */
export interface Edition {
  readonly number: number;
  /** Canonical JSON of a pack whose version is `number`. */
  readonly body: string;
  readonly city: PackRef;
  readonly province: PackRef;
}

/** An edition that is not stored yet: its body is made when its number is known. */
export interface NewEdition extends Pick<Edition, 'city' | 'province'> {
  readonly bodyOf: (number: number) => string;
}

/** What is in force. */
export interface Force {
  /** Grows by one with each change: whoever changes it names the one that they have seen. */
  readonly seq: number;
  /** The edition for everybody whom no rollout has reached. */
  readonly base: number;
  /** The edition that is being rolled out. */
  readonly next: number | undefined;
  /** How many 256ths of all holders `next` has reached: 0 to 256. */
  readonly share: number;
}

export const FORCE_CHANGES = [
  'installed',
  'started',
  'widened',
  'completed',
  'halted',
  'rolled-back',
] as const;

/** One line of the history of what was in force. Never changed and never deleted. */
export interface ForceStep extends Force {
  readonly change: (typeof FORCE_CHANGES)[number];
  /** The pack that it was about. */
  readonly pack: PackRef;
  readonly by: string;
  readonly at: EpochMs;
}

export interface NewForceStep extends Pick<ForceStep, 'change' | 'pack' | 'by' | 'base' | 'share'> {
  /** A number, or an edition to be stored with it. */
  readonly next: number | NewEdition | undefined;
}

export interface PackCheckRequest {
  /** The pack as it came: JSON of any content. */
  readonly text: string;
  readonly scope: PackScope;
  /** The region that it is published in. */
  readonly region: RegionId;
  /** The pack of the other scope: the province's for a city's, the city's for a province's. */
  readonly beside: string;
}

export interface PackChecked {
  /** Each keeps the pack from being published. */
  readonly problems: readonly PackProblem[];
  readonly warnings: readonly PackProblem[];
  /** Absent when it does not have the form of a pack. */
  readonly pack: CheckedPack | undefined;
}

export interface CheckedPack extends PackRef {
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validUntil: string | null;
  /** Canonical JSON. */
  readonly body: string;
  /** Canonical JSON of the two packs joined; absent when the city's is not inside the province's. */
  readonly joined: string | undefined;
}

/** Undefined when it took too long: then the pack is not one to score people with either. */
export type CheckPack = (request: PackCheckRequest) => Promise<PackChecked | undefined>;

export interface PackStore {
  /** What a new region begins with, in force at once. Does nothing where something is in force already. */
  installPacks(
    packs: { readonly city: NewPack; readonly province: NewPack },
    bodyOf: NewEdition['bodyOf'],
    approvedBy: string,
    now: EpochMs,
  ): Promise<void>;
  /** False unless its version is past every version of that id, and of the same scope. */
  proposePack(pack: NewPack, now: EpochMs): Promise<boolean>;
  pack(ref: PackRef): Promise<PackRow | undefined>;
  /** The newest first. */
  packs(count: number): Promise<readonly PackSummary[]>;
  /** Of a scope, if any is in force. */
  activePack(scope: PackScope): Promise<PackRow | undefined>;
  /**
   * Of a proposed one; and anew of an approved one, by the report of another job. False for any other, and for one that is on
   * its way. The database refuses the person who proposed it.
   */
  approvePack(ref: PackRef, by: string, impact: ImpactRef, now: EpochMs): Promise<boolean>;
  /** Proposed or approved ones, never again to be activated. False for any other, and for one that is on its way. */
  rejectPack(ref: PackRef): Promise<boolean>;
  /** Undefined before `installPacks`. */
  force(): Promise<Force | undefined>;
  /** The newest first. */
  forceSteps(count: number): Promise<readonly ForceStep[]>;
  edition(number: number): Promise<Edition | undefined>;
  /**
   * Changes what is in force, if it is still `seen`, and which packs are active by that. Undefined when somebody
   * else changed it, and when a pack that is to be started, or what it is joined with, does not wait for it any more.
   */
  changeForce(seen: number, step: NewForceStep, now: EpochMs): Promise<Force | undefined>;
}
