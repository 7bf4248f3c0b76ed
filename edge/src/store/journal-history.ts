import type { PassageEvent } from '@greengate/contracts/wire/passage';
import { type JournalRow, readEvent } from './journal-row.ts';

type Intent = Extract<PassageEvent, { kind: 'intent' }>;

/** What a start asks of the starts before it. */
export interface JournalHistory {
  /** Reads it, where that was not done yet. */
  read(): void;
  lastTrustedAt(): number;
  openPassages(): Intent[];
  lastAdmitted(): Intent[];
}

/**
 * `newest`: the last rows of earlier epochs, newest first; read once, because nothing is added to them any more. A row that a
 * bad disk has altered must not stop a start.
 */
export function createJournalHistory(newest: () => readonly JournalRow[]): JournalHistory {
  let known: readonly PassageEvent[] | undefined;
  const events = () => {
    known ??= newest()
      .map(readEvent)
      .filter((event) => event !== undefined);
    return known;
  };
  return {
    read: () => void events(),
    lastTrustedAt: () =>
      events().find((each) => each.kind === 'intent' && each.clock === 'trusted')?.at ?? 0,
    openPassages: () => openPassages(events()),
    lastAdmitted: () =>
      events()
        .filter((each) => each.kind === 'intent')
        .filter((each) => each.verdict === 'admit')
        .reverse(),
  };
}

function openPassages(newest: readonly PassageEvent[]): Intent[] {
  const closed = new Set<string>();
  const open: Intent[] = [];
  for (const event of newest) {
    if (event.kind === 'outcome') closed.add(event.passage);
    if (event.kind === 'intent' && !closed.has(event.passage)) open.push(event);
  }
  return open;
}
