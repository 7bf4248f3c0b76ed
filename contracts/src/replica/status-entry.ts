import type { Colour } from '../code/colour.ts';
import type { ReplicaKey } from '../ids.ts';
import { severityOf } from '../rules/pack-colours.ts';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '../time.ts';

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

/**
 * When a status ends for the gates: in whole minutes, and on the stricter side, so that what seconds would cost on the
 * wire buys nobody's entry. A worse colour comes a little early, a better one a little late.
 */
export function gateMinute({
  colour,
  nextColour,
  validUntil,
}: Omit<StatusEntry, 'ver' | 'key'>): EpochMs {
  const worsens = severityOf(nextColour) > severityOf(colour);
  const minutes = worsens ? Math.floor(validUntil / MINUTE_MS) : Math.ceil(validUntil / MINUTE_MS);
  return epochMs(Math.min(minutes, Math.floor(EPOCH_MS_MAX / MINUTE_MS)) * MINUTE_MS);
}

const MINUTE_MS = 60_000;

/** The colour in force at an instant. */
export function colourAt(entry: Omit<StatusEntry, 'ver' | 'key'>, now: EpochMs): Colour {
  return now < entry.validUntil ? entry.colour : entry.nextColour;
}
