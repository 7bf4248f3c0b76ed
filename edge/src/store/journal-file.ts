import type { Crypto } from '@greengate/contracts/crypto';
import { type JournalStore, openJournalStore } from './journal-store.ts';
import { isDamage, type Opened, openOrRebuild, rebuild } from './quarantine.ts';

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

/**
 * Does something with an open journal. Where that meets damage, the file is set aside, a new one begun with word of it, and the
 * same done with that; else whatever lies on a bad page would be refused for ever.
 */
export function withJournal<T>(
  held: { readonly file: string; store: JournalStore },
  sha256: Crypto['sha256'],
  wall: () => number,
  work: (store: JournalStore) => T,
): T {
  try {
    return work(held.store);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const open = () => openJournalStore(held.file, sha256, epochOf(wall()));
    held.store = rebuild(held.file, held.store, open, 'all');
    held.store.append([{ kind: 'alarm', at: wall(), lane: null, reason: 'journal-failed' }]);
    return work(held.store);
  }
}

// Half-hours since 2020: far past any epoch that the lost journal had, and below the 2^21 that a row's id can hold.
const EPOCH_UNIT_MS = 1_800_000;
function epochOf(wall: number): number {
  return Math.max(1, Math.floor((wall - Date.UTC(2020, 0)) / EPOCH_UNIT_MS));
}
