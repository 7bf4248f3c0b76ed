import { retryDelayMsMax, retryDelayMsMin } from '../limits.ts';

/**
 * How long to wait before try `failures + 1`: exponential with full jitter, so that ten thousand gateways do
 * not come back in step. `unit` is a random number in [0, 1).
 */
export function retryDelayMs(failures: number, unit: number): number {
  const ceiling = Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** Math.min(failures, 16));
  return Math.round(retryDelayMsMin / 2 + unit * (ceiling - retryDelayMsMin / 2));
}
