import { createHash } from 'node:crypto';

interface Store {
  append(drafts: readonly unknown[]): unknown;
  close(): void;
}

const eventsAtOnce = 4000;

/** Writes what so many passages leave behind, through the gateway's own store, with nobody to acknowledge it. */
export async function fillJournal(
  file: string,
  events: number,
  tell: (done: number) => void,
): Promise<void> {
  const built = new URL('../../../edge/dist/store/journal-store.js', import.meta.url);
  const { openJournalStore } = (await import(built.href)) as {
    openJournalStore(file: string, sha256: (bytes: Uint8Array) => Uint8Array): Store;
  };
  const store = openJournalStore(file, (bytes) => createHash('sha256').update(bytes).digest());
  for (let done = 0; done < events; done += eventsAtOnce) {
    const passages = Math.min(eventsAtOnce, events - done) / 2;
    store.append(Array.from({ length: passages }, (_, at) => passagePair(done / 2 + at)).flat());
    tell(done);
    // The driver frees what it holds on macrotasks only.
    await new Promise((go) => setImmediate(go));
  }
  store.close();
}

/** What a passage leaves behind: its intent and its outcome. */
export function passagePair(number: number) {
  const passage = number.toString(16).padStart(32, '0');
  const at = 1_700_000_000_000 + number * 62;
  return [
    {
      kind: 'intent',
      at,
      clock: 'trusted',
      passage,
      lane: `lane-${1 + (number % 16)}`,
      key: (number % 1_000_003).toString(16).padStart(16, '0'),
      step: Math.floor(at / 30_000),
      verdict: 'admit',
      reason: 'status-green',
      rung: 'replica',
      staleness: 'fresh',
      replicaVer: 1_000_000,
      policyVer: 2,
    },
    {
      kind: 'outcome',
      at: at + 900,
      passage,
      lane: `lane-${1 + (number % 16)}`,
      outcome: 'completed',
    },
  ];
}
