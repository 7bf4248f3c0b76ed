import type { Crypto } from '@greengate/contracts/crypto';
import { type JournalStore, openJournalStore } from './journal-store.ts';
import { type Opened, openOrRebuild } from './quarantine.ts';

/** Opens journal.db as every start does; one that is damaged is set aside and kept, because it is evidence. */
export function openJournalFile(
  file: string,
  sha256: Crypto['sha256'],
  wall: number,
): Opened<JournalStore> {
  return openOrRebuild(
    file,
    'all',
    () => openJournalStore(file, sha256, epochOf(wall)),
    (opened) => opened.check(),
  );
}

// Half-hours since 2020: far past any epoch that the lost journal had, and below the 2^21 that a row's id can hold.
const EPOCH_UNIT_MS = 1_800_000;
function epochOf(wall: number): number {
  return Math.max(1, Math.floor((wall - Date.UTC(2020, 0)) / EPOCH_UNIT_MS));
}
