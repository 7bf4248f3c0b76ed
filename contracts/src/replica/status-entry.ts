import type { Colour } from '../code/colour.ts';
import type { ReplicaKey } from '../ids.ts';
import type { EpochMs } from '../time.ts';

/**
 * One change of one status, as the change log carries it. It holds a pseudonym, colours and a date: no reason,
 * no name (DOMAIN 8). Time-driven changes cost no traffic: at `validUntil` the entry becomes `nextColour`.
 */
export interface StatusEntry {
  /** Position in the stream's change log; grows with every change. */
  readonly ver: number;
  readonly key: ReplicaKey;
  readonly colour: Colour;
  readonly nextColour: Colour;
  /** Whole seconds. */
  readonly validUntil: EpochMs;
}

/** The colour in force at an instant. */
export function colourAt(entry: Omit<StatusEntry, 'ver' | 'key'>, now: EpochMs): Colour {
  return now < entry.validUntil ? entry.colour : entry.nextColour;
}
