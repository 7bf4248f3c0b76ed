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
  settle: (recorded: 'durable' | 'failed') => void;
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
  let lost = 0;
  let writing = false;
  let cancelRetry: () => void = () => undefined;

  const keep = (entry: Kept) => {
    kept.push(entry);
    if (kept.length <= limits.countMax) return;
    kept.shift()?.settle('failed');
    lost += 1;
  };

  const refused = (error: unknown) => {
    onRefused(error instanceof Error ? error.message : 'unknown');
    // Nobody waits for a disk that has just refused; what was asked for stays kept.
    for (const entry of kept) entry.settle('failed');
    cancelRetry();
    cancelRetry = timers.after(limits.retryMs, () => void writeKept());
  };

  const writeKept = async () => {
    if (writing) return;
    writing = true;
    try {
      while (kept.length > 0) {
        // Taken out while they are written: what is given up meanwhile is not one of them.
        const batch = kept.splice(0, journalBatchEventsCountMax);
        const results = await Promise.allSettled(batch.map(({ draft }) => journal.append(draft)));
        const back = batch.filter((_, i) => results[i]?.status === 'rejected');
        for (const entry of batch) if (!back.includes(entry)) entry.settle('durable');
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
