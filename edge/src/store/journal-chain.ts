import { concatBytes, equalBytes } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { JournalPosition } from '../ports.ts';
import { type JournalRow, positionOf } from './journal-row.ts';

/** What one piece of a walk came to. */
export interface ChainStep {
  readonly checked: number;
  /** The first row of the piece that does not follow from the one before it. */
  readonly bad: JournalPosition | undefined;
}

/** Walks through the hash chain piece by piece, and at its end begins anew. */
export interface ChainWalk {
  next(rowsMax: number): ChainStep;
  /** Rows up to here are gone by right. */
  pruned(id: number): void;
}

/** `rowsAfter`: rows past an id, in order. `base`: what the first row that is left follows from. */
export function createChainWalk(
  rowsAfter: (id: number, rowsMax: number) => readonly JournalRow[],
  base: () => Uint8Array,
  sha256: Crypto['sha256'],
): ChainWalk {
  let at = 0;
  let chain = base();
  const begin = () => {
    at = 0;
    chain = base();
  };
  const follows = ({ id, payload, hash }: JournalRow) =>
    payload instanceof Uint8Array &&
    hash instanceof Uint8Array &&
    equalBytes(linkOf(sha256, chain, positionOf(id), payload), hash);
  return {
    next(rowsMax) {
      const rows = rowsAfter(at, rowsMax);
      let bad: JournalPosition | undefined;
      for (const row of rows) {
        // Rows that do not lie in order would be walked through for ever.
        if (row.id <= at) {
          begin();
          return { checked: 0, bad: positionOf(row.id) };
        }
        if (!follows(row)) bad ??= positionOf(row.id);
        // Goes on from what stands there, so that one bad row does not hide another.
        chain = row.hash instanceof Uint8Array ? row.hash : new Uint8Array(0);
        at = row.id;
      }
      if (rows.length < rowsMax) begin();
      return { checked: rows.length, bad };
    },
    pruned(id) {
      if (at < id) begin();
    },
  };
}

/** The hash of a row covers the one before it, its place and what it says. */
export function linkOf(
  sha256: Crypto['sha256'],
  before: Uint8Array,
  position: JournalPosition,
  payload: Uint8Array,
): Uint8Array {
  return sha256(concatBytes(before, idBytes(position), payload));
}

function idBytes(position: JournalPosition): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, position.epoch);
  view.setUint32(4, position.seq);
  return bytes;
}
