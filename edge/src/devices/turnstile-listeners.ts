import type { TurnstileEvent } from '../ports.ts';

/** Who hears of a turnstile. Presence and fire are levels: told when they change, and once to a new listener. */
export class TurnstileListeners {
  readonly #listeners: ((event: TurnstileEvent) => void)[] = [];
  #isOnline = false;
  #isFire = false;

  constructor(isOnline = false) {
    this.#isOnline = isOnline;
  }

  /** What is so now is told a moment later, when who listens is ready to hear it. */
  add(listener: (event: TurnstileEvent) => void): void {
    this.#listeners.push(listener);
    queueMicrotask(() => {
      listener({ kind: 'presence', online: this.#isOnline });
      if (this.#isFire) listener({ kind: 'fire', active: true });
    });
  }

  tell(event: TurnstileEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  tellPresence(online: boolean): void {
    if (online === this.#isOnline) return;
    this.#isOnline = online;
    this.tell({ kind: 'presence', online });
  }

  tellFire(active: boolean): void {
    if (active === this.#isFire) return;
    this.#isFire = active;
    this.tell({ kind: 'fire', active });
  }
}
