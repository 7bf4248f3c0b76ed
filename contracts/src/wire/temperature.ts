import { z } from 'zod';
import { temperatureCentiCMax, temperatureCentiCMin } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';

/** thermometer -> gateway: degrees Celsius, already compensated by the site's sensor profile. */
export const temperatureMessageSchema = z.strictObject({ celsius: z.number() });

/**
 * Reads a thermometer's payload as hundredths of a degree. A number that is none (`NaN`, `null`, a text) is
 * `temperature-invalid`; one that no living person has is `temperature-out-of-range`: both sensor faults.
 */
export function readTemperature(payload: string): Result<number> {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return refuse('temperature-invalid');
  }
  const message = temperatureMessageSchema.safeParse(json);
  if (!message.success) return refuse('temperature-invalid');
  const centiC = Math.round(message.data.celsius * 100);
  return centiC >= temperatureCentiCMin && centiC <= temperatureCentiCMax
    ? ok(centiC)
    : refuse('temperature-out-of-range');
}
