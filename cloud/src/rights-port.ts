import type { EpochMs } from '@greengate/contracts/time';
import type { Published } from './ports.ts';

/** Everything that stands about a holder, by the name of its kind; a row is plain JSON without names of staff. */
export interface HolderRecords {
  /** Name, number and phone as they are stored: sealed. */
  readonly sealed: Uint8Array;
  readonly kinds: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

export type Forgotten =
  | { readonly kind: 'forgotten'; readonly published: readonly Published[] }
  /** A red code, or one set by hand, is kept as long as it stands. */
  | { readonly kind: 'held' }
  | { readonly kind: 'unknown' };

export interface RightsStore {
  holderRecords(holder: string): Promise<HolderRecords | undefined>;
  /** Puts another sealed identity in place of the former. */
  reseal(holder: string, sealed: Uint8Array): Promise<void>;
  /**
   * Deletes a holder and all that hangs on them, tells the gates that the pseudonyms are nobody's, and overwrites what
   * was freed as far as the engine can.
   */
  forget(holder: string, now: EpochMs): Promise<Forgotten>;
  /** Deletes what has been kept for as long as it may be. Answers how many rows went. */
  prune(now: EpochMs, stopped: () => boolean): Promise<number>;
}
