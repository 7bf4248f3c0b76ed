import type { PassageDraft } from '@greengate/contracts/wire/passage';
import { journalBatchEventsCountMax } from '../limits.ts';
import type { Journal, Timers } from '../ports.ts';

/** Appends to a journal whose disk may refuse: what was refused is kept in memory and written when it heals. */
export interface KeptAppend {
  /** `failed`: refused for now and kept; why, in the words of the disk, goes to `onRefused`. Never throws. */
  append(draft: PassageDraft): Promise<'durable' | 'failed'>;
  /** How many wait in memory for the disk. */
  waiting(): number;
  /** How many were given up because too many waited. */
  lost(): number;
}

interface Kept {
  readonly draft: PassageDraft;
  readonly settle: (recorded: 'durable' | 'failed') => void;
}

/**
 * While nothing waits, appends go side by side, so that one commit takes many. Once something waits, what comes
 * after it waits behind it: an outcome is never written before its intent.
 */
export function createKeptAppend(
  { journal, timers }: { journal: Journal; timers: Timers },
  limits: { countMax: number; retryMs: number },
  onRefused: (why: string) => void,
): KeptAppend {
  const kept: Kept[] = [];
  /** Those of `kept` whose caller has not been answered yet. */
  const unanswered = new Set<Kept>();
  let lost = 0;
  let writing = false;
  let cancelRetry: () => void = () => undefined;

  const answer = (entry: Kept, recorded: 'durable' | 'failed') => {
    unanswered.delete(entry);
    entry.settle(recorded);
  };

  const keep = (entry: Kept) => {
    kept.push(entry);
    unanswered.add(entry);
    if (kept.length <= limits.countMax) return;
    const oldest = kept.shift();
    if (oldest) answer(oldest, 'failed');
    lost += 1;
  };

  const refused = (error: unknown) => {
    onRefused(error instanceof Error ? error.message : 'unknown');
    // Nobody waits for a disk that has just refused; what was asked for stays kept.
    for (const entry of unanswered) answer(entry, 'failed');
    cancelRetry();
    cancelRetry = timers.after(limits.retryMs, () => void writeKept());
  };

  const writeKept = async () => {
    if (writing) return;
    writing = true;
    try {
      // One first, to ask whether the disk is well: a full one is not offered hundreds at every new event.
      for (let count = 1; kept.length > 0; count = journalBatchEventsCountMax) {
        // Taken out while they are written: what is given up meanwhile is not one of them.
        const batch = kept.splice(0, count);
        const results = await Promise.allSettled(batch.map(({ draft }) => journal.append(draft)));
        const back = batch.filter((_, i) => results[i]?.status === 'rejected');
        for (const entry of batch) if (!back.includes(entry)) answer(entry, 'durable');
        if (back.length === 0) continue;
        kept.unshift(...back);
        refused(results.find((result) => result.status === 'rejected')?.reason);
        return;
      }
    } finally {
      writing = false;
    }
  };

  return {
    append: (draft) =>
      new Promise((settle) => {
        if (kept.length > 0 || writing) {
          keep({ draft, settle });
          void writeKept();
          return;
        }
        journal.append(draft).then(
          () => settle('durable'),
          (error: unknown) => {
            keep({ draft, settle });
            refused(error);
          },
        );
      }),
    waiting: () => kept.length,
    lost: () => lost,
  };
}
