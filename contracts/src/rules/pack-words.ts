import { z } from 'zod';
import { packTextCharsMax } from './limits.ts';

/** What rules, reasons, colours and packs are called. */
export const label = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
  .max(64);

/** A sentence for a holder or an operator, in one language. */
export const text = z.string().min(1).max(packTextCharsMax);
