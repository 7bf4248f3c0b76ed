import { type ClockTrust, epochMs, monoMs } from '@greengate/contracts/time';
import type { Clock, Timers } from '../../src/ports.ts';

/** Time that stands still until it is told to go on. */
export class ManualTime {
  #now = 1_000_000;
  #due: { at: number; run: () => void }[] = [];
  trust: ClockTrust = 'trusted';

  readonly clock: Clock = {
    now: () => epochMs(1_700_000_000_000 + this.#now),
    mono: () => monoMs(this.#now),
    trust: () => this.trust,
  };

  readonly timers: Timers = {
    after: (ms, run) => {
      const timer = { at: this.#now + ms, run };
      this.#due.push(timer);
      return () => {
        this.#due = this.#due.filter((each) => each !== timer);
      };
    },
  };

  /** Timers that are still to run. */
  get waiting(): number {
    return this.#due.length;
  }

  /** Runs what falls due, in order, each at its own instant. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > until) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }
}
