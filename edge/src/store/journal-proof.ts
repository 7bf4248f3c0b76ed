import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { JournalPosition } from '../ports.ts';
import type { Statement } from './database.ts';
import { type JournalAnchor, readAnchor, writeAnchor } from './journal-anchor.ts';
import { type ChainStep, type ChainWalk, createChainWalk } from './journal-chain.ts';
import { idOf, type JournalRow, positionOf } from './journal-row.ts';

/** Whether the journal is what was written. */
export interface JournalProof extends Pick<ChainWalk, 'pruned'> {
  verifyChain(): JournalPosition | undefined;
  verifyNext(rowsMax: number): ChainStep;
  anchor(): JournalPosition | undefined;
}

interface Rows {
  readonly after: Statement<JournalRow>;
  readonly last: Statement<JournalRow>;
  readonly firstAfter: Statement<{ id: number }>;
  /** What the first row that is left follows from. */
  base(): Uint8Array;
}

const rowsAtOnce = 1000;

/** `anchorFile`: where the newest row is noted, beside the journal. */
export function createJournalProof(
  anchorFile: string,
  rows: Rows,
  sha256: Crypto['sha256'],
): JournalProof {
  const newWalk = () => createChainWalk(rows.after.all, rows.base, sha256);
  const walk = newWalk();
  const cutAtStart = cutOff(rows, readAnchor(anchorFile));
  return {
    pruned: walk.pruned,
    verifyNext: walk.next,
    verifyChain() {
      const once = newWalk();
      for (;;) {
        const { bad, checked } = once.next(rowsAtOnce);
        if (bad || checked < rowsAtOnce) return bad;
      }
    },
    anchor() {
      const last = rows.last.get();
      if (last?.hash instanceof Uint8Array)
        writeAnchor(anchorFile, { ...positionOf(last.id), hash: toHex(last.hash) });
      return cutAtStart;
    },
  };
}

/** The row that the anchor names, where it is not there any more and was not pruned. */
function cutOff(rows: Rows, anchor: JournalAnchor | undefined): JournalPosition | undefined {
  if (!anchor) return undefined;
  const id = idOf(anchor);
  const row = rows.after.all(id - 1, 1)[0];
  if (row?.id === id && toHex(row.hash) === anchor.hash) return undefined;
  const first = rows.firstAfter.get(0)?.id;
  return first !== undefined && id < first ? undefined : { epoch: anchor.epoch, seq: anchor.seq };
}
