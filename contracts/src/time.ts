/** Milliseconds since 1970-01-01T00:00:00Z, by some wall clock. */
export type EpochMs = number & { readonly __brand: 'EpochMs' };

/** Milliseconds on a monotonic clock with an arbitrary origin: only differences mean anything. */
export type MonoMs = number & { readonly __brand: 'MonoMs' };

/** How far the gateway believes its own wall clock (THREATS F5). */
export type ClockTrust = 'trusted' | 'holdover' | 'untrusted';

export const CLOCK_TRUSTS = ['trusted', 'holdover', 'untrusted'] as const;

/** The largest instant that fits both a JavaScript date and a 32-bit count of seconds: 2106-02-07. */
export const EPOCH_MS_MAX = 0xffff_ffff * 1000;

export function epochMs(value: number): EpochMs {
  if (!Number.isSafeInteger(value) || value < 0 || value > EPOCH_MS_MAX) {
    throw new RangeError(`not an instant between 1970 and 2106: ${value}`);
  }
  return value as EpochMs;
}

export function monoMs(value: number): MonoMs {
  return value as MonoMs;
}
