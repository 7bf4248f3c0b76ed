import type { ReasonCode } from '@greengate/contracts/refusals';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { Clock, DeviceHealth, Log, Random, Scan, Scanner, Timers } from '../ports.ts';
import type { OpenByteLine } from './byte-line.ts';
import {
  garbledLinesCountMax,
  heartbeatMs,
  heartbeatsMissedCountMax,
  reopenDelayMsMax,
  reopenDelayMsMin,
  searchAgainMsMax,
  searchAgainMsMin,
  settingsCheckMs,
  triggerAgainMs,
} from './limits.ts';
import { Naps } from './naps.ts';
import { SameCode } from './same-code.ts';
import type { ScanFormat, ScanFrame } from './scan-demux.ts';
import type { ScannerDialect, ScannerNeeds } from './scanner-dialect.ts';
import { provision } from './scanner-provision.ts';
import { type Found, findScanner } from './scanner-search.ts';
import type { ScannerSession } from './scanner-session.ts';

export interface ScannerSettings {
  /** `auto`: whoever answers; and nobody answering, a plain line. */
  readonly dialect: 'auto' | ScannerDialect['name'];
  /** 9600 from the factory (HARDWARE 1); looked for at others when nobody answers. */
  readonly baudRate: number;
  readonly needs: ScannerNeeds;
  readonly format: Omit<ScanFormat, 'replies'>;
}

export interface ScannerOptions extends ScannerSettings {
  readonly open: OpenByteLine;
  /** For the log. */
  readonly lane: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

export interface DrivenScanner extends Scanner, DeviceHealth {
  /** Whether codes can come: told when it changes. */
  onPresence(listener: (online: boolean) => void): void;
  close(): Promise<void>;
}

/**
 * A scanner on a line: found, set up, asked whether it is still there, and found anew when it is not. A port that is not
 * there, or goes away, is opened again until it is back (THREATS F10); codes are told whatever else is wrong.
 */
export function driveScanner(options: ScannerOptions): DrivenScanner {
  const driver = new ScannerDriver(options);
  driver.start();
  return driver;
}

class ScannerDriver implements DrivenScanner {
  readonly #options: ScannerOptions;
  readonly #naps: Naps;
  readonly #sameCode: SameCode;
  readonly #scanListeners: ((scan: Result<Scan>) => void)[] = [];
  readonly #presenceListeners: ((online: boolean) => void)[] = [];
  #session: ScannerSession | undefined;
  /** Whoever answered last, and at which speed. */
  #known: { readonly dialect: ScannerDialect; readonly baudRate: number } | undefined;
  #fault: ReasonCode | undefined;
  #isOnline = false;
  #isClosed = false;
  #isServing = false;
  #garbledCount = 0;
  #searchAgainMs = searchAgainMsMin;
  #codesCount = 0;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#naps = new Naps(options.timers);
    this.#sameCode = new SameCode(options.needs.sameCodeMs);
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      this.#options.log.error('scanner-bug', { lane: this.#options.lane, why: String(error) });
    });
  }

  onScan(listener: (scan: Result<Scan>) => void): void {
    this.#scanListeners.push(listener);
  }

  onPresence(listener: (online: boolean) => void): void {
    this.#presenceListeners.push(listener);
  }

  health(): { readonly online: boolean; readonly fault: ReasonCode | undefined } {
    return { online: this.#isOnline, fault: this.#fault };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#naps.wakeAll();
    const session = this.#session;
    session?.tell(this.#known?.dialect.readsWhenTold ? this.#known.dialect.triggerOff : undefined);
    await session?.close();
  }

  async #run(): Promise<void> {
    let delayMs = reopenDelayMsMin;
    while (!this.#isClosed) {
      const opened = await this.#life();
      if (this.#isClosed) return;
      this.#tell(false);
      if (opened) delayMs = reopenDelayMsMin;
      // Not all the scanners of a hub in the same instant.
      await this.#naps.sleep(delayMs * (0.5 + this.#options.random.unit() / 2));
      delayMs = Math.min(delayMs * 2, reopenDelayMsMax);
    }
  }

  /** From the opening of the port to its end; false where it could not be opened. */
  async #life(): Promise<boolean> {
    let found: Found;
    try {
      found = await findScanner({
        ...this.#options,
        known: this.#known,
        onSession: (session) => this.#take(session),
        onFrame: (frame) => this.#hear(frame),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#isClosed) this.#setFault(faultOf(why), why);
      return false;
    }
    this.#isServing = true;
    if (found.hasAnswered) this.#garbledCount = 0;
    const ended = await this.#serve(found);
    this.#isServing = false;
    const { goneWhy } = found.session;
    await found.session.close();
    if (this.#isClosed) return true;
    if (ended !== undefined) this.#setFault(ended, goneWhy ?? 'no answer');
    return true;
  }

  /** A session that is opened while the driver is closed ends at once. */
  #take(session: ScannerSession): void {
    this.#session = session;
    if (this.#isClosed) void session.close();
  }

  /** Answers why it is over. */
  async #serve({ session, dialect, hasAnswered }: Found): Promise<ReasonCode | undefined> {
    const { log, lane } = this.#options;
    if (session.goneWhy !== undefined) return 'scanner-lost';
    if (!hasAnswered) return this.#serveMute(session, dialect);
    log.info('scanner-found', { lane, dialect: dialect.name, baudRate: session.baudRate });
    this.#known = { dialect, baudRate: session.baudRate };
    this.#searchAgainMs = searchAgainMsMin;
    // Codes count from here on, also of a scanner that does not take its settings.
    this.#tell(true);
    return this.#serveAnswering(session, dialect);
  }

  async #serveAnswering(
    session: ScannerSession,
    dialect: ScannerDialect,
  ): Promise<ReasonCode | undefined> {
    const { clock } = this.#options;
    const canCheck = dialect.settings(this.#options.needs).every(({ read }) => read !== undefined);
    const trigger = this.#triggering(session, dialect);
    let checkAt = Number.NEGATIVE_INFINITY;
    let missed = 0;
    while (session.goneWhy === undefined && missed < heartbeatsMissedCountMax) {
      if (clock.mono() >= checkAt) {
        await this.#setUp(session, dialect);
        checkAt = canCheck ? clock.mono() + settingsCheckMs : Number.POSITIVE_INFINITY;
      }
      trigger();
      await session.sleep(missed === 0 ? heartbeatMs : 0);
      missed = (await this.#isThere(session, dialect)) ? 0 : missed + 1;
    }
    // The port stands, and nobody behind it answers.
    return session.goneWhy === undefined ? 'scanner-silent' : 'scanner-lost';
  }

  async #isThere(session: ScannerSession, { whoIsThere }: ScannerDialect): Promise<boolean> {
    const isQuiet = this.#options.clock.mono() - session.heardAt >= heartbeatMs;
    if (!isQuiet || whoIsThere === undefined) return true;
    return (await session.ask(whoIsThere)) !== undefined;
  }

  async #setUp(session: ScannerSession, dialect: ScannerDialect): Promise<void> {
    const { log, lane, needs } = this.#options;
    const { changed, refused, isSilent } = await provision(session, dialect, needs);
    if (session.goneWhy !== undefined || isSilent) return;
    if (changed.length > 0 && dialect.settings(needs).some(({ read }) => read !== undefined)) {
      log.info('scanner-set-up', { lane, changed: changed.join(' ') });
    }
    this.#setFault(refused === undefined ? undefined : 'scanner-settings-refused', refused ?? '');
  }

  /** A line on which nobody answers: a scanner that cannot, or one that reads and does not hear. */
  async #serveMute(
    session: ScannerSession,
    dialect: ScannerDialect,
  ): Promise<ReasonCode | undefined> {
    const { clock, dialect: asked, log, lane } = this.#options;
    const isExpected = this.#known !== undefined || dialect.whoIsThere !== undefined;
    if (!isExpected) {
      log.info('scanner-found', { lane, dialect: dialect.name, baudRate: session.baudRate });
    }
    this.#beginMute(isExpected);
    if (this.#known === undefined) this.#tell(true);
    const trigger = this.#triggering(session, dialect);
    const codesBefore = this.#codesCount;
    const searchMs = this.#known === undefined ? this.#searchAgainMs : searchAgainMsMin;
    let searchAt = clock.mono() + searchMs;
    while (session.goneWhy === undefined) {
      trigger();
      await session.sleep(heartbeatMs);
      const isReading = this.#codesCount > codesBefore && this.#garbledCount === 0;
      this.#judgeMute(isReading && isExpected);
      if (clock.mono() < searchAt || (asked !== 'auto' && !isExpected)) continue;
      searchAt = clock.mono() + searchMs;
      if (isReading && !(await this.#hears(session, dialect))) continue;
      this.#searchAgainMs = Math.min(this.#searchAgainMs * 2, searchAgainMsMax);
      return undefined;
    }
    return 'scanner-lost';
  }

  /** Garbage is the better clue than that nobody answers: it stands until a code comes. */
  #beginMute(isExpected: boolean): void {
    if (this.#fault === 'scanner-garbled') return;
    this.#setFault(isExpected ? 'scanner-silent' : undefined, 'no answer');
  }

  #judgeMute(isReadingAndSilent: boolean): void {
    if (isReadingAndSilent) {
      this.#tell(true);
      this.#setFault('scanner-silent', 'codes and no answer');
    } else if (this.#garbledCount >= garbledLinesCountMax) {
      this.#setFault('scanner-garbled', 'noise');
    }
  }

  /** It reads, so it is there, and a search at other speeds would only disturb it. */
  async #hears(session: ScannerSession, dialect: ScannerDialect): Promise<boolean> {
    const { whoIsThere } = this.#known?.dialect ?? dialect;
    return whoIsThere !== undefined && (await session.ask(whoIsThere)) !== undefined;
  }

  /** Tells a scanner that reads only when told to, while nothing comes of the last time. */
  #triggering(session: ScannerSession, dialect: ScannerDialect): () => void {
    const { clock } = this.#options;
    if (!dialect.readsWhenTold) return () => {};
    let codes = this.#codesCount;
    let toldAt = Number.NEGATIVE_INFINITY;
    return () => {
      if (codes === this.#codesCount && clock.mono() - toldAt < triggerAgainMs) return;
      codes = this.#codesCount;
      toldAt = clock.mono();
      session.tell(dialect.triggerOn);
    };
  }

  #hear(frame: ScanFrame): void {
    switch (frame.kind) {
      case 'code': {
        const { text, at } = frame;
        this.#codesCount += 1;
        this.#judge(text);
        if (this.#sameCode.isNew(text, at)) this.#scan(ok({ text, at }));
        return;
      }
      case 'noise':
        this.#garbledCount += 1;
        // While it is looked for at other speeds, noise is what comes.
        if (this.#isServing) this.#scan(refuse(frame.reason));
        return;
      case 'read-fail':
        this.#codesCount += 1;
        return;
      default:
    }
  }

  /** Another line speed makes Chinese of some of its garbage, and never a line of ASCII. */
  #judge(text: string): void {
    if (!/^[\x20-\x7e]+$/.test(text)) {
      this.#garbledCount += 1;
      return;
    }
    this.#garbledCount = 0;
    if (this.#fault === 'scanner-garbled') this.#setFault(undefined);
  }

  #scan(scan: Result<Scan>): void {
    for (const listener of this.#scanListeners) listener(scan);
  }

  #setFault(fault: ReasonCode | undefined, why = ''): void {
    if (fault === this.#fault) return;
    const { log, lane } = this.#options;
    this.#fault = fault;
    if (fault === undefined) log.info('scanner-well', { lane });
    else log.warn('scanner-fault', { lane, reason: fault, why });
  }

  #tell(online: boolean): void {
    if (online === this.#isOnline) return;
    this.#isOnline = online;
    for (const listener of this.#presenceListeners) listener(online);
  }
}

function faultOf(why: string): ReasonCode {
  if (/lock/i.test(why)) return 'scanner-port-taken';
  if (/permission|EACCES/i.test(why)) return 'scanner-port-denied';
  return 'scanner-lost';
}
