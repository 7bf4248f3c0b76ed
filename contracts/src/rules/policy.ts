import { z } from 'zod';

const age = z.int().positive();

/** What a gate does with a status that is too old, or with a clock it cannot trust. Never an accident. */
const fallback = z.enum(['as-usual', 'refer']);

/**
 * The admission policy of a site: every threshold of a gate, as data (DOMAIN 2, 6). Travels in the control
 * stream. Ages are seconds, temperatures hundredths of a degree Celsius.
 */
export const admissionPolicySchema = z.strictObject({
  version: z.int().positive(),
  /** `do-not-check` opens for all and counts passages, nothing else. */
  mode: z.enum(['everyone', 'do-not-check']),
  yellow: z.enum(['refer', 'refuse']),
  /** Whether the site's offset applies is the thermometer's matter; this is the line itself. */
  feverCentiC: z.int().min(3500).max(4200),
  /** `where-fitted` asks for a reading on lanes that have a thermometer. */
  temperature: z.enum(['required', 'where-fitted', 'off']),
  /** A reading is taken for the next person only within this time. */
  readingSecondsMax: age,
  /** How long a lane waits for a reading after a scan before it refers. */
  measureSecondsMax: age,
  /** A code that proves no holder needs the identity check at the manual lane (THREATS T5). */
  unproven: z.enum(['refer', 'refuse']),
  /** Without a cached status, a signed colour is believed this long after it was minted; 0 = never. */
  codeColourSecondsMax: z.int().nonnegative(),
  staleness: z.strictObject({
    agedAfterSeconds: age,
    restrictedAfterSeconds: age,
    blindAfterSeconds: age,
  }),
  whenRestricted: fallback,
  whenBlind: fallback,
  whenClockUntrusted: fallback,
  /** What becomes of somebody whom a gate would let in while it cannot put that on its disk in time. */
  whenJournalFails: fallback,
});
export type AdmissionPolicy = z.infer<typeof admissionPolicySchema>;

/** What a fresh installation ships with (DOMAIN 2: fever line 37.3). */
export const DEFAULT_POLICY: AdmissionPolicy = {
  version: 1,
  mode: 'everyone',
  yellow: 'refuse',
  feverCentiC: 3730,
  temperature: 'where-fitted',
  readingSecondsMax: 5,
  measureSecondsMax: 5,
  unproven: 'refer',
  codeColourSecondsMax: 86_400,
  staleness: { agedAfterSeconds: 900, restrictedAfterSeconds: 86_400, blindAfterSeconds: 259_200 },
  whenRestricted: 'as-usual',
  whenBlind: 'refer',
  whenClockUntrusted: 'refer',
  // A disk that hangs must not hold ten thousand people; the record is kept, and the alarm is raised.
  whenJournalFails: 'as-usual',
};
