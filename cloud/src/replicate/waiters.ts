import type { StreamName } from '@greengate/contracts/replica/streams';
import type { Timers } from '../ports.ts';

/** Held requests, by stream: each is let go by a change, by its time, by its client or by the end of the process. */
export interface Waiters {
  /** Resolves at the first of these. Registered at once, so no change after the call is missed. */
  wait(stream: StreamName, ms: number, signal: AbortSignal): Promise<void>;
  wake(stream: StreamName): void;
  wakeAll(): void;
  readonly count: () => number;
}

export function makeWaiters(timers: Timers): Waiters {
  const held = new Map<StreamName, Set<() => void>>();
  const wake = (stream: StreamName): void => {
    for (const release of [...(held.get(stream) ?? [])]) release();
  };
  return {
    wait: (stream, ms, signal) =>
      new Promise((done) => {
        const waiting = held.get(stream) ?? new Set();
        held.set(stream, waiting);
        const release = () => {
          cancel();
          waiting.delete(release);
          signal.removeEventListener('abort', release);
          done();
        };
        const cancel = timers.after(ms, release);
        waiting.add(release);
        signal.addEventListener('abort', release);
        if (signal.aborted) release();
      }),
    wake,
    wakeAll: () => [...held.keys()].forEach(wake),
    count: () => [...held.values()].reduce((sum, waiting) => sum + waiting.size, 0),
  };
}
