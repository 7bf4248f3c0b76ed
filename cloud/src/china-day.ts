import type { EpochMs } from '@greengate/contracts/time';

// Lists, area notices, travel records and daily reports are dated in China Standard Time, which has no summer time.
const OFFSET_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

/** The day at an instant, YYYY-MM-DD. */
export function chinaDay(at: EpochMs): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 10);
}

/** The instant at which a day (YYYY-MM-DD) begins. */
export function midnight(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) - OFFSET_MS;
}

export function dayAfter(day: string): number {
  return midnight(day) + DAY_MS;
}
