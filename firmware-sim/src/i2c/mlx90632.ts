import type { I2cReply, I2cTarget } from '../ports.ts';
import { HEALTHY, type SensorFaults, type SensorMeans, spoilt } from './scene.ts';

export interface Mlx90632Faults extends SensorFaults {
  /** Its EEPROM has lost the factory's constants. */
  blank: boolean;
}

/** An MLX90632 as its bus sees it. */
export interface Mlx90632 extends I2cTarget {
  readonly faults: Mlx90632Faults;
  /** Power off and on: it shows in the status register. */
  powerCycle(): void;
}

// Datasheet, memory map: 16-bit registers at 16-bit addresses, high byte first, read on from the last address.
const STATUS = 0x3fff;
const VERSION = 0x240b;
const RAM_4 = 0x4003;
const RESET = 0x3005;
const NEW_DATA = 1 << 0;
const BROWN_OUT = 1 << 8;
const EEPROM_BUSY = 1 << 9;
/** Refresh rate 4 Hz: one of the two halves of the medical table each quarter of a second. */
const HALF_MS = 250;

/** A device that Melexis gives as an example in its driver's tests (mlx90632-library, TestDSP.c). */
const LONGS: readonly (readonly [register: number, value: number])[] = [
  [0x240c, 0x00587f5b],
  [0x240e, 0x04a10289],
  [0x2410, 0xfff966f8],
  [0x2412, 0x00001e0f],
  [0x2424, 4_859_535],
  [0x2426, 5_686_508],
  [0x2428, 53_855_361],
  [0x242a, 42_874_149],
  [0x242c, -14_556_410],
];
const WORDS: readonly (readonly [register: number, value: number])[] = [
  [VERSION, 0x0105],
  [0x242e, 9728],
  [0x242f, 10_752],
  [0x2481, 16_384],
  [0x2482, 0],
];

/** An MLX90632 at register level. Its raw counts are what its own constants make of the scene. */
export function createMlx90632(means: SensorMeans): Mlx90632 {
  return new Mlx90632Model(means);
}

class Mlx90632Model implements Mlx90632 {
  readonly faults: Mlx90632Faults = { ...HEALTHY, blank: false };
  readonly #means: SensorMeans;
  readonly #cells = new Map<number, number>();
  #pointer = 0;
  #poweredAt: number;
  #halves = 0;
  #flags = BROWN_OUT;

  constructor(means: SensorMeans) {
    this.#means = means;
    this.#poweredAt = means.clock.mono();
    for (const [register, value] of WORDS) this.#cells.set(register, value & 0xffff);
    for (const [register, value] of LONGS) {
      this.#cells.set(register, value & 0xffff);
      this.#cells.set(register + 1, (value >> 16) & 0xffff);
    }
  }

  powerCycle(): void {
    this.#poweredAt = this.#means.clock.mono();
    this.#halves = 0;
    this.#flags = BROWN_OUT;
    for (let cell = RAM_4; cell < RAM_4 + 6; cell++) this.#cells.delete(cell);
  }

  transfer(address: number, write: Uint8Array, readBytes: number): I2cReply {
    const { faults } = this;
    if (faults.stuckSda) return 'stuck';
    if (address !== this.#means.address) return 'nack';
    const bad = spoilt(faults, readBytes);
    if (bad !== undefined) return bad;
    this.#measure();
    const [high, low, valueHigh, valueLow] = write;
    if (high !== undefined && low !== undefined) this.#pointer = (high << 8) | low;
    if (valueHigh !== undefined && valueLow !== undefined) {
      this.#set(this.#pointer, (valueHigh << 8) | valueLow);
    }
    const bytes = new Uint8Array(readBytes);
    for (let at = 0; at < readBytes; at += 2) {
      const word = this.#read(this.#pointer);
      this.#pointer = (this.#pointer + 1) & 0xffff;
      bytes[at] = word >> 8;
      if (at + 1 < readBytes) bytes[at + 1] = word & 0xff;
    }
    return bytes;
  }

  #read(register: number): number {
    if (register === STATUS) {
      return this.#flags | (this.faults.eepromBusy ? EEPROM_BUSY : 0) | (this.#position() << 2);
    }
    const isEeprom = register >= 0x2400 && register < 0x2500;
    if (isEeprom && this.faults.blank && register !== VERSION) return 0;
    return this.#cells.get(register) ?? 0;
  }

  #set(register: number, value: number): void {
    if (register === STATUS) this.#flags &= value;
    else if (register === RESET && value === 0x0006) this.powerCycle();
  }

  /** Which half of the table was measured last: 1, 2, or 0 for none yet. */
  #position(): number {
    return this.#halves === 0 ? 0 : ((this.#halves - 1) % 2) + 1;
  }

  #measure(): void {
    if (this.faults.frozen || this.faults.eepromBusy) return;
    const due = Math.floor((this.#means.clock.mono() - this.#poweredAt) / HALF_MS);
    if (due === this.#halves) return;
    const late = Math.min(due - this.#halves, 2);
    for (let half = due - late + 1; half <= due; half++) {
      this.#halves = half;
      this.#store();
    }
    this.#flags |= NEW_DATA;
  }

  /** One half: RAM_4..6 or RAM_7..9, of which the sixth and ninth tell the case's temperature together. */
  #store(): void {
    const { objectCelsius, ambientCelsius } = this.#means.scene();
    const { signal, ambient6, ambient9 } = rawOf(
      objectCelsius + this.#means.noise(),
      ambientCelsius,
    );
    const at = RAM_4 + (this.#position() === 1 ? 0 : 3);
    this.#cells.set(at, signal & 0xffff);
    this.#cells.set(at + 1, signal & 0xffff);
    this.#cells.set(RAM_4 + 2, ambient6 & 0xffff);
    this.#cells.set(RAM_4 + 5, ambient9 & 0xffff);
  }
}

const AMBIENT_9 = 23_030;

/** The counts that this device would have for these temperatures: its datasheet's formulas, backwards. */
export function rawOf(objectCelsius: number, ambientCelsius: number) {
  const P_R = 0x00587f5b / 2 ** 8;
  const P_G = 0x04a10289 / 2 ** 20;
  const P_T = (0xfff966f8 | 0) / 2 ** 44;
  const P_O = 0x1e0f / 2 ** 8;
  // Of the quadratic in AMB - P_R the root near zero: the other one is thousands of degrees away.
  const fall = 1 / P_G;
  const offset = P_O - ambientCelsius;
  const above = (2 * -offset) / (fall + Math.sqrt(fall * fall - 4 * P_T * offset));
  const amb = P_R + above;
  // AMB = part / (RAM_9 + Gb * part) * 2^19, with part = RAM_6 / 12.
  const share = amb / 2 ** 19;
  const ambient6 = Math.round((12 * share * AMBIENT_9) / (1 - share * 9.5));

  const part = ambient6 / 12;
  const seen = (part / (AMBIENT_9 + 9.5 * part)) * 2 ** 19;
  const caseKelvin = (seen - 5_686_508 / 2 ** 8) / (4_859_535 / 2 ** 16) + 25 + 273.15;
  const gain =
    (53_855_361 / 2 ** 46) *
    (1 +
      (-14_556_410 / 2 ** 36) * (objectCelsius - 25) +
      (42_874_149 / 2 ** 36) * (caseKelvin - 273.15 - 25));
  const radiated = (objectCelsius + 273.15) ** 4 - caseKelvin ** 4;
  const reference = AMBIENT_9 + 10.5 * part;
  const signal = Math.round(((radiated * gain) / 2 ** 19) * reference * 12);
  return { signal, ambient6, ambient9: AMBIENT_9 };
}
