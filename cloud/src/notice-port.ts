import type { ReportTo } from '@greengate/contracts/rules/report';
import type { EpochMs } from '@greengate/contracts/time';
import type { HolderAbout, HolderReason, NoticeBody } from '@greengate/contracts/wire/notice';

export type NoticeChannel = 'webhook' | 'mail';

/** Whom an operator has named to be told. */
export interface NoticeTarget {
  readonly target: string;
  readonly recipient: ReportTo;
  /** A division and all below it; of a `unit`, its name. */
  readonly place: string;
  readonly channel: NoticeChannel;
  /** A URL or a mail address, sealed. */
  readonly sealed: Uint8Array;
}

/** Why an attempt failed. Never a word of what the other side answered. */
export type NoticeFailure =
  | 'no-target'
  | 'channel-off'
  | 'address-refused'
  | 'unreachable'
  | 'timed-out'
  | 'redirected'
  | 'refused'
  | 'gone'
  | 'interrupted';

export type NoticeState = 'due' | 'sent' | 'dead';

export interface Notice {
  readonly notice: string;
  readonly body: NoticeBody;
  readonly recipient: ReportTo;
  readonly target: string | undefined;
  readonly holder: string | undefined;
  readonly division: string;
  readonly at: EpochMs;
  readonly state: NoticeState;
  /** When it is due; of one that is over, when it was over. */
  readonly dueAt: EpochMs;
  readonly attempts: number;
  readonly failure: string | undefined;
}

/** A notice that this process alone sends, until its lease ends. `attempts` counts this one. */
export interface NoticeClaim extends Notice {
  readonly owner: string;
  /** Undefined when nobody is to be told any more. */
  readonly to: NoticeTarget | undefined;
}

export interface HolderNotice {
  readonly notice: string;
  readonly about: HolderAbout;
  readonly at: EpochMs;
  readonly reasons: readonly HolderReason[];
}

/** Where a page of notices begins: after this one. */
export interface NoticeMark {
  readonly at: number;
  readonly notice: string;
}

export interface NoticeQueue {
  readonly oldestDueAt: EpochMs | undefined;
  readonly dead: number;
}

export interface NoticeStore {
  /** Adds a target, or replaces the one of that name. */
  putNoticeTarget(target: NoticeTarget, now: EpochMs): Promise<void>;
  /** By name, past `after`. */
  noticeTargets(after: string | undefined, count: number): Promise<readonly NoticeTarget[]>;
  /** False when there is none. What is under way to it dies as `no-target`. */
  dropNoticeTarget(target: string): Promise<boolean>;
  /** Leases what is due to one sender: no other gets it before `until`. An attempt counts from here, whatever becomes of it. */
  claimNotices(
    owner: string,
    now: EpochMs,
    until: EpochMs,
    count: number,
  ): Promise<readonly NoticeClaim[]>;
  /** False when the claim is lost: another has it by now. */
  noticeSent(claim: NoticeClaim, now: EpochMs): Promise<boolean>;
  /** `retryAt` undefined: it is dead from `now` on. False when the claim is lost. */
  noticeFailed(
    claim: NoticeClaim,
    failure: NoticeFailure,
    now: EpochMs,
    retryAt: EpochMs | undefined,
  ): Promise<boolean>;
  /** In the order of `dueAt`, past `after`. */
  noticesIn(
    state: NoticeState,
    after: NoticeMark | undefined,
    count: number,
  ): Promise<readonly Notice[]>;
  /**
   * Makes a dead notice due again with all its attempts; one without a target goes to those that there are by now.
   * Answers what is due then: none when nobody is to be told. Undefined when no dead notice has that id.
   */
  retryNotice(notice: string, now: EpochMs): Promise<readonly string[] | undefined>;
  /** What a holder was told, colours set by hand among it; the newest first, older than `before`. */
  holderNotices(
    holder: string,
    before: NoticeMark | undefined,
    count: number,
  ): Promise<readonly HolderNotice[]>;
  noticeQueue(): Promise<NoticeQueue>;
}

/** What is sent, and where. Holds no personal data but the address. */
export interface OutgoingNotice {
  readonly notice: string;
  readonly address: string;
  /** Of a webhook the JSON body, of a mail its text. */
  readonly text: string;
  readonly subject: string;
}

export type SendResult =
  | { readonly kind: 'sent' }
  | {
      readonly kind: 'failed';
      readonly failure: NoticeFailure;
      /** Trying again cannot help. */
      readonly final: boolean;
      /** The other side asked to be left alone for so long. */
      readonly retryAfterMs?: number;
    };

/** Sends one notice and answers in bounded time, however the other side behaves; never rejects. */
export type SendNotice = (notice: OutgoingNotice, signal: AbortSignal) => Promise<SendResult>;

/** A channel that is not set up is absent. */
export type NoticeChannels = Partial<Readonly<Record<NoticeChannel, SendNotice>>>;
