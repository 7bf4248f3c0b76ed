import type { I2cTarget } from '../../dist/ports.js';
import { Errno } from './errno.ts';
import type { CallerMemory, FileNode, OpenFile } from './tree.ts';

/** Faults of the bus and its adapter. Each stands until it is taken back. */
export interface I2cFaults {
  /** Addresses at which nobody is, whatever the model says. */
  readonly absent: Set<number>;
  /** Addresses that a driver of the kernel has taken: EBUSY at I2C_SLAVE. */
  readonly taken: Set<number>;
  /** SDA is held low: every transfer ends with ETIMEDOUT. */
  isStuck: boolean;
  /** So many reads more come with one bit flipped in their first byte, as noise does: a PEC shows it. */
  readsToCorrupt: number;
  /** What the adapter calls an address without an answer: bcm2835 and RP1 say EREMOTEIO, others ENXIO. */
  nack: 'EREMOTEIO' | 'ENXIO';
}

export function noI2cFaults(): I2cFaults {
  return {
    ...{ absent: new Set(), taken: new Set(), isStuck: false, readsToCorrupt: 0 },
    nack: 'EREMOTEIO',
  };
}

/** linux/i2c-dev.h and linux/i2c.h. */
const IOCTL = { slave: 0x0703, slaveForce: 0x0706, functions: 0x0705, rdwr: 0x0707, smbus: 0x0720 };
const SIZE = { quick: 0, byte: 1, byteData: 2, wordData: 3, blockData: 5, i2cBlockData: 8 };
const I2C_M_RD = 1;
const RETRIES_TIMEOUT_TENBIT_PEC = [0x0701, 0x0702, 0x0704, 0x0708];
/** Plain I2C and every SMBus transfer that is served here. */
const FUNCTIONS = 0x0eff_0001n;
const BLOCK_BYTES_MAX = 32;
const MESSAGES_MAX = 42;
const MESSAGE_BYTES_MAX = 8192;
const NOTHING = new Uint8Array();

/** /dev/i2c-N on a 64-bit machine: the adapter between i2c-dev's calls and what answers on the bus. */
export function i2cDevice(target: I2cTarget, faults: I2cFaults): FileNode {
  return { kind: 'file', open: () => new OpenBus(target, faults) };
}

class OpenBus implements OpenFile {
  readonly #target: I2cTarget;
  readonly #faults: I2cFaults;
  #address = 0;

  constructor(target: I2cTarget, faults: I2cFaults) {
    this.#target = target;
    this.#faults = faults;
  }

  read(_offset: number, size: number): Uint8Array {
    return this.#transfer(this.#address, NOTHING, Math.min(size, MESSAGE_BYTES_MAX));
  }

  write(bytes: Uint8Array): void {
    this.#transfer(this.#address, bytes, 0);
  }

  ioctl(command: number, argument: bigint, memory: CallerMemory): number {
    if (command === IOCTL.slave || command === IOCTL.slaveForce) {
      if (argument > 0x7fn) throw new Errno('EINVAL');
      const isTaken = this.#faults.taken.has(Number(argument));
      if (isTaken && command === IOCTL.slave) throw new Errno('EBUSY');
      this.#address = Number(argument);
    } else if (command === IOCTL.functions) {
      const answer = Buffer.alloc(8);
      answer.writeBigUInt64LE(FUNCTIONS);
      memory.write(argument, answer);
    } else if (command === IOCTL.smbus) {
      this.#smbus(memory, memory.read(argument, 16));
    } else if (command === IOCTL.rdwr) {
      return this.#messages(memory, memory.read(argument, 16));
    } else if (!RETRIES_TIMEOUT_TENBIT_PEC.includes(command)) {
      throw new Errno('ENOTTY');
    }
    return 0;
  }

  close(): void {}

  #smbus(memory: CallerMemory, request: Buffer): void {
    const isRead = request.readUInt8(0) === 1;
    const command = request.readUInt8(1);
    const size = request.readUInt32LE(4);
    const data = request.readBigUInt64LE(8);
    if (size === SIZE.quick) {
      this.#transfer(this.#address, NOTHING, 0);
    } else if (size === SIZE.byte && !isRead) {
      this.#transfer(this.#address, Uint8Array.of(command), 0);
    } else if (isRead) {
      const register = size === SIZE.byte ? NOTHING : Uint8Array.of(command);
      memory.write(
        data,
        this.#smbusRead(register, size, () => memory.read(data, 1).readUInt8(0)),
      );
    } else {
      const value = smbusPayload(size, memory.read(data, payloadBytes(size)));
      this.#transfer(this.#address, Uint8Array.of(command, ...value), 0);
    }
  }

  /** What is written back into the caller's union: a byte, a word, or a block with its length before it. */
  #smbusRead(register: Uint8Array, size: number, asked: () => number): Uint8Array {
    if (size === SIZE.byte || size === SIZE.byteData) {
      return this.#transfer(this.#address, register, 1);
    }
    if (size === SIZE.wordData) return this.#transfer(this.#address, register, 2);
    if (size === SIZE.i2cBlockData) {
      const length = blockLength(asked());
      return Uint8Array.of(length, ...this.#transfer(this.#address, register, length));
    }
    if (size === SIZE.blockData) {
      const block = this.#transfer(this.#address, register, 1 + BLOCK_BYTES_MAX);
      return block.subarray(0, 1 + blockLength(block[0] ?? 0));
    }
    throw new Errno('EOPNOTSUPP');
  }

  #messages(memory: CallerMemory, request: Buffer): number {
    const count = request.readUInt32LE(8);
    if (count > MESSAGES_MAX) throw new Errno('EINVAL');
    const list = memory.read(request.readBigUInt64LE(0), 16 * count);
    let written: { readonly address: number; readonly bytes: Buffer } | undefined;
    for (let at = 0; at < list.length; at += 16) {
      const address = list.readUInt16LE(at);
      const isRead = (list.readUInt16LE(at + 2) & I2C_M_RD) !== 0;
      const length = list.readUInt16LE(at + 4);
      const buffer = list.readBigUInt64LE(at + 8);
      if (length > MESSAGE_BYTES_MAX) throw new Errno('EINVAL');
      if (written && (!isRead || written.address !== address)) {
        this.#transfer(written.address, written.bytes, 0);
        written = undefined;
      }
      if (isRead) {
        memory.write(buffer, this.#transfer(address, written?.bytes ?? NOTHING, length));
        written = undefined;
      } else {
        written = { address, bytes: memory.read(buffer, length) };
      }
    }
    if (written) this.#transfer(written.address, written.bytes, 0);
    return count;
  }

  #transfer(address: number, write: Uint8Array, readLength: number): Uint8Array {
    const faults = this.#faults;
    if (faults.isStuck) throw new Errno('ETIMEDOUT');
    const answer = faults.absent.has(address)
      ? 'nack'
      : this.#target.transfer(address, write, readLength);
    if (answer === 'nack') throw new Errno(faults.nack);
    if (answer === 'stuck') throw new Errno('ETIMEDOUT');
    if (answer.length !== readLength)
      throw new RangeError(`${answer.length} of ${readLength} bytes`);
    if (readLength === 0 || faults.readsToCorrupt === 0) return answer;
    faults.readsToCorrupt -= 1;
    const corrupt = Uint8Array.from(answer);
    corrupt[0] = (corrupt[0] ?? 0) ^ 0x10;
    return corrupt;
  }
}

function payloadBytes(size: number): number {
  if (size === SIZE.byteData) return 1;
  if (size === SIZE.wordData) return 2;
  if (size === SIZE.blockData || size === SIZE.i2cBlockData) return 1 + BLOCK_BYTES_MAX;
  throw new Errno('EOPNOTSUPP');
}

/** What goes over the wire of a union: of an I2C block, its length does not. */
function smbusPayload(size: number, union: Buffer): Uint8Array {
  if (size === SIZE.byteData || size === SIZE.wordData) return union;
  const end = 1 + blockLength(union.readUInt8(0));
  return union.subarray(size === SIZE.blockData ? 0 : 1, end);
}

function blockLength(length: number): number {
  if (length < 1 || length > BLOCK_BYTES_MAX) throw new Errno('EINVAL');
  return length;
}
