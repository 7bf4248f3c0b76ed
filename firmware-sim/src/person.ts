import { z } from 'zod';

/** What the cloud knows of a person. `unknown`: signed by the issuer once, but in no gateway's cache. */
const STANDINGS = ['green', 'yellow', 'red', 'unknown'] as const;

/** What is wrong with the code that a person shows. Minted wrong, or shown wrong. */
const FLAWS = [
  'expired',
  'not-yet-valid',
  'foreign-region',
  'foreign-key',
  'replica-key',
  'forged',
  'truncated',
  'screenshot',
  'clock-ahead',
  'no-proof',
  'borrowed',
  'oversized',
  'not-a-code',
  'garbled',
] as const;
export type Flaw = (typeof FLAWS)[number];

/** What the thermometer will say of this person. */
const READINGS = ['normal', 'fever', 'nan', 'absurd'] as const;

/**
 * A person by construction. The oracle reads these and nothing else; codes and cloud records are made to fit.
 * A person who is `unknown` shows a token with the colour `minted`, `mintedDaysAgo` old.
 */
export const personSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  idNumber: z.string(),
  phone: z.string(),
  standing: z.enum(STANDINGS),
  minted: z.enum(['pending', 'green', 'yellow', 'red']),
  mintedDaysAgo: z.int().nonnegative(),
  carrier: z.enum(['phone', 'paper']),
  flaw: z.enum(FLAWS).nullable(),
  reading: z.enum(READINGS),
  /** What the sensor sees on the forehead, degrees Celsius. */
  celsius: z.number(),
});
export type Person = z.infer<typeof personSchema>;

/** A person with what they carry: a signed token, and the phone's key (PKCS8 DER, base64) if it is a phone. */
export const passengerSchema = z.strictObject({
  person: personSchema,
  token: z.string().regex(/^(?:[0-9a-f]{2})+$/),
  phoneKey: z.string().nullable(),
});
export type Passenger = z.infer<typeof passengerSchema>;
