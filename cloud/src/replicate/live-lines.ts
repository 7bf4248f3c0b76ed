import type { LiveEnd } from '@greengate/contracts/wire/live';
import { liveTurnLinesCount } from '../limits.ts';
import type { LiveLine } from '../live-line.ts';
import type { Timers } from '../ports.ts';
import { endFrame } from './live-frame.ts';

/** The lines of one stream, all at the same place in it. */
export interface LiveLines {
  readonly count: () => number;
  add(line: LiveLine): void;
  /** Writes the same memory to each that is there when it is called. */
  send(frame: Uint8Array): Promise<void>;
  /** Forgets the closed ones, and cuts those that nobody reads. */
  check(): void;
  endAll(why: LiveEnd): void;
}

export function makeLines(timers: Timers): LiveLines {
  const lines = new Set<LiveLine>();
  return {
    count: () => lines.size,
    add: (line) => void lines.add(line),
    // Ten thousand writes are a tenth of a second: others have their turn in between.
    send: async (frame) => {
      let count = 0;
      for (const line of [...lines]) {
        if (count > 0 && count % liveTurnLinesCount === 0) await pause(timers, 0);
        count += 1;
        line.write(frame);
      }
    },
    check: () => {
      for (const line of lines) {
        line.checkReading();
        if (!line.isOpen()) lines.delete(line);
      }
    },
    endAll: (why) => {
      const last = endFrame(why);
      for (const line of lines) line.end(last);
      lines.clear();
    },
  };
}

export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((done) => void timers.after(ms, done));
}
