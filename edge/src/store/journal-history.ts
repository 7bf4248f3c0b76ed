import type { IntentTrace, PassageTrace } from '@greengate/contracts/journal/packed-trace';
import { type JournalRow, readTrace } from './journal-row.ts';

/** What a start asks of the starts before it. */
export interface JournalHistory {
  /** Reads it, where that was not done yet. */
  read(): void;
  lastTrustedAt(): number;
  openPassages(): IntentTrace[];
  lastAdmitted(): IntentTrace[];
}

/**
 * `newest`: the last rows of earlier epochs, newest first; read once, because nothing is added to them any more. A row that a
 * bad disk has altered must not stop a start.
 */
export function createJournalHistory(newest: () => readonly JournalRow[]): JournalHistory {
  let known: readonly PassageTrace[] | undefined;
  const events = () => {
    known ??= newest()
      .map(readTrace)
      .filter((event) => event !== undefined);
    return known;
  };
  const intents = () => events().filter((each) => each.kind === 'intent');
  return {
    read: () => void events(),
    lastTrustedAt: () => intents().find(({ clock }) => clock === 'trusted')?.at ?? 0,
    openPassages: () => openPassages(events()),
    lastAdmitted: () =>
      intents()
        .filter(({ verdict }) => verdict === 'admit')
        .reverse(),
  };
}

function openPassages(newest: readonly PassageTrace[]): IntentTrace[] {
  const closed = new Set<string>();
  const open: IntentTrace[] = [];
  for (const event of newest) {
    if (event.kind === 'outcome') closed.add(event.passage);
    if (event.kind === 'intent' && !closed.has(event.passage)) open.push(event);
  }
  return open;
}
