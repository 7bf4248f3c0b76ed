import type { Colour } from '@greengate/contracts/code/colour';
import type { CommunityId, RegionId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Result } from '@greengate/contracts/result';
import type { EpochMs } from '@greengate/contracts/time';
import type {
  APPEAL_STATES,
  AppealRequest,
  ApplicationRequest,
  ApplicationState,
  MissingItem,
  OfficerDecision,
  RefusalGround,
} from '@greengate/contracts/wire/issuing';
import type {
  OVERRIDE_ALARM_KINDS,
  OverrideProposal,
  OverrideReasonId,
} from '@greengate/contracts/wire/override';
import type { Evidence } from './evidence-port.ts';

/** Who did something: a member of staff by the id of their account. */
export type Actor =
  | { readonly kind: 'holder' }
  | { readonly kind: 'system' }
  | { readonly kind: 'staff'; readonly name: string };

/** One request for a code, and all that decides what may happen to it next. */
export interface Application {
  readonly community: CommunityId;
  readonly purpose: ApplicationRequest['purpose'];
  readonly mayCall: boolean;
  readonly state: ApplicationState;
  /** Since when it stands so, and who put it there. */
  readonly since: EpochMs;
  readonly by: Actor;
  readonly submittedAt: EpochMs;
  /** By when an officer decides; null while it is the holder's turn, or all is decided. */
  readonly decideBy: EpochMs | null;
  /** When it was reported upwards that nobody had decided. */
  readonly escalatedAt: EpochMs | null;
  /** When silence issues it; null when silence never will. */
  readonly autoIssueAt: EpochMs | null;
  /** Whether silence may issue it at all: the lists were clean each time, and no officer has wanted more. */
  readonly silenceIssues: boolean;
  /** By when the holder answers; later it goes back to the officer as it is. */
  readonly answerBy: EpochMs | null;
  /** How often an officer has asked for papers or for a call. */
  readonly asks: number;
  readonly askedFor: readonly MissingItem[];
  readonly refusedFor: RefusalGround | null;
}

/** Whether the control lists, as they are at this moment, say nothing against the holder. */
export interface Lists {
  readonly clean: boolean;
}

/** A document that is named, and stays where it is. */
export type NamedDocument = NonNullable<AppealRequest['evidence']>;

/** What can happen to an application. `lists` is read in the transaction that writes the outcome. */
export type ApplicationEvent =
  | { readonly kind: 'time'; readonly lists: Lists }
  | { readonly kind: 'answer'; readonly documents: readonly NamedDocument[] }
  | { readonly kind: 'decline-video' }
  | { readonly kind: 'withdraw' }
  | {
      readonly kind: 'decision';
      readonly officer: string;
      readonly decision: OfficerDecision;
      readonly lists: Lists;
    }
  | { readonly kind: 'appeal-upheld'; readonly officer: string; readonly lists: Lists };

/** A holder's word against a decision about them, until somebody who had no part in it has judged. */
export interface Appeal {
  readonly against: AppealRequest['against'];
  readonly reason: AppealRequest['reason'];
  readonly evidence: AppealRequest['evidence'];
  readonly state: (typeof APPEAL_STATES)[number];
  readonly madeAt: EpochMs;
  readonly decideBy: EpochMs;
  readonly escalatedAt: EpochMs | null;
  readonly decidedAt: EpochMs | null;
  readonly decidedBy: string | null;
  /** The staff whose decision it is: an officer who refused, or both who set a colour. They may not judge it. */
  readonly disputed: readonly string[];
}

/** A colour set by hand. Two people stand behind one that has an effect, and it ends by itself. */
export interface Override {
  readonly holder: string;
  /** Where the holder lives, as declared. */
  readonly division: RegionId;
  readonly colour: OverrideProposal['colour'];
  readonly reason: OverrideReasonId;
  readonly evidence: OverrideProposal['evidence'];
  readonly proposedAt: EpochMs;
  readonly proposedBy: string;
  readonly expiresAt: EpochMs;
  /** Approval or refusal by the second person. */
  readonly answeredAt: EpochMs | null;
  readonly answeredBy: string | null;
  readonly approved: boolean;
  readonly liftedAt: EpochMs | null;
  readonly liftedBy: string | null;
}

/** An override that two people stand behind. */
export interface StandingOverride {
  readonly id: string;
  readonly colour: Colour;
  readonly reason: OverrideReasonId;
  readonly expiresAt: EpochMs;
}

/** What somebody is about to do, and for whom. */
export interface GuardedAct {
  readonly kind: 'propose' | 'approve';
  readonly by: string;
  /** Who proposed: the same person in a proposal. */
  readonly proposedBy: string;
  /** Where the holder lives: an administrative division. */
  readonly division: string;
}

/** An act that was done, in the last day. A refused one is not here: the alarm stands for it. */
export interface PastAct extends GuardedAct {
  readonly at: EpochMs;
}

/** Someone works at a rate at which nobody can have looked at the evidence, or where they have no business. */
export interface OverrideAlarm {
  readonly kind: (typeof OVERRIDE_ALARM_KINDS)[number];
  /** Whose overrides are stopped until another person has looked: one, or a pair, sorted. */
  readonly people: readonly string[];
  /** How many there would have been, and how many there may be. */
  readonly count: number;
  readonly limit: number;
}

/** What the guard of overrides looks at, read in the transaction that writes the act. */
export interface GuardView {
  /** Of the last day. */
  readonly past: readonly PastAct[];
  /** People of alarms that nobody has cleared. */
  readonly suspended: readonly string[];
}

/** What becomes of an act: a row, or a refusal, which an alarm may stand beside. */
export type Guarded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ReasonCode; readonly alarm: OverrideAlarm | null };

export interface ApplicationRow extends Application {
  readonly id: string;
  readonly holder: string;
}

export interface AppealRow extends Appeal {
  readonly id: string;
  readonly holder: string;
  /** Where it is judged: the community of the holder's newest application, or else the declared division. */
  readonly division: string;
}

export interface OverrideRow extends Override {
  readonly id: string;
}

export interface AlarmRow extends OverrideAlarm {
  readonly id: string;
  readonly raisedAt: EpochMs;
  readonly clearedAt: EpochMs | null;
  readonly clearedBy: string | null;
}

/** A holder is told of each colour that was set by hand; the database writes it with the approval. */
export interface Notice {
  readonly override: string;
  readonly at: EpochMs;
  readonly colour: OverrideProposal['colour'];
  readonly reason: OverrideReasonId;
  readonly expiresAt: EpochMs;
}

/** What an application becomes, when time alone moves it next, and what happened to it on the way. */
export interface ApplicationStep {
  readonly application: Application;
  readonly dueAt: EpochMs | null;
  readonly events: readonly ApplicationRecord[];
}

/** One line of an application's history. `detail`: a decision, numbers of documents; no free text. */
export interface ApplicationRecord {
  readonly at: EpochMs;
  readonly event: ApplicationEvent['kind'] | 'submitted' | 'escalated';
  readonly state: ApplicationState;
  readonly by: Actor;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Pure, and called inside the transaction. `evidence` is undefined before the first declaration. */
export type MoveApplication = (
  row: ApplicationRow,
  evidence: Evidence | undefined,
) => Result<ApplicationStep>;

export interface ApplicationStore {
  /** The holder's newest application is shown to `submit`; what it makes is written under `id`. Its holder is due. */
  submitApplication(
    id: string,
    holder: string,
    submit: (
      latest: ApplicationRow | undefined,
      evidence: Evidence | undefined,
    ) => Result<ApplicationStep>,
  ): Promise<Result<ApplicationRow>>;
  /** Undefined where there is no such application. Its holder is due when it moved. */
  moveApplication(id: string, move: MoveApplication): Promise<Result<ApplicationRow> | undefined>;
  application(id: string): Promise<ApplicationRow | undefined>;
  /** Newest first. */
  applicationsOf(holder: string, count: number): Promise<readonly ApplicationRow[]>;
  /** Those that wait for an officer, in a division that begins with one of `stems`: the most urgent first, past `after`. */
  queue(
    stems: readonly string[],
    after: QueueMark | undefined,
    count: number,
  ): Promise<readonly ApplicationRow[]>;
  /** Applications that time alone moves. */
  dueApplications(now: EpochMs, count: number): Promise<readonly string[]>;
}

export interface QueueMark {
  readonly decideBy: number;
  readonly id: string;
}

/** What a judgement, or time, makes of an appeal; an upheld one does something besides. */
export interface AppealOutcome {
  readonly appeal: Appeal;
  readonly dueAt: EpochMs | null;
  readonly application?: ApplicationStep;
  readonly override?: Override;
}

export interface AppealStore {
  /** False when an appeal of this holder against the same is open. */
  addAppeal(row: AppealRow, dueAt: EpochMs | null): Promise<boolean>;
  /** Undefined where there is no such appeal. What it is against is shown beside it, and written with it. */
  moveAppeal(
    id: string,
    move: (
      row: AppealRow,
      against: {
        readonly application?: ApplicationRow;
        readonly override?: OverrideRow;
        readonly evidence: Evidence | undefined;
      },
    ) => Result<AppealOutcome>,
  ): Promise<Result<AppealRow> | undefined>;
  appeal(id: string): Promise<AppealRow | undefined>;
  appealsOf(holder: string, count: number): Promise<readonly AppealRow[]>;
  /** Open ones in a division that begins with one of `stems`: the most urgent first, past `after`. */
  openAppeals(
    stems: readonly string[],
    after: QueueMark | undefined,
    count: number,
  ): Promise<readonly AppealRow[]>;
  dueAppeals(now: EpochMs, count: number): Promise<readonly string[]>;
}

export interface OverrideStore {
  /** One at a time in a region, so that no two pass the guard on the same count. `evidence`: of the holder. */
  proposeOverride(
    id: string,
    holder: string,
    now: EpochMs,
    propose: (view: GuardView, evidence: Evidence | undefined) => Guarded<Override>,
  ): Promise<Guarded<OverrideRow>>;
  /** Undefined where there is no such override. Its holder is due when it was approved. */
  answerOverride(
    id: string,
    now: EpochMs,
    answer: (row: OverrideRow, view: GuardView) => Guarded<Override>,
  ): Promise<Guarded<OverrideRow> | undefined>;
  /** Undefined where there is no such override. Its holder is due. */
  liftOverride(
    id: string,
    lift: (row: OverrideRow) => Result<Override>,
  ): Promise<Result<OverrideRow> | undefined>;
  override(id: string): Promise<OverrideRow | undefined>;
  /** Newest first, before `before`. */
  overrides(before: QueueMark | undefined, count: number): Promise<readonly OverrideRow[]>;
  /** Newest first. */
  notices(holder: string, count: number): Promise<readonly Notice[]>;
  /** Newest first; those that nobody cleared before all others. */
  alarms(count: number): Promise<readonly AlarmRow[]>;
  /** Undefined where there is none that is open; refuses one whose people `by` belongs to. */
  clearAlarm(id: string, by: string, now: EpochMs): Promise<Result<AlarmRow> | undefined>;
}

/** Applications, appeals and colours set by hand. */
export interface IssuingStore extends ApplicationStore, AppealStore, OverrideStore {}
