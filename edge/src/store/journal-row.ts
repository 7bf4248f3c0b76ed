import { unpackEvent } from '@greengate/contracts/journal/packed-event';
import { type PassageTrace, traceOf } from '@greengate/contracts/journal/packed-trace';
import type { PassageEvent } from '@greengate/contracts/wire/passage';
import type { JournalPosition } from '../ports.ts';

/** A row of the journal. */
export interface JournalRow {
  readonly id: number;
  readonly payload: Uint8Array;
  readonly hash: Uint8Array;
}

/** A row's id holds its epoch and its number, so one key serves as both and rows lie in order. */
export const EPOCH_SHIFT = 2 ** 32;

/** What the file holds can never have been written: it is damaged as a whole, and is set aside like one that SQLite refuses. */
export class JournalDamage extends Error {
  override readonly name = 'JournalDamage';
  readonly code = 'SQLITE_CORRUPT_JOURNAL';
}

export function idOf({ epoch, seq }: JournalPosition): number {
  return epoch * EPOCH_SHIFT + seq;
}

export function positionOf(id: number): JournalPosition {
  return { epoch: Math.floor(id / EPOCH_SHIFT), seq: id % EPOCH_SHIFT };
}

/** Undefined when the disk did not keep what was written (THREATS finding 3). */
export function readEvent({ id, payload }: JournalRow): PassageEvent | undefined {
  // A turned bit in a row's head makes its columns of another kind.
  if (!(payload instanceof Uint8Array)) return undefined;
  return unpackEvent(payload, positionOf(id).seq);
}

/** What a start asks of a row; undefined as for `readEvent`. */
export function readTrace({ id, payload }: JournalRow): PassageTrace | undefined {
  if (!(payload instanceof Uint8Array)) return undefined;
  return traceOf(payload, positionOf(id).seq);
}
