import { type EpochMs, epochMs, monoMs } from '@greengate/contracts/time';
import type { Clock, Timers } from '../src/ports.ts';

/** Time that passes only when `run` says so; what is due happens in order. */
export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  run(ms: number): Promise<void>;
}

export function createVirtualTime(start = 1_700_000_000_000): VirtualTime {
  let elapsed = 0;
  let due: { at: number; run: () => void }[] = [];
  const now = (): EpochMs => epochMs(start + Math.floor(elapsed));
  // Lets every promise that is ready go on before time does.
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    clock: { now, mono: () => monoMs(elapsed) },
    timers: {
      after: (ms, run) => {
        const timer = { at: elapsed + Math.max(0, ms), run };
        due.push(timer);
        return () => {
          due = due.filter((each) => each !== timer);
        };
      },
    },
    run: async (ms) => {
      const end = elapsed + ms;
      for (;;) {
        await settle();
        const next = due.toSorted((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        due = due.filter((each) => each !== next);
        elapsed = next.at;
        next.run();
      }
      elapsed = end;
    },
  };
}
