import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { Measured } from '@greengate/contracts/thermometry/judge';
import type { I2cBus } from '../ports.ts';
import { ambientCelsius, type Mlx90632Constants, objectCelsius } from './mlx90632-formula.ts';
import type { ThermometerChip } from './thermometer-chip.ts';

// Registers of 16 bits at addresses of 16 bits, both with the high byte first (datasheet, memory map).
const VERSION = 0x240b;
const CONSTANTS = 0x240c;
const CONSTANTS_WORDS = 36;
const CUSTOMER = 0x2481;
const STATUS = 0x3fff;
/** RAM_4 to RAM_9: both measurements of the medical table. */
const MEASUREMENTS = 0x4003;

const DSP_VERSION = 0x05;
const NEW_DATA = 1 << 0;
const RESET_SEEN = 1 << 8;
const EEPROM_BUSY = 1 << 9;

/**
 * Melexis MLX90632 in its medical range. It has no PEC: what comes back is held against its version, its constants and
 * the plain sense of what they give.
 */
export function createMlx90632(bus: I2cBus, address: number): ThermometerChip {
  const registers = createRegisters(bus, address);
  let constants: Mlx90632Constants | undefined;
  return {
    start: async () => {
      const flags = await registers.status();
      if (!flags.ok) return flags;
      const read = await readConstants(registers);
      if (!read.ok) return read;
      constants = read.value;
      // From here on a reset shows: the chip clears nothing of it by itself.
      return registers.setStatus(flags.value & ~(RESET_SEEN | NEW_DATA));
    },
    sample: async () => {
      if (!constants) return refuse('thermometer-unsuitable');
      const flags = await registers.status();
      if (!flags.ok) return flags;
      if (flags.value & RESET_SEEN) return refuse('thermometer-settling');
      const position = (flags.value >> 2) & 0x1f;
      if (!(flags.value & NEW_DATA) || (position !== 1 && position !== 2)) return ok('pending');
      const ram = await readMeasurements(registers, flags.value);
      if (!ram.ok) return ram;
      return ram.value === 'pending' ? ok('pending') : measuredOf(ram.value, position, constants);
    },
  };
}

interface Registers {
  read(register: number, words: number): Promise<Result<DataView<ArrayBufferLike>>>;
  /** `thermometer-busy` while the chip is at its EEPROM. */
  status(): Promise<Result<number>>;
  setStatus(flags: number): Promise<Result<void>>;
}

function createRegisters(bus: I2cBus, address: number): Registers {
  const read: Registers['read'] = async (register, words) => {
    const block = await bus.transfer(address, Uint8Array.of(register >> 8, register), words * 2);
    if (!block.ok) return block;
    const { buffer, byteOffset, byteLength } = block.value;
    if (byteLength !== words * 2) return refuse('thermometer-bus-stuck', 'short read');
    // Ones throughout: no register of ours, and no run of constants, looks like that.
    if (block.value.every((byte) => byte === 0xff)) return refuse('thermometer-bus-dead');
    return ok(new DataView(buffer, byteOffset, byteLength));
  };
  return {
    read,
    status: async () => {
      const word = await read(STATUS, 1);
      if (!word.ok) return word;
      const flags = word.value.getUint16(0);
      return flags & EEPROM_BUSY ? refuse('thermometer-busy') : ok(flags);
    },
    setStatus: async (flags) => {
      const write = Uint8Array.of(STATUS >> 8, STATUS, flags >> 8, flags);
      const written = await bus.transfer(address, write, 0);
      return written.ok ? ok(undefined) : written;
    },
  };
}

async function readConstants({ read }: Registers): Promise<Result<Mlx90632Constants>> {
  const version = await read(VERSION, 1);
  if (!version.ok) return version;
  if ((version.value.getUint16(0) & 0xff) !== DSP_VERSION) return refuse('thermometer-unsuitable');
  const factory = await read(CONSTANTS, CONSTANTS_WORDS);
  if (!factory.ok) return factory;
  const customer = await read(CUSTOMER, 2);
  if (!customer.ok) return customer;
  const constants = constantsOf(factory.value, customer.value);
  return isSensible(constants) ? ok(constants) : refuse('thermometer-unsuitable');
}

async function readMeasurements(
  { read, status, setStatus }: Registers,
  flags: number,
): Promise<Result<DataView<ArrayBufferLike> | 'pending'>> {
  const cleared = await setStatus(flags & ~NEW_DATA);
  if (!cleared.ok) return cleared;
  const ram = await read(MEASUREMENTS, 6);
  if (!ram.ok) return ram;
  const after = await status();
  if (!after.ok) return after;
  // It measured again meanwhile: what was read may be half of each.
  return after.value & NEW_DATA ? ok('pending') : ram;
}

function measuredOf(
  ram: DataView<ArrayBufferLike>,
  position: number,
  constants: Mlx90632Constants,
): Result<Measured> {
  const first = (ram.getInt16(0) + ram.getInt16(2)) / 2;
  const second = (ram.getInt16(6) + ram.getInt16(8)) / 2;
  const raw = {
    ...(position === 1
      ? { objectNewer: first, objectOlder: second }
      : { objectNewer: second, objectOlder: first }),
    ambient6: ram.getInt16(4),
    ambient9: ram.getInt16(10),
  };
  const objectCentiC = Math.round(objectCelsius(raw, constants) * 100);
  const ambientCentiC = Math.round(ambientCelsius(raw, constants) * 100);
  return Number.isFinite(objectCentiC) && Number.isFinite(ambientCentiC)
    ? ok({ objectCentiC, ambientCentiC })
    : refuse('temperature-invalid');
}

/** Of 32 bits the low word lies at the lower address. */
function constantsOf(factory: DataView, customer: DataView): Mlx90632Constants {
  const long = (register: number) => {
    const at = (register - CONSTANTS) * 2;
    return (factory.getInt16(at + 2) << 16) | factory.getUint16(at);
  };
  const word = (register: number) => factory.getInt16((register - CONSTANTS) * 2);
  return {
    P_R: long(0x240c),
    P_G: long(0x240e),
    P_T: long(0x2410),
    P_O: long(0x2412),
    Ea: long(0x2424),
    Eb: long(0x2426),
    Fa: long(0x2428),
    Fb: long(0x242a),
    Ga: long(0x242c),
    Gb: word(0x242e),
    Ka: word(0x242f),
    Ha: customer.getInt16(0),
    Hb: customer.getInt16(2),
  };
}

/** What is divided by, and what a blank EEPROM leaves empty. */
function isSensible({ P_G, Ea, Fa, Ha, Gb, Ka }: Mlx90632Constants): boolean {
  return P_G > 0 && Ea > 0 && Fa > 0 && Ha > 0 && Gb > 0 && Ka > 0;
}
