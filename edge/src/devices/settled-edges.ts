import type { Timers } from '../ports.ts';
import { edgeLateMs, rereadMs, unsettledMsMax } from './limits.ts';

export interface EdgeSource {
  /** The level now. May throw. */
  readonly read: () => boolean;
  readonly timers: Timers;
  /** 0: every edge is told at once. */
  readonly debounceMs: number;
  readonly tell: (active: boolean, isEdgeLost: boolean) => void;
}

export interface SettledEdges {
  /** Something changed. */
  edge(): void;
  /** Like `edge`, when the driver itself counted and knows that some were dropped. */
  lost(): void;
  close(): void;
}

/**
 * Makes levels of a driver's edges: tells the level once it has held, marks where edges must have been lost, and reads
 * now and then by itself, as a kernel may drop the last edge of all. A line that never holds still is told in the end.
 */
export function settleEdges(source: EdgeSource): SettledEdges {
  return new Settling(source);
}

const nothing = () => {};

class Settling implements SettledEdges {
  readonly #source: EdgeSource;
  #told: boolean;
  #isLost = false;
  #isPending = false;
  /** It was read at a level of which no edge told, and none has come since. */
  #isSuspect = false;
  #cancelSettle = nothing;
  #cancelBound = nothing;
  #cancelReread = nothing;

  constructor(source: EdgeSource) {
    this.#source = source;
    this.#told = source.read();
    this.#rereadLater();
  }

  edge(): void {
    const { timers, debounceMs } = this.#source;
    if (debounceMs === 0) {
      this.#settle();
      return;
    }
    if (!this.#isPending) {
      this.#isPending = true;
      this.#cancelBound = timers.after(unsettledMsMax, () => {
        this.#isLost = true;
        this.#settle();
      });
    }
    this.#cancelSettle();
    this.#cancelSettle = timers.after(debounceMs, () => this.#settle());
  }

  lost(): void {
    this.#isLost = true;
    this.edge();
  }

  close(): void {
    this.#cancelSettle();
    this.#cancelBound();
    this.#cancelReread();
  }

  #settle(): void {
    this.#cancelSettle();
    this.#cancelBound();
    this.#isPending = false;
    this.#isSuspect = false;
    const level = this.#read();
    const isLost = this.#isLost || level === undefined || level === this.#told;
    this.#isLost = false;
    this.#told = level ?? this.#told;
    this.#source.tell(this.#told, isLost);
  }

  /** A level that is new is suspect first: its edge may be on its way. */
  #rereadLater(): void {
    const waitMs = this.#isSuspect ? edgeLateMs : rereadMs;
    this.#cancelReread = this.#source.timers.after(waitMs, () => {
      const level = this.#read();
      const isUntold = !this.#isPending && level !== undefined && level !== this.#told;
      if (isUntold && this.#isSuspect) this.lost();
      this.#isSuspect = isUntold && !this.#isSuspect;
      this.#rereadLater();
    });
  }

  /** Undefined: it cannot be read. Whoever is told of it reads by itself, and meets the error. */
  #read(): boolean | undefined {
    try {
      return this.#source.read();
    } catch {
      return undefined;
    }
  }
}
