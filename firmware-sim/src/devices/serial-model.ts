import type { MonoMs } from '@greengate/contracts/time';
import type { Clock, Timers } from '../ports.ts';

/** What a scanner's own firmware is given: time, and its pin to the host. */
export interface ModelParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** A piece of what goes out, at the pace of the line. */
  out(bytes: Uint8Array, kind: SentKind): void;
}

export type SentKind = 'code' | 'reply';

/** A scanner at byte level, as it stands on a counter. */
export interface SerialModel {
  /** At which it speaks now. */
  readonly baudRate: number;
  receive(bytes: Uint8Array): void;
  /**
   * A code is shown until it was read once. Resolves with the instant of its last byte; undefined where it cannot be read: the
   * scanner starts, or waits for a trigger.
   */
  read(text: string): Promise<MonoMs | undefined>;
  /** A code is held before it, or taken away. */
  hold(text: string | undefined): void;
  /** Power goes and comes back. */
  powerCycle(): void;
}

/** What a UART hands on at once. */
const PIECE_BYTES = 64;
const BITS_A_BYTE = 10;

/** The sending half of a UART: whole messages one after the other, in pieces, at the speed of the line. */
export class UartSender {
  readonly #parts: ModelParts;
  readonly #baudRate: () => number;
  #freeAt = 0;
  /** Counts up when power goes: what was on its way is not sent. */
  #life = 0;

  constructor(parts: ModelParts, baudRate: () => number) {
    this.#parts = parts;
    this.#baudRate = baudRate;
  }

  /** Resolves when the last byte is out; undefined where power went before. */
  send(bytes: Uint8Array, kind: SentKind): Promise<MonoMs | undefined> {
    const { clock, timers, out } = this.#parts;
    const life = this.#life;
    const byteMs = (BITS_A_BYTE * 1000) / this.#baudRate();
    let at = Math.max(clock.mono(), this.#freeAt);
    this.#freeAt = at + bytes.length * byteMs;
    return new Promise((resolve) => {
      const piece = (from: number) => {
        const sent = bytes.subarray(from, from + PIECE_BYTES);
        at += sent.length * byteMs;
        timers.after(at - clock.mono(), () => {
          if (life !== this.#life) return resolve(undefined);
          out(sent, kind);
          if (from + PIECE_BYTES < bytes.length) return piece(from + PIECE_BYTES);
          return resolve(clock.mono());
        });
      };
      piece(0);
    });
  }

  stop(): void {
    this.#life += 1;
    this.#freeAt = 0;
  }
}
