import type { Clock, Timers } from '../ports.ts';
import type { ByteLine, OpenByteLine } from './byte-line.ts';
import {
  scanIdleMsMax,
  scannerAnswerMs,
  scannerAnswerMsMax,
  scanQuietMs,
  scanQuietMsMax,
} from './limits.ts';
import { Naps } from './naps.ts';
import { ScanDemux, type ScanFormat, type ScanFrame } from './scan-demux.ts';
import type { ScannerCommand } from './scanner-dialect.ts';
import type { ScannerReply } from './scanner-reply.ts';

export interface SessionPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** It is open, and not quiet yet. */
  onSession(session: ScannerSession): void;
  /** Whatever is no reply. */
  onFrame(frame: ScanFrame): void;
}

/** A scanner's line while it is open: frames come in, commands go out one at a time and each waits for its answer. */
export class ScannerSession {
  readonly baudRate: number;
  readonly #ports: SessionPorts;
  readonly #naps: Naps;
  readonly #demux: ScanDemux;
  readonly #silenceMs: number;
  #line: ByteLine | undefined;
  #goneWhy: string | undefined;
  #heardAt: number = Number.NEGATIVE_INFINITY;
  #onReply: ((reply: ScannerReply) => void) | undefined;
  #cancelSilence = () => {};

  private constructor(baudRate: number, format: ScanFormat, ports: SessionPorts) {
    this.baudRate = baudRate;
    this.#ports = ports;
    this.#naps = new Naps(ports.timers);
    this.#silenceMs = format.endsBySilenceMs ?? scanIdleMsMax;
    this.#demux = new ScanDemux(format, (frame) => this.#hear(frame));
  }

  /** Rejects where the line cannot be opened. What came before the line was quiet is dropped: half a code, an old reply. */
  static async open(
    openLine: OpenByteLine,
    baudRate: number,
    format: ScanFormat,
    ports: SessionPorts,
  ): Promise<ScannerSession> {
    const session = new ScannerSession(baudRate, format, ports);
    session.#line = await openLine(baudRate, {
      onBytes: (bytes) => session.#take(bytes),
      onGone: (why) => session.#gone(why),
    });
    ports.onSession(session);
    session.#demux.resync(ports.clock.mono());
    await session.#quiet();
    return session;
  }

  /** Why the line is no more; undefined while it is. */
  get goneWhy(): string | undefined {
    return this.#goneWhy;
  }

  /** When the last byte came in. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Ends early when the line goes. */
  sleep(ms: number): Promise<void> {
    return this.#goneWhy === undefined ? this.#naps.sleep(ms) : Promise.resolve();
  }

  tell(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && this.#goneWhy === undefined) this.#line?.write(bytes);
  }

  /** Undefined: nothing answered in time. A code that is on its way goes first, so its bytes are waited for. */
  async ask(command: ScannerCommand): Promise<ScannerReply | undefined> {
    const { clock } = this.#ports;
    let answer: ScannerReply | undefined;
    this.#onReply = (reply) => {
      if (answer !== undefined || !command.answers(reply)) return;
      answer = reply;
      this.#naps.wakeAll();
    };
    this.tell(command.bytes);
    const askedAt = clock.mono();
    let untilAt = askedAt + scannerAnswerMs;
    while (answer === undefined && this.#goneWhy === undefined && clock.mono() < untilAt) {
      await this.#naps.sleep(untilAt - clock.mono());
      untilAt = Math.min(askedAt + scannerAnswerMsMax, this.#heardAt + scannerAnswerMs);
    }
    this.#onReply = undefined;
    return answer;
  }

  async close(): Promise<void> {
    this.#gone('closed');
    await this.#line?.close();
  }

  #take(bytes: Uint8Array): void {
    if (this.#goneWhy !== undefined) return;
    const at = this.#ports.clock.mono();
    this.#heardAt = at;
    this.#demux.push(bytes, at);
    this.#cancelSilence();
    if (!this.#demux.isOpen) return;
    this.#cancelSilence = this.#ports.timers.after(this.#silenceMs + 1, () =>
      this.#demux.idle(this.#ports.clock.mono()),
    );
  }

  #hear(frame: ScanFrame): void {
    if (frame.kind === 'reply') this.#onReply?.(frame.reply);
    else this.#ports.onFrame(frame);
  }

  #gone(why: string): void {
    if (this.#goneWhy !== undefined) return;
    this.#goneWhy = why;
    this.#cancelSilence();
    this.#naps.wakeAll();
  }

  async #quiet(): Promise<void> {
    const { clock } = this.#ports;
    const untilAt = clock.mono() + scanQuietMsMax;
    do await this.sleep(scanQuietMs + 1);
    while (
      this.#goneWhy === undefined &&
      clock.mono() < untilAt &&
      clock.mono() - this.#heardAt <= scanQuietMs
    );
  }
}
