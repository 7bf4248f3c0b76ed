import type { Clock, Timers } from '../ports.ts';

/** Runs one work at a time, and rests after each for `restFactor` times as long as it took. */
export type Ration = <T>(work: () => Promise<T>) => Promise<T>;

export function makeRation(
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  restFactor: number,
): Ration {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const rested = last;
    const done = rested.then(async () => {
      const began = clock.now();
      const result = await Promise.resolve()
        .then(work)
        .then(
          (value) => ({ ok: true as const, value }),
          (error: unknown) => ({ ok: false as const, error }),
        );
      return { result, took: Math.max(0, clock.now() - began) };
    });
    last = done.then(
      ({ took }) =>
        new Promise<void>((rest) => {
          if (took === 0) rest();
          else timers.after(took * restFactor, rest);
        }),
    );
    return done.then(({ result }) => {
      if (result.ok) return result.value;
      throw result.error;
    });
  };
}
