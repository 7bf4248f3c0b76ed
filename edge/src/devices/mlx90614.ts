import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { I2cBus } from '../ports.ts';
import { crc8, type ThermometerChip } from './thermometer-chip.ts';

const AMBIENT = 0x06;
const OBJECT_1 = 0x07;
const ERROR_FLAG = 0x8000;
const DEAD_BUS = 0xffff;
/** A word and its PEC. The adapter never checks it for us, so it is read as a block of three. */
const WORD_BYTES = 3;

/** Melexis MLX90614: Read Word with PEC, 0.02 K a step, bit 15 is an error flag (HARDWARE 2). */
export function createMlx90614(bus: I2cBus, address: number): ThermometerChip {
  const read = async (command: number): Promise<Result<number>> => {
    const block = await bus.transfer(address, Uint8Array.of(command), WORD_BYTES);
    return block.ok ? readWord(address, command, block.value) : block;
  };
  return {
    start: async () => {
      const greeted = await read(AMBIENT);
      return greeted.ok ? ok(undefined) : greeted;
    },
    sample: async () => {
      const object = await read(OBJECT_1);
      if (!object.ok) return object;
      const ambient = await read(AMBIENT);
      if (!ambient.ok) return ambient;
      return ok({ objectCentiC: centiCOf(object.value), ambientCentiC: centiCOf(ambient.value) });
    },
  };
}

/** The word of a Read Word's three bytes. Anything that is not whole is refused by what is wrong with it. */
export function readWord(address: number, command: number, block: Uint8Array): Result<number> {
  const [lsb, msb, pec] = block;
  if (lsb === undefined || msb === undefined || pec === undefined || block.length !== WORD_BYTES) {
    return refuse('thermometer-pec-wrong');
  }
  const word = lsb | (msb << 8);
  // A line that nobody pulls down reads ones, also where the PEC would stand.
  if (word === DEAD_BUS) return refuse('thermometer-bus-dead');
  if (crc8([address << 1, command, (address << 1) | 1, lsb, msb]) !== pec) {
    return refuse('thermometer-pec-wrong');
  }
  return word & ERROR_FLAG ? refuse('thermometer-sensor-error') : ok(word);
}

/** Steps of 0.02 K as hundredths of a degree Celsius. */
function centiCOf(word: number): number {
  return word * 2 - 27_315;
}
