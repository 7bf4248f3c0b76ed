import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { noticeAttemptsCountMax, noticeRetryMsMax, noticeRetryMsMin } from './limits.ts';

/**
 * When a notice is tried again after its `attempts`th failure, `chance` being from 0 to 1; undefined: never. Waits
 * double, and differ by chance, so that what failed together does not come back together. A receiver that asks
 * for longer gets longer, up to the longest wait.
 */
export function retryAt(
  attempts: number,
  now: EpochMs,
  chance: number,
  askedMs = 0,
): EpochMs | undefined {
  if (attempts >= noticeAttemptsCountMax) return undefined;
  const wait = Math.min(noticeRetryMsMin * 2 ** (attempts - 1), noticeRetryMsMax);
  const spread = Math.round(wait * (0.75 + 0.5 * chance));
  return epochMs(now + Math.max(spread, Math.min(askedMs, noticeRetryMsMax)));
}
