import type { Clock } from '../ports.ts';

/** What is before a sensor and around it, degrees Celsius. */
export interface Scene {
  readonly objectCelsius: number;
  readonly ambientCelsius: number;
}

/** What every infrared sensor of ours is made from. */
export interface SensorMeans {
  readonly address: number;
  readonly clock: Pick<Clock, 'mono'>;
  /** What it looks at, at this moment. */
  readonly scene: () => Scene;
  /** Degrees of noise of one measurement, around 0. */
  readonly noise: () => number;
}

/** What can be wrong with any of them; set and unset while it runs. */
export interface SensorFaults {
  /** Unplugged, or without power. */
  absent: boolean;
  /** It holds the data line low: every transfer on the bus times out. */
  stuckSda: boolean;
  /** Nobody drives the data line: all ones. */
  deadBus: boolean;
  /** Its measurement hangs at what it saw last. */
  frozen: boolean;
  /** It is at its EEPROM and measures nothing. */
  eepromBusy: boolean;
}

export const HEALTHY: SensorFaults = {
  absent: false,
  stuckSda: false,
  deadBus: false,
  frozen: false,
  eepromBusy: false,
};

/** A reply as the wire spoils it. */
export function spoilt(
  faults: SensorFaults,
  readBytes: number,
): Uint8Array | 'nack' | 'stuck' | undefined {
  if (faults.stuckSda) return 'stuck';
  if (faults.absent) return 'nack';
  return faults.deadBus ? new Uint8Array(readBytes).fill(0xff) : undefined;
}

/** First-order filter towards what is seen, stepped once a measurement; starts from the case's own temperature. */
export class Filter {
  #value: number | undefined;

  step(target: number, from: number, share: number): number {
    this.#value = (this.#value ?? from) + (target - (this.#value ?? from)) * share;
    return this.#value;
  }

  reset(): void {
    this.#value = undefined;
  }
}
