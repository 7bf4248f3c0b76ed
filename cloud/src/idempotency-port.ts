import type { EpochMs } from '@greengate/contracts/time';

/** A write that its caller may repeat without its being done twice. */
export interface KeyedRequest {
  readonly caller: string;
  readonly key: string;
  /** SHA-256 of method, path, query and body. */
  readonly hash: Uint8Array;
}

export type KeyedClaim =
  /** Not seen before, or its first try ended without an answer: do it. */
  | { readonly kind: 'new' }
  | { readonly kind: 'answered'; readonly status: number; readonly answer: Uint8Array }
  | { readonly kind: 'under-way' }
  /** The key was used for another request. */
  | { readonly kind: 'other' };

export interface IdempotencyStore {
  /** `staleAt`: a try that was begun before is taken for dead. */
  claimKey(
    request: KeyedRequest,
    now: EpochMs,
    staleAt: EpochMs,
    expiresAt: EpochMs,
  ): Promise<KeyedClaim>;
  /** `claimedAt`: of the try that was made; of one that another took over nothing is written. */
  answerKey(
    request: KeyedRequest,
    claimedAt: EpochMs,
    status: number,
    answer: Uint8Array,
  ): Promise<void>;
  /** Lets the key be used again: nothing came of the request. */
  releaseKey(request: KeyedRequest, claimedAt: EpochMs): Promise<void>;
}
