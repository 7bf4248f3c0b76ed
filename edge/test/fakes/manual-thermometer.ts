import { ok } from '@greengate/contracts/result';
import { readTemperature } from '@greengate/contracts/wire/temperature';
import type { Reading, Thermometer } from '../../src/ports.ts';
import { realClock } from './real-time.ts';

/** A thermometer of a test: says what it is told to, in the texts of a real one. */
export class ManualThermometer implements Thermometer {
  readonly #listeners: ((reading: Reading) => void)[] = [];
  readonly thermometer = this;

  onReading(listener: (reading: Reading) => void): void {
    this.#listeners.push(listener);
  }

  say(text: string): void {
    const read = readTemperature(`{"celsius":${text}}`);
    const reading = { centiC: read.ok ? ok(read.value.objectCentiC) : read, at: this.mono() };
    for (const listener of this.#listeners) listener(reading);
  }

  measure(celsius: number): void {
    this.say(String(celsius));
  }

  mono(): Reading['at'] {
    return realClock.mono();
  }

  async close(): Promise<void> {
    this.#listeners.length = 0;
  }
}
