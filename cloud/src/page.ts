import { z } from 'zod';
import { pageRowsDefault, pageRowsMax } from './limits.ts';

/** A whole number in a path or a query, digits only. */
export const wholeNumber = z
  .string()
  .regex(/^[0-9]{1,15}$/)
  .transform(Number);

/** How many rows a page has; absent: `pageRowsDefault`. */
export const pageLimit = z.coerce.number().int().min(1).max(pageRowsMax).default(pageRowsDefault);

/** The same in digits only, and absent where it is not said. */
export const wholePageLimit = wholeNumber.refine((n) => n >= 1 && n <= pageRowsMax).optional();
