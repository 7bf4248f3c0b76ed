/** So many at once, and so many a second for ever. */
export interface Rate {
  readonly burstCount: number;
  readonly perSecond: number;
}

/** Counts by key. Times are milliseconds; a clock that steps back forgives, it never locks out. */
export interface RateLimiter {
  /** Takes one: 0 when there was one to take, else how many whole milliseconds until there is. */
  take(key: string, now: number): number;
  /** Whether there is none to take, without taking. */
  isSpent(key: string, now: number): boolean;
  readonly size: number;
}

/**
 * The generic cell rate algorithm (ATM Forum, 1996): one number a key, the time at which its next request would be due
 * if all came evenly. Bounded: past `keysCountMax` the key that was used least lately is forgotten.
 */
export function makeRateLimiter(
  { burstCount, perSecond }: Rate,
  keysCountMax: number,
): RateLimiter {
  const dueAt = new Map<string, number>();
  const interval = 1000 / perSecond;
  const tolerance = burstCount * interval;

  // Further ahead than a whole burst is no due time of ours: the clock stepped back.
  const dueOf = (key: string, now: number): number => {
    const due = dueAt.get(key) ?? now;
    return due - now > tolerance ? now : Math.max(due, now);
  };
  const waitOf = (key: string, now: number): number =>
    Math.max(0, Math.ceil(dueOf(key, now) + interval - now - tolerance - ROUNDING_MS));
  return {
    take: (key, now) => {
      const wait = waitOf(key, now);
      if (wait > 0) return wait;
      const due = dueOf(key, now) + interval;
      dueAt.delete(key);
      dueAt.set(key, due);
      if (dueAt.size > keysCountMax) forgetOldest(dueAt);
      return 0;
    },
    isSpent: (key, now) => waitOf(key, now) > 0,
    get size() {
      return dueAt.size;
    },
  };
}

// Sums of thirds of a second are not exact; nobody waits a millisecond for that.
const ROUNDING_MS = 1e-6;

function forgetOldest(map: Map<string, number>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
