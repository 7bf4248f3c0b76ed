import type { Timers } from '../ports.ts';

/** Waits that end early when somebody calls. */
export class Naps {
  readonly #timers: Timers;
  readonly #wakers = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#wakers.delete(wake);
        resolve();
      };
      const cancel = this.#timers.after(ms, wake);
      this.#wakers.add(wake);
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
