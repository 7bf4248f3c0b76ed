export type Level = 0 | 1;
export type LineEdge = 'none' | 'rising' | 'falling' | 'both';

/** What happened on the wire of a line, in order, as an oscilloscope at the relay board would have it. */
export interface LevelChange {
  readonly line: number;
  readonly level: Level;
}

/** Faults of a bank of lines. Each stands until it is taken back. */
export interface BankFaults {
  /** Lines that somebody else holds. */
  readonly busy: Set<number>;
  /** Outputs that keep their level whatever they are told. */
  readonly stuck: Set<number>;
  /** Lines that can be neither read nor written: EIO. */
  readonly broken: Set<number>;
  /** The user may not export lines. */
  isForbidden: boolean;
  /** So many edges more are not told; the level has changed all the same. */
  edgesToLose: number;
}

interface Line {
  isOutput: boolean;
  out: Level;
  /** What stands at the wire while the chip does not drive it: a pull-up, a contact. */
  outside: Level;
  edge: LineEdge;
}

/**
 * The lines of one GPIO chip, at the wire: an output drives it, an input leaves it to what is outside. `trace` keeps
 * every change of level that anybody could see there.
 */
export class GpioBank {
  readonly label: string;
  readonly base: number;
  readonly trace: LevelChange[] = [];
  /** Lines that a user has had exported, and whether inverted: the kernel keeps that when a program dies. */
  readonly exported = new Map<number, { isActiveLow: boolean }>();
  readonly faults: BankFaults = {
    busy: new Set(),
    stuck: new Set(),
    broken: new Set(),
    isForbidden: false,
    edgesToLose: 0,
  };
  readonly #lines: Line[];
  readonly #listeners = new Set<(line: number) => void>();

  constructor({ label, base, lines }: { label: string; base: number; lines: number }) {
    this.label = label;
    this.base = base;
    this.#lines = Array.from({ length: lines }, () => ({
      ...{ isOutput: false, out: 0, outside: 1, edge: 'none' },
    }));
  }

  get lines(): number {
    return this.#lines.length;
  }

  level(line: number): Level {
    const { isOutput, out, outside } = this.#at(line);
    return isOutput ? out : outside;
  }

  isOutput(line: number): boolean {
    return this.#at(line).isOutput;
  }

  edge(line: number): LineEdge {
    return this.#at(line).edge;
  }

  /** From outside: a contact opens or closes, a pull stands. */
  drive(line: number, level: Level): void {
    this.#change(line, (state) => {
      state.outside = level;
    });
  }

  /** From inside: the driver makes it an output, at this level from the first instant on. */
  makeOutput(line: number, level: Level): void {
    this.#change(line, (state) => {
      if (!this.faults.stuck.has(line)) state.out = level;
      state.isOutput = true;
    });
  }

  makeInput(line: number): void {
    this.#change(line, (state) => {
      state.isOutput = false;
    });
  }

  /** False: it is no output. */
  write(line: number, level: Level): boolean {
    if (!this.#at(line).isOutput) return false;
    if (!this.faults.stuck.has(line)) {
      this.#change(line, (state) => {
        state.out = level;
      });
    }
    return true;
  }

  setEdge(line: number, edge: LineEdge): void {
    this.#at(line).edge = edge;
  }

  /** The machine starts anew: nobody holds a line, and none is driven. */
  reboot(): void {
    this.exported.clear();
    for (const line of this.#lines.keys()) {
      this.setEdge(line, 'none');
      this.makeInput(line);
    }
  }

  /** Told of each edge that the line is set to tell. The returned function ends it. */
  onEdge(listener: (line: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #at(line: number): Line {
    const state = this.#lines[line];
    if (!state) throw new RangeError(`line ${line} of ${this.#lines.length}`);
    return state;
  }

  #change(line: number, change: (state: Line) => void): void {
    const before = this.level(line);
    const state = this.#at(line);
    change(state);
    const level = this.level(line);
    if (level === before) return;
    this.trace.push({ line, level });
    if (
      state.edge === 'none' ||
      (state.edge !== 'both' && (state.edge === 'rising') !== (level === 1))
    ) {
      return;
    }
    if (this.faults.edgesToLose > 0) {
      this.faults.edgesToLose -= 1;
      return;
    }
    for (const listener of this.#listeners) listener(line);
  }
}
