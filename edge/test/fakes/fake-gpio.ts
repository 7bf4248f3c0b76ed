import { ok, type Result, refuse } from '@greengate/contracts/result';
import { settleEdges } from '../../src/devices/settled-edges.ts';
import type { GpioLines, InputPlace, LinePlace } from '../../src/gpio-port.ts';
import type { DigitalInput, DigitalOutput, Timers } from '../../src/ports.ts';

/** Lines without any hardware, at the level of the wire: what a backend does, less the kernel. */
export class FakeGpio implements GpioLines {
  readonly busy = new Set<number>();
  readonly broken = new Set<number>();
  edgesToLose = 0;
  readonly #timers: Timers;
  readonly #lines: number;
  readonly #wire = new Map<number, 0 | 1>();
  readonly #open = new Map<number, { edge(): void; close(): void }>();
  readonly #levels: { readonly line: number; readonly level: 0 | 1 }[] = [];

  constructor(timers: Timers, lines: number) {
    this.#timers = timers;
    this.#lines = lines;
  }

  openOutput({ line, isActiveLow }: LinePlace): Result<DigitalOutput> {
    const refused = this.#refused(line);
    if (refused) return refused;
    const levelOf = (active: boolean) => (active === isActiveLow ? 0 : 1);
    this.drive(line, levelOf(false));
    const rest = () => this.drive(line, levelOf(false));
    this.#open.set(line, { edge: () => {}, close: rest });
    return ok({
      write: (active) => {
        if (this.broken.has(line)) throw new Error('EIO');
        this.drive(line, levelOf(active));
      },
    });
  }

  openInput({ line, isActiveLow, debounceMs }: InputPlace): Result<DigitalInput> {
    const refused = this.#refused(line);
    if (refused) return refused;
    const listeners: ((active: boolean, isEdgeLost?: boolean) => void)[] = [];
    const read = () => {
      if (this.broken.has(line)) throw new Error('EIO');
      return this.level(line) === (isActiveLow ? 0 : 1);
    };
    const tell = (active: boolean, isEdgeLost: boolean) => {
      for (const listener of listeners) listener(active, isEdgeLost);
    };
    this.#open.set(line, settleEdges({ read, timers: this.#timers, debounceMs, tell }));
    return ok({ read, onChange: (listener) => void listeners.push(listener) });
  }

  close(): void {
    for (const line of this.#open.values()) line.close();
    this.#open.clear();
  }

  level(line: number): 0 | 1 {
    return this.#wire.get(line) ?? 1;
  }

  drive(line: number, level: 0 | 1): void {
    if (this.level(line) === level) return;
    this.#wire.set(line, level);
    this.#levels.push({ line, level });
    if (this.edgesToLose > 0) this.edgesToLose -= 1;
    else this.#open.get(line)?.edge();
  }

  /** Levels since it was asked last; the level now where none changed. */
  levels(line: number): number[] {
    const seen = this.#levels.filter((change) => change.line === line).map(({ level }) => level);
    this.#levels.length = 0;
    return seen.length > 0 ? seen : [this.level(line)];
  }

  #refused(line: number) {
    if (!Number.isInteger(line) || line < 0 || line >= this.#lines) {
      return refuse('gpio-line-missing');
    }
    return this.busy.has(line) || this.#open.has(line) ? refuse('gpio-line-busy') : undefined;
  }
}
