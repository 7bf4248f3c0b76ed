import {
  type ClockTrust,
  EPOCH_MS_MAX,
  type EpochMs,
  epochMs,
  type MonoMs,
} from '@greengate/contracts/time';
import { clockSkewMsMax, clockTrustMsMax } from '../limits.ts';
import type { Clock } from '../ports.ts';

/** The gateway's clock: never behind what it has already known to be past (THREATS F5). */
export interface GatewayClock extends Clock {
  /** An instant that the cloud signed: time is at least this. */
  signedTime(at: EpochMs): void;
}

/**
 * `floor` is the latest instant known from before this start: the build, the last journal event, the last
 * signed time. The wall clock is believed only above it.
 */
export function createGatewayClock(
  source: { wall(): number; mono(): number },
  floor: EpochMs,
): GatewayClock {
  let known = floor;
  let signed = 0;
  let signedAtMono: number | undefined;

  const trust = (): ClockTrust => {
    const wall = source.wall();
    if (wall < known - clockSkewMsMax || wall > EPOCH_MS_MAX) return 'untrusted';
    const recent = signedAtMono !== undefined && source.mono() - signedAtMono < clockTrustMsMax;
    return recent ? 'trusted' : 'holdover';
  };

  return {
    now: () => epochMs(Math.max(Math.min(Math.floor(source.wall()), EPOCH_MS_MAX), known)),
    mono: () => source.mono() as MonoMs,
    trust,
    signedTime(at) {
      known = epochMs(Math.max(at, known));
      // The same instant again is no news: an old answer, replayed, must not keep a clock trusted.
      if (at <= signed) return;
      signed = at;
      signedAtMono = source.mono();
    },
  };
}
