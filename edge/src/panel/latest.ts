import type { Timers } from '../ports.ts';

/** A value, and whether it is of now or what was known before its source stopped answering. */
export interface Latest<T> {
  readonly value: T;
  readonly fresh: boolean;
}

/**
 * Asks a source that may hang, such as a disk, and answers within `waitMs` whatever is known. One question at a
 * time: questions must not pile up behind a source that does not answer.
 */
export function latestOf<T>(
  read: () => Promise<T>,
  first: T,
  timers: Timers,
  waitMs: number,
): () => Promise<Latest<T>> {
  let known = first;
  let asking: Promise<boolean> | undefined;

  const ask = async (): Promise<boolean> => {
    try {
      known = await read();
      return true;
    } catch {
      return false;
    } finally {
      asking = undefined;
    }
  };

  return async () => {
    asking ??= ask();
    const answered = asking;
    const fresh = await new Promise<boolean>((resolve) => {
      const cancel = timers.after(waitMs, () => resolve(false));
      void answered.then((ok) => {
        cancel();
        resolve(ok);
      });
    });
    return { value: known, fresh };
  };
}
