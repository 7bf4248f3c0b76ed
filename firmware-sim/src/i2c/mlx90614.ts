import type { I2cReply, I2cTarget } from '../ports.ts';
import { Filter, HEALTHY, type SensorFaults, type SensorMeans, spoilt } from './scene.ts';

export interface Mlx90614Faults extends SensorFaults {
  /** Its PEC comes out with one bit turned. */
  pecWrong: boolean;
  /** It raises the error flag of its object register. */
  errorFlag: boolean;
}

/** An MLX90614 as its bus sees it. */
export interface Mlx90614 extends I2cTarget {
  readonly faults: Mlx90614Faults;
  /** Power off and on: the filters begin anew, the EEPROM stays. */
  powerCycle(): void;
}

// Datasheet 3901090614: RAM addresses, EEPROM opcodes (001x xxxx), read flags.
const RAM_AMBIENT = 0x06;
const RAM_OBJECT_1 = 0x07;
const RAM_OBJECT_2 = 0x08;
const EEPROM = 0x20;
const EEPROM_WORDS = 32;
const READ_FLAGS = 0xf0;
const FLAG_EEPROM_BUSY = 0x80;
/** First data 250 ms after power-on; one measurement a tenth of a second, a quarter of the step each (IIR). */
const FIRST_DATA_MS = 250;
const MEASUREMENT_MS = 100;
const FILTER_SHARE = 0.5;

/** An MLX90614 at register level: SMBus words with PEC, filters that settle, an EEPROM with emissivity and identity. */
export function createMlx90614(means: SensorMeans): Mlx90614 {
  return new Mlx90614Model(means);
}

class Mlx90614Model implements Mlx90614 {
  readonly faults: Mlx90614Faults = { ...HEALTHY, pecWrong: false, errorFlag: false };
  readonly #means: SensorMeans;
  readonly #eeprom = new Uint16Array(EEPROM_WORDS);
  readonly #object = new Filter();
  readonly #ambient = new Filter();
  #poweredAt: number;
  #measured = 0;
  #objectRaw = 0;
  #ambientRaw = 0;

  constructor(means: SensorMeans) {
    this.#means = means;
    this.#poweredAt = means.clock.mono();
    // To max, to min, PWM, TA range, emissivity 1, config, and the SMBus address: factory values of a BAA.
    this.#eeprom.set([0x9993, 0x62e3, 0x0201, 0xf71c, 0xffff, 0x9fb4]);
    this.#eeprom[0x0e] = 0xbe00 | means.address;
    this.#eeprom.set([0x1a2b, 0x3c4d, 0x5e6f, 0x7081], 0x1c);
  }

  powerCycle(): void {
    this.#poweredAt = this.#means.clock.mono();
    this.#measured = 0;
    this.#object.reset();
    this.#ambient.reset();
    this.#objectRaw = 0;
    this.#ambientRaw = 0;
  }

  transfer(address: number, write: Uint8Array, readBytes: number): I2cReply {
    const { faults } = this;
    // A line that is held low stops every transfer, whoever is asked.
    if (faults.stuckSda) return 'stuck';
    if (address !== this.#means.address) return 'nack';
    const bad = spoilt(faults, readBytes);
    if (bad !== undefined) return bad;
    const [command] = write;
    // SMBus only: no command, no word.
    if (command === undefined) return 'nack';
    if (write.length > 1) return this.#write(command, write);
    return this.#read(command, readBytes);
  }

  #read(command: number, readBytes: number): I2cReply {
    const word = this.#word(command);
    if (word === undefined) return 'nack';
    const bytes = new Uint8Array(readBytes).fill(0xff);
    const [lsb, msb] = [word & 0xff, word >> 8];
    const { address } = this.#means;
    const pec = pecOf([address << 1, command, (address << 1) | 1, lsb, msb]);
    bytes.set([lsb, msb, this.faults.pecWrong ? pec ^ 0x10 : pec].slice(0, readBytes));
    return bytes;
  }

  /** Only EEPROM cells, and only with a PEC that is right: anything else is not acknowledged. */
  #write(command: number, write: Uint8Array): I2cReply {
    const [, lsb = 0, msb = 0, pec] = write;
    const cell = command - EEPROM;
    if (cell < 0 || cell >= EEPROM_WORDS || write.length !== 4) return 'nack';
    if (pec !== pecOf([this.#means.address << 1, command, lsb, msb])) return 'nack';
    this.#eeprom[cell] = lsb | (msb << 8);
    return new Uint8Array(0);
  }

  #word(command: number): number | undefined {
    if (command === READ_FLAGS) return this.faults.eepromBusy ? FLAG_EEPROM_BUSY : 0;
    if (command >= EEPROM && command < EEPROM + EEPROM_WORDS) return this.#eeprom[command - EEPROM];
    this.#measure();
    if (command === RAM_AMBIENT) return this.#ambientRaw;
    if (command === RAM_OBJECT_1 || command === RAM_OBJECT_2) {
      return this.faults.errorFlag ? this.#objectRaw | 0x8000 : this.#objectRaw;
    }
    return undefined;
  }

  /** Catches up with the measurements that were due since the last look. */
  #measure(): void {
    const since = this.#means.clock.mono() - this.#poweredAt - FIRST_DATA_MS;
    if (since < 0 || this.faults.frozen || this.faults.eepromBusy) return;
    const due = Math.floor(since / MEASUREMENT_MS) + 1;
    const { objectCelsius, ambientCelsius } = this.#means.scene();
    // A filter that was let run for long has arrived.
    const steps = Math.min(due - this.#measured, 64);
    this.#measured = due;
    for (let step = 0; step < steps; step++) {
      const share = FILTER_SHARE;
      this.#ambientRaw = rawOf(this.#ambient.step(ambientCelsius, ambientCelsius, share));
      const object = this.#object.step(objectCelsius, ambientCelsius, share);
      this.#objectRaw = rawOf(object + this.#means.noise());
    }
  }
}

/** Steps of 0.02 K, in the range that the chip can show. */
function rawOf(celsius: number): number {
  return Math.max(0, Math.min(0x7fff, Math.round((celsius + 273.15) / 0.02)));
}

/** CRC-8, polynomial x^8 + x^2 + x + 1, by long division of the whole message. */
function pecOf(message: readonly number[]): number {
  let remainder = 0;
  for (let bit = 0; bit < message.length * 8 + 8; bit++) {
    const next = ((message[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
    remainder = (remainder << 1) | next;
    if (remainder & 0x100) remainder ^= 0x107;
  }
  return remainder;
}
