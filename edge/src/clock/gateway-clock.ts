import { EPOCH_MS_MAX, type EpochMs, epochMs, type MonoMs } from '@greengate/contracts/time';
import { clockAheadMsMax, clockReturnPercent, clockSkewMsMax, clockTrustMsMax } from '../limits.ts';
import type { Clock } from '../ports.ts';

/** The gateway's clock: never behind what it has already known to be past (THREATS F5). */
export interface GatewayClock extends Clock {
  /** An instant that the cloud signed: time is at least this. */
  signedTime(at: EpochMs): void;
  /** How far the wall clock is ahead of signed time carried on, milliseconds; undefined before the first of this start. */
  skewMs(): number | undefined;
}

/**
 * `floor` is the latest instant known from before this start: the build, the last signed time, the last event
 * written under a trusted clock. Before the first signed time of this start the wall clock is believed above the
 * floor. After it, time is carried from there by the monotonic clock, and a wall clock that strays from it, by a
 * bad battery or a false NTP server (THREATS T33), is left aside: valid codes go on passing. It is believed again
 * when it has come well within the limits: one that wavers at a limit must not move the time to and fro.
 */
export function createGatewayClock(
  source: { wall(): number; mono(): number },
  floor: EpochMs,
): GatewayClock {
  let known = floor;
  let signed = 0;
  let signedAtMono: number | undefined;

  const carried = (): number | undefined =>
    signedAtMono === undefined ? undefined : signed + (source.mono() - signedAtMono);

  let astray = false;
  const strays = (wall: number): boolean => {
    const share = astray ? clockReturnPercent / 100 : 1;
    const least = Math.max(known, carried() ?? 0) - clockSkewMsMax * share;
    const most = (carried() ?? Number.POSITIVE_INFINITY) + clockAheadMsMax * share;
    astray = wall < least || wall > Math.min(most, EPOCH_MS_MAX);
    return astray;
  };

  return {
    now() {
      const wall = source.wall();
      const least = Math.max(known, carried() ?? 0);
      const time = strays(wall) ? least : Math.max(wall, least);
      return epochMs(Math.min(Math.floor(time), EPOCH_MS_MAX));
    },
    mono: () => source.mono() as MonoMs,
    trust() {
      const recent = signedAtMono !== undefined && source.mono() - signedAtMono < clockTrustMsMax;
      if (strays(source.wall())) return recent ? 'holdover' : 'untrusted';
      return recent ? 'trusted' : 'holdover';
    },
    signedTime(at) {
      known = epochMs(Math.max(at, known));
      // The same instant again is no news: an old answer, replayed, must not keep a clock trusted.
      if (at <= signed) return;
      signed = at;
      signedAtMono = source.mono();
    },
    skewMs() {
      const expected = carried();
      return expected === undefined ? undefined : Math.round(source.wall() - expected);
    },
  };
}
