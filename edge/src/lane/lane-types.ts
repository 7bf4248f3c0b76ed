import type { PassageId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { TemperatureFact, Verdict } from '@greengate/contracts/rules/admit';
import type { MonoMs } from '@greengate/contracts/time';
import type { PassageOutcome } from '@greengate/contracts/wire/passage';
import type { Reading, Scan, TurnstileEvent } from '../ports.ts';

/** What a lane is doing. A refusal leaves it idle: the next person need not wait for the sign to go out. */
export type LanePhase =
  | { readonly name: 'idle' }
  /** A code was read; the person's temperature is awaited until `until`. */
  | { readonly name: 'measuring'; readonly scan: Scan; readonly until: MonoMs }
  /**
   * The decision is being written and the turnstile told. A quick arm may speak before it has answered.
   * `revoked`: a fire came and went in between, so that whatever is decided opens nothing.
   */
  | {
      readonly name: 'deciding';
      readonly early: readonly TurnstileEvent[];
      readonly revoked: boolean;
    }
  | { readonly name: 'granted' | 'passing'; readonly passage: PassageId; readonly until: MonoMs }
  /** The turnstile does not answer: nobody is let through, everyone is told. */
  | { readonly name: 'fault'; readonly reason: ReasonCode }
  /**
   * The fire contact is open: the hardware has released the lane and every order is void. `undecided`: a
   * decision was under way and has not come yet.
   */
  | { readonly name: 'released'; readonly undecided: boolean };

export interface LaneState {
  readonly phase: LanePhase;
  /** The newest reading that no passage has taken yet: of whoever stands there now. */
  readonly reading: Reading | undefined;
  /**
   * A reading that comes before this may be of somebody who stood there before. Undefined: until somebody shows a code,
   * any may be (decision 0027).
   */
  readonly readingsFrom: MonoMs | undefined;
  /** The last code that was taken, so that a repeating scanner counts once. */
  readonly lastScan: Scan | undefined;
  /** One person waiting behind the one in the gate: the first who showed a code there. */
  readonly next: Scan | undefined;
  /** The last one who was told to wait, so that a code held before the scanner is told once. */
  readonly turnedAway: Scan | undefined;
}

/** What the policy and the lane's fitting say at this moment. Times are milliseconds. */
export interface LaneRules {
  readonly measures: boolean;
  readonly readingMs: number;
  readonly measureMs: number;
  /** Whether a healthy person with this code would be let through: nobody else is kept waiting for a reading. */
  readonly isWelcome: (scan: Scan) => boolean;
}

export type LaneEvent =
  | { readonly kind: 'scan'; readonly scan: Scan }
  | { readonly kind: 'reading'; readonly reading: Reading }
  | {
      readonly kind: 'decided';
      readonly passage: PassageId;
      readonly verdict: Verdict;
      readonly taken: boolean;
    }
  /** The passage broke off by a bug: nothing was opened, the lane is free again. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'turnstile'; readonly event: TurnstileEvent }
  | { readonly kind: 'timer' };

export type LaneEffect =
  | {
      readonly kind: 'decide';
      readonly scan: Scan;
      readonly temperature: TemperatureFact;
      /** When the last thing was there that the decision waited for: the scan, the reading, or a free gate. */
      readonly since: MonoMs;
    }
  /** Tell somebody that the lane is taken: whoever shows a code is answered. */
  | { readonly kind: 'turn-away'; readonly scan: Scan }
  | {
      readonly kind: 'close';
      readonly passage: PassageId;
      readonly outcome: PassageOutcome['outcome'];
      /** The turnstile itself said that nobody went through: the code may be shown again. */
      readonly unused: boolean;
    }
  | { readonly kind: 'alarm'; readonly reason: ReasonCode }
  /** Ask for a `timer` event at this instant. */
  | { readonly kind: 'wake'; readonly at: MonoMs };

export interface LaneStep {
  readonly state: LaneState;
  readonly effects: readonly LaneEffect[];
}
