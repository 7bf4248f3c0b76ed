import { z } from 'zod';
import { codeCharsMax } from '../limits.ts';

/** scanner -> gateway. The text as scanned; what it means is the gateway's matter. */
export const scanMessageSchema = z.strictObject({
  // Above the limit of a code, so that an oversized one is refused by its own reason and not as bad JSON.
  code: z
    .string()
    .min(1)
    .max(4 * codeCharsMax),
});
