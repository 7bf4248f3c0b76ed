import { faultsUntoldCountMax } from '@greengate/contracts/limits';
import { type Result, refuse } from '@greengate/contracts/result';
import type { Measured } from '@greengate/contracts/thermometry/judge';
import type { SiteProfile } from '@greengate/contracts/thermometry/site-profile';
import type { Thermometer, Timers } from '../ports.ts';
import { createJudgedReadings, type JudgedReadings, type PowerClock } from './judged-readings.ts';
import {
  thermometerPendingCountMax,
  thermometerSampleMs,
  thermometerSampleMsMax,
  thermometerSettleMs,
} from './limits.ts';
import type { ThermometerChip } from './thermometer-chip.ts';

export interface I2cThermometerOptions {
  readonly chip: ThermometerChip;
  readonly profile: SiteProfile;
  readonly clock: PowerClock;
  readonly timers: Timers;
}

export interface I2cThermometer extends Thermometer {
  close(): void;
}

/** Asks a sensor four times a second for as long as it is open, whatever becomes of it. */
export function openI2cThermometer(options: I2cThermometerOptions): I2cThermometer {
  const { profile, clock } = options;
  const readings = createJudgedReadings({ profile, watches: 'always' }, clock);
  const loop = new SampleLoop(options, readings);
  loop.run();
  return { onReading: readings.onReading, close: () => loop.close() };
}

class SampleLoop {
  readonly #options: I2cThermometerOptions;
  readonly #readings: JudgedReadings;
  /** When it came to answer; undefined: it is to be greeted first. */
  #startedAt: number | undefined;
  /** How often in a row nobody answered: a sensor that is gone cools down, one that missed a question does not. */
  #absences = 0;
  #pending = 0;
  #isAsking = false;
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(options: I2cThermometerOptions, readings: JudgedReadings) {
    this.#options = options;
    this.#readings = readings;
  }

  run(): void {
    if (this.#isClosed) return;
    const { timers } = this.#options;
    const cancelDeadline = timers.after(thermometerSampleMsMax, () => this.#overdue());
    this.#isAsking = true;
    void this.#ask().then((measured) => {
      cancelDeadline();
      this.#isAsking = false;
      if (this.#isClosed) return;
      this.#take(measured);
      this.#cancel = timers.after(thermometerSampleMs, () => this.run());
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** The bus has not answered: says so until it does. Another question would only wait behind the first one. */
  #overdue(): void {
    if (!this.#isAsking || this.#isClosed) return;
    this.#startedAt = undefined;
    this.#tell(refuse('thermometer-bus-stuck', 'overdue'));
    this.#cancel = this.#options.timers.after(thermometerSampleMs, () => this.#overdue());
  }

  async #ask(): Promise<Result<Measured | 'pending'>> {
    try {
      const { chip, clock } = this.#options;
      if (this.#startedAt === undefined) {
        const started = await chip.start();
        if (!started.ok) return started;
        if (this.#absences > faultsUntoldCountMax) this.#readings.poweredOn();
        this.#absences = 0;
        this.#startedAt = clock.mono();
      }
      return await chip.sample();
    } catch (error) {
      return refuse('thermometer-bus-stuck', String(error));
    }
  }

  #take(measured: Result<Measured | 'pending'>): void {
    if (!measured.ok) {
      const { code } = measured.refusal;
      const isAbsent = code === 'thermometer-absent';
      if (isAbsent) this.#absences += 1;
      // It begins anew, or may have: what it shows next is not settled.
      if (isAbsent || code === 'thermometer-settling') this.#startedAt = undefined;
      this.#tell(measured);
      return;
    }
    if (measured.value === 'pending') {
      this.#pending += 1;
      if (this.#pending > thermometerPendingCountMax) this.#tell(refuse('thermometer-no-data'));
      return;
    }
    this.#pending = 0;
    const { clock } = this.#options;
    const isSettled = clock.mono() - (this.#startedAt ?? clock.mono()) >= thermometerSettleMs;
    this.#tell(isSettled ? { ok: true, value: measured.value } : refuse('thermometer-settling'));
  }

  #tell(measured: Result<Measured>): void {
    this.#readings.sample(measured, this.#options.clock.mono());
  }
}
