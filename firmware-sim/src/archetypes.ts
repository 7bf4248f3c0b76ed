import type { Person } from './person.ts';

/** A way to be at a gate, and how often it comes up. */
export type Archetype = Pick<
  Person,
  'standing' | 'minted' | 'mintedDaysAgo' | 'carrier' | 'flaw' | 'reading'
> & {
  readonly name: string;
  readonly weight: number;
};

const welcome = {
  standing: 'green',
  minted: 'green',
  mintedDaysAgo: 0,
  carrier: 'phone',
  flaw: null,
  reading: 'normal',
} as const;
const enrolled = (name: string, weight: number, change: Partial<Archetype> = {}): Archetype => {
  return { ...welcome, ...change, name, weight };
};
const stranger = (name: string, weight: number, change: Partial<Archetype> = {}): Archetype => {
  return { ...welcome, standing: 'unknown', ...change, name, weight };
};

/** Everyone who comes: every colour, every state of a code, and some who are two things at once. */
export const ARCHETYPES: readonly [Archetype, ...Archetype[]] = [
  enrolled('green', 560),
  enrolled('fever', 40, { reading: 'fever' }),
  enrolled('sensor-nan', 15, { reading: 'nan' }),
  enrolled('sensor-absurd', 15, { reading: 'absurd' }),
  enrolled('yellow', 50, { standing: 'yellow' }),
  enrolled('yellow-fever', 8, { standing: 'yellow', reading: 'fever' }),
  enrolled('red', 40, { standing: 'red' }),
  enrolled('red-fever', 5, { standing: 'red', reading: 'fever' }),
  enrolled('paper', 25, { carrier: 'paper' }),
  enrolled('paper-red', 5, { carrier: 'paper', standing: 'red' }),
  stranger('stranger-green', 30),
  stranger('stranger-fever', 5, { reading: 'fever' }),
  stranger('stranger-yellow', 8, { minted: 'yellow' }),
  stranger('stranger-red', 8, { minted: 'red' }),
  stranger('stranger-pending', 12, { minted: 'pending' }),
  stranger('stranger-old', 12, { mintedDaysAgo: 2 }),
  stranger('expired', 20, { flaw: 'expired' }),
  stranger('not-yet-valid', 6, { flaw: 'not-yet-valid' }),
  stranger('foreign-region', 8, { flaw: 'foreign-region' }),
  stranger('foreign-key', 16, { flaw: 'foreign-key' }),
  stranger('replica-key', 6, { flaw: 'replica-key' }),
  stranger('forged', 20, { flaw: 'forged' }),
  stranger('truncated', 12, { flaw: 'truncated' }),
  stranger('screenshot', 24, { flaw: 'screenshot' }),
  stranger('clock-ahead', 8, { flaw: 'clock-ahead' }),
  stranger('no-proof', 8, { flaw: 'no-proof' }),
  stranger('borrowed', 8, { flaw: 'borrowed' }),
  stranger('oversized', 8, { flaw: 'oversized' }),
  stranger('not-a-code', 12, { flaw: 'not-a-code' }),
  stranger('garbled', 8, { flaw: 'garbled' }),
];
