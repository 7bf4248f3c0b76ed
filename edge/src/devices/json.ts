import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { z } from 'zod';

/** A device's payload as its schema says, or `payload-invalid`. */
export function readJson<T>(schema: z.ZodType<T>, payload: string): Result<T> {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return refuse('payload-invalid', 'not JSON');
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? ok(parsed.data) : refuse('payload-invalid');
}
