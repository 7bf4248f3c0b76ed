import type { ReasonCode } from '@greengate/contracts/refusals';

/** What the panel says of the cloud. It informs; nothing ever waits for it. */
export interface CloudState {
  ok(): void;
  /** `why`: a reason code of ours, `http-503`, or what the network said. */
  failed(why: ReasonCode | string): void;
  readonly reachable: boolean;
  readonly lastError: string | null;
}

export function createCloudState(onChange: (reachable: boolean, why: string) => void): CloudState {
  let reachable = false;
  let lastError: string | null = null;
  return {
    ok() {
      lastError = null;
      if (!reachable) onChange(true, '');
      reachable = true;
    },
    failed(why) {
      lastError = why;
      if (reachable) onChange(false, why);
      reachable = false;
    },
    get reachable() {
      return reachable;
    },
    get lastError() {
      return lastError;
    },
  };
}
