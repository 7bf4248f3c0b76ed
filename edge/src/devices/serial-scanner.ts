import { ok, type Result, refuse } from '@greengate/contracts/result';
import { SerialPort } from 'serialport';
import type { Clock, Log, Random, Scan, Scanner, Timers } from '../ports.ts';
import { lineCheckMs, reopenDelayMsMax, reopenDelayMsMin } from './limits.ts';
import { ScanDemux, type ScanFrame } from './scan-demux.ts';

export interface SerialScannerOptions {
  readonly path: string;
  /** 9600 from the factory (HARDWARE 1). */
  readonly baudRate: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

export interface SerialScanner extends Scanner {
  /** Whether the port is open; told when it changes. */
  onPresence(listener: (online: boolean) => void): void;
  close(): Promise<void>;
}

/**
 * A scanner on a serial line or USB. A port that is not there, or goes away, is opened again until it is
 * back (THREATS F10); nothing that a port does ends the process.
 */
export function openSerialScanner(options: SerialScannerOptions): SerialScanner {
  return new ReopeningScanner(options);
}

class ReopeningScanner implements SerialScanner {
  readonly #options: SerialScannerOptions;
  readonly #demux = new ScanDemux({ replies: ['gm65'] }, (frame) => this.#hear(frame));
  readonly #scanListeners: ((scan: Result<Scan>) => void)[] = [];
  readonly #presenceListeners: ((online: boolean) => void)[] = [];
  #port: SerialPort | undefined;
  #isOnline = false;
  #isClosed = false;
  #delayMs = reopenDelayMsMin;
  /** Either the next opening or, while open, the next check of the line. */
  #cancelNext: () => void = () => {};

  constructor(options: SerialScannerOptions) {
    this.#options = options;
    this.#open();
  }

  onScan(listener: (scan: Result<Scan>) => void): void {
    this.#scanListeners.push(listener);
  }

  onPresence(listener: (online: boolean) => void): void {
    this.#presenceListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelNext();
    const port = this.#port;
    this.#port = undefined;
    if (port?.isOpen) await new Promise<void>((done) => port.close(() => done()));
  }

  #hear(frame: ScanFrame): void {
    if (frame.kind !== 'code' && frame.kind !== 'noise') return;
    const { at } = frame;
    const scan = frame.kind === 'code' ? ok({ text: frame.text, at }) : refuse(frame.reason);
    for (const listener of this.#scanListeners) listener(scan);
  }

  /** A new object each time: one that was unplugged keeps reads that wait for its next opening. */
  #open(): void {
    const { path, baudRate, clock } = this.#options;
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    this.#port = port;
    port.on('error', (error) => this.#options.log.warn('serial-error', { why: error.message }));
    port.on('data', (chunk: Buffer) => this.#demux.push(chunk, clock.mono()));
    // An end of file is how some drivers say that the line hung up.
    port.on('end', () => this.#hangUp(port));
    port.on('close', () => this.#lost(port, 'closed'));
    port.open((error) => {
      if (error) return this.#lost(port, error.message);
      if (this.#isClosed) return this.#hangUp(port);
      this.#delayMs = reopenDelayMsMin;
      this.#demux.forget();
      this.#tell(true);
      this.#checkLater(port);
    });
  }

  /**
   * serialport 13 misses a hang-up that falls between two polls: from then on it reads no bytes, again and
   * again, at full speed, and never says so. The line itself knows: its settings can no longer be read.
   */
  #checkLater(port: SerialPort): void {
    this.#cancelNext = this.#options.timers.after(lineCheckMs, () => {
      const asked = port.port?.getBaudRate() ?? Promise.reject(new Error('closed'));
      asked.then(
        () => port === this.#port && this.#checkLater(port),
        () => this.#hangUp(port),
      );
    });
  }

  #hangUp(port: SerialPort): void {
    if (!port.isOpen) return;
    port.close((error) => error && this.#lost(port, error.message));
  }

  #lost(port: SerialPort, why: string): void {
    if (this.#isClosed || port !== this.#port) return;
    this.#port = undefined;
    this.#cancelNext();
    if (this.#isOnline) this.#options.log.warn('serial-lost', { why });
    this.#tell(false);
    // Not all the scanners of a hub in the same instant.
    const waitMs = this.#delayMs * (0.5 + this.#options.random.unit() / 2);
    this.#delayMs = Math.min(this.#delayMs * 2, reopenDelayMsMax);
    this.#cancelNext = this.#options.timers.after(waitMs, () => this.#open());
  }

  #tell(online: boolean): void {
    if (online === this.#isOnline) return;
    this.#isOnline = online;
    for (const listener of this.#presenceListeners) listener(online);
  }
}
