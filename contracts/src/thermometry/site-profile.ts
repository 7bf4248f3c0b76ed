import { z } from 'zod';
import { gateSamplesCountMax, offsetPointsCountMax, temperatureCentiCMax } from '../limits.ts';
import type { EpochMs } from '../time.ts';

const centiC = z.int().min(-4000).max(8500);
const day = z.iso.date();

/** Sorted by ambient; between two points the offset is read off the line through them. */
const offsets = z
  .array(z.strictObject({ ambientCentiC: centiC, addCentiC: z.int().min(-200).max(400) }))
  .min(1)
  .max(offsetPointsCountMax)
  .refine(
    (points: readonly Point[]) =>
      points.every((point, i) => i === 0 || isAfter(point, points[i - 1])),
    'points of the offset must rise by ambientCentiC',
  );

/**
 * What a site knows of one thermometer: data, from whoever mounted and calibrated it. Temperatures are hundredths
 * of a degree Celsius. Only `calibration` has no default: nobody but the site can say it.
 */
export const siteProfileSchema = z.strictObject({
  /** Which instrument on which certificate, and its first and last day (UTC). */
  calibration: z.strictObject({ certificate: z.string().min(1).max(64), from: day, until: day }),
  /**
   * Added to what the forehead shows, for a temperature that the fever line is about (axillary). Default: 37.3 less the
   * best forehead cut-off of Lai 2022 (36.65, n = 904) at 24 degrees; by ambient as heat loss goes, in proportion to
   * the difference between body and air.
   */
  offsets: offsets.default([
    { ambientCentiC: 1600, addCentiC: 105 },
    { ambientCentiC: 2400, addCentiC: 65 },
    { ambientCentiC: 3200, addCentiC: 25 },
  ]),
  /** Where the instrument may be used (HARDWARE 2). */
  ambientCentiC: z.strictObject({ min: centiC, max: centiC }).default({ min: 1600, max: 3200 }),
  /** What a forehead can show. Below is a wall, a sleeve or nobody; above is a fault. */
  faceCentiC: z
    .strictObject({ min: centiC, max: z.int().max(temperatureCentiCMax) })
    .default({ min: 3350, max: 4300 }),
  /** With its offset, no living adult is colder: less is a face that is still cold from outside, or too far off. */
  bodyCentiCMin: z.int().min(3000).max(3650).default(3550),
  /** From power-on until it may be believed (HARDWARE 2). */
  warmUpSeconds: z.int().min(0).max(7200).default(1800),
  /** So many samples in a row that lie so close together are one reading. */
  gate: z
    .strictObject({
      samples: z.int().min(1).max(gateSamplesCountMax),
      spreadCentiC: z.int().min(1),
    })
    .default({ samples: 3, spreadCentiC: 20 }),
  /** Faster than this nothing warms up or cools down: neither the sensor's case nor whoever stands before it. */
  rateCentiCPerSecondMax: z
    .strictObject({ ambient: z.int().positive(), object: z.int().positive() })
    .default({ ambient: 50, object: 2000 }),
  /** So many equal samples in a row are a sensor that hangs. */
  stuckSamples: z.int().min(2).max(10_000).default(240),
});
export type SiteProfile = z.infer<typeof siteProfileSchema>;

/** Hundredths of a degree to add at this ambient. Outside the points the nearest one holds. */
export function offsetAt(profile: SiteProfile, ambientCentiC: number): number {
  let below = profile.offsets[0];
  for (const point of profile.offsets) {
    if (point.ambientCentiC > ambientCentiC) return between(below, point, ambientCentiC);
    below = point;
  }
  return below?.addCentiC ?? 0;
}

/** Whether the certificate covers the day of `now`, both its ends included. */
export function isCalibrated({ calibration }: SiteProfile, now: EpochMs): boolean {
  const today = new Date(now).toISOString().slice(0, 10);
  return calibration.from <= today && today <= calibration.until;
}

interface Point {
  readonly ambientCentiC: number;
  readonly addCentiC: number;
}

function isAfter(point: Point, before: Point | undefined): boolean {
  return before !== undefined && point.ambientCentiC > before.ambientCentiC;
}

function between(below: Point | undefined, above: Point, ambientCentiC: number): number {
  if (below === undefined || ambientCentiC <= below.ambientCentiC) {
    return (below ?? above).addCentiC;
  }
  const part = (ambientCentiC - below.ambientCentiC) / (above.ambientCentiC - below.ambientCentiC);
  return below.addCentiC + part * (above.addCentiC - below.addCentiC);
}
