import type { DigitalInput, DigitalOutput } from '../../src/ports.ts';

/** An output that remembers every level it was given. */
export class FakeOutput implements DigitalOutput {
  readonly written: boolean[] = [];
  active = false;
  /** When it stands, a write fails as a bus that is gone does. */
  broken = false;

  write(active: boolean): void {
    if (this.broken) throw new Error('EIO: fake output');
    this.written.push(active);
    this.active = active;
  }
}

/** A contact; `set` moves it and tells the edge. */
export class FakeInput implements DigitalInput {
  readonly #listeners: ((active: boolean) => void)[] = [];
  #active: boolean;
  broken = false;

  constructor(active: boolean) {
    this.#active = active;
  }

  read(): boolean {
    if (this.broken) throw new Error('EIO: fake input');
    return this.#active;
  }

  onChange(listener: (active: boolean) => void): void {
    this.#listeners.push(listener);
  }

  set(active: boolean): void {
    this.#active = active;
    this.edge(active);
  }

  /** An edge alone, as a driver reports one whose level has gone back already. */
  edge(active: boolean): void {
    for (const listener of this.#listeners) listener(active);
  }
}
