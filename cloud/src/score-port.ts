import type { EpochMs } from '@greengate/contracts/time';
import type { Status } from './ports.ts';

/** A verdict as it was, and what it was made from. */
export interface ScoreRow
  extends Pick<Status, 'colour' | 'nextColour' | 'validUntil' | 'inputsHash' | 'pack'> {
  readonly at: EpochMs;
  /** JSON of the facts that the rules saw. */
  readonly inputs: string;
  /** Hex. */
  readonly verdictHash: string;
  /** JSON of what lay over the rules' verdict; empty where nothing did. */
  readonly overlaid: string;
}

export interface ScoreStore {
  /** The verdicts of a holder, the newest first, those before `before`. */
  scores(holder: string, before: EpochMs | undefined, count: number): Promise<readonly ScoreRow[]>;
  /** The one made at an instant, or the newest. */
  score(holder: string, at: EpochMs | undefined): Promise<ScoreRow | undefined>;
}
