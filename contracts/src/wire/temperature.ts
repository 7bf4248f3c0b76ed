import { z } from 'zod';
import { temperatureCentiCMax, temperatureCentiCMin } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import type { Measured } from '../thermometry/judge.ts';

/**
 * thermometer -> gateway: degrees Celsius. Where the gateway holds no site profile of it, it has compensated by itself;
 * where it does, this is what the forehead shows, and the air's temperature comes with it.
 */
export const temperatureMessageSchema = z.strictObject({
  celsius: z.number(),
  ambientCelsius: z.number().optional(),
});

/**
 * Reads a thermometer's payload as hundredths of a degree. A number that is none (`NaN`, `null`, a text) is
 * `temperature-invalid`; one that no living person has is `temperature-out-of-range`: both sensor faults.
 */
export function readTemperature(payload: string): Result<Measured> {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return refuse('temperature-invalid');
  }
  const message = temperatureMessageSchema.safeParse(json);
  if (!message.success) return refuse('temperature-invalid');
  const { celsius, ambientCelsius } = message.data;
  const objectCentiC = Math.round(celsius * 100);
  if (!(objectCentiC >= temperatureCentiCMin && objectCentiC <= temperatureCentiCMax)) {
    return refuse('temperature-out-of-range');
  }
  const ambientCentiC = ambientCelsius === undefined ? undefined : Math.round(ambientCelsius * 100);
  return ok({ objectCentiC, ambientCentiC });
}
