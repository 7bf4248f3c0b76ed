import type { PassageDraft } from '@greengate/contracts/wire/passage';
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
      for (let entry = kept[0]; entry; entry = kept[0]) {
        await journal.append(entry.draft);
        // It may have been given up meanwhile, when too many came behind it.
        if (kept[0] === entry) kept.shift();
        entry.settle('durable');
      }
    } catch (error) {
      refused(error);
    } finally {
      writing = false;
    }
  };

  return {
    append: (draft) =>
      new Promise((settle) => {
        if (kept.length > 0) {
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
