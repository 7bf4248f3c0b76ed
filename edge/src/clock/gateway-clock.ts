import { EPOCH_MS_MAX, type EpochMs, epochMs, type MonoMs } from '@greengate/contracts/time';
import { clockAheadMsMax, clockSkewMsMax, clockTrustMsMax } from '../limits.ts';
import type { Clock } from '../ports.ts';

/** The gateway's clock: never behind what it has already known to be past (THREATS F5). */
export interface GatewayClock extends Clock {
  /** An instant that the cloud signed: time is at least this. */
  signedTime(at: EpochMs): void;
}

/**
 * `floor` is the latest instant known from before this start: the build, the last signed time, the last event
 * written under a trusted clock. Before the first signed time of this start the wall clock is believed above the
 * floor. After it, time is carried from there by the monotonic clock, and a wall clock that strays from it, by a
 * bad battery or a false NTP server (THREATS T33), is left aside: valid codes go on passing.
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

  const strays = (wall: number): boolean => {
    if (wall < known - clockSkewMsMax || wall > EPOCH_MS_MAX) return true;
    const expected = carried();
    if (expected === undefined) return false;
    return wall < expected - clockSkewMsMax || wall > expected + clockAheadMsMax;
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
  };
}
