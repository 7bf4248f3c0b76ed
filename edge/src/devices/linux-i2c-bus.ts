import { createRequire } from 'node:module';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { I2cBus, Log } from '../ports.ts';

/** What of the package i2c-bus is used; it brings no types. */
interface PackageBus {
  i2cRead(address: number, length: number, buffer: Buffer): Promise<{ bytesRead: number }>;
  i2cWrite(address: number, length: number, buffer: Buffer): Promise<{ bytesWritten: number }>;
  readI2cBlock(
    address: number,
    command: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

export interface LinuxI2cBus extends I2cBus {
  close(): Promise<void>;
}

/** SMBus has blocks of no more (SMBus 6.5.7, I2C_SMBUS_BLOCK_MAX). */
const BLOCK_BYTES_MAX = 32;

// What a controller says of an address that nobody acknowledged, by its driver (Documentation/i2c/fault-codes.rst).
const NOBODY = new Set(['ENXIO', 'EREMOTEIO', 'ENODEV']);
/** Node has no name for EREMOTEIO, which the controllers of a Raspberry Pi say: the package gives the number alone. */
const EREMOTEIO = 121;

/** `/dev/i2c-NUMBER` by the package i2c-bus, loaded when it is first asked: a gateway without I2C starts anywhere. */
export function openLinuxI2cBus(
  number: number,
  log: Log,
  load: (name: string) => unknown = createRequire(import.meta.url),
): LinuxI2cBus {
  let opening: Promise<PackageBus> | undefined;
  // One after the other: a bus that hangs holds one of Node's four threads for it, and not all.
  let tail: Promise<unknown> = Promise.resolve();

  const opened = (): Promise<PackageBus> => {
    opening ??= openPackageBus(number, load).catch((error: unknown) => {
      log.warn('i2c-unavailable', { bus: number, why: codeOf(error) });
      opening = undefined;
      throw error;
    });
    return opening;
  };

  return {
    transfer: (address, write, readBytes) => {
      const turn = tail.then(async () => {
        try {
          return await exchange(await opened(), address, write, readBytes);
        } catch (error) {
          const code = codeOf(error);
          return refuse(NOBODY.has(code) ? 'thermometer-absent' : 'thermometer-bus-stuck', code);
        }
      });
      tail = turn;
      return turn;
    },
    close: async () => {
      await tail;
      const bus = await opening?.catch(() => undefined);
      await bus?.close();
    },
  };
}

async function exchange(
  bus: PackageBus,
  address: number,
  write: Uint8Array,
  readBytes: number,
): Promise<Result<Uint8Array>> {
  const [command] = write;
  // One transfer with a repeated start, which SMBus devices ask for.
  if (
    command !== undefined &&
    write.length === 1 &&
    readBytes > 0 &&
    readBytes <= BLOCK_BYTES_MAX
  ) {
    const block = Buffer.alloc(readBytes);
    const { bytesRead } = await bus.readI2cBlock(address, command, readBytes, block);
    return bytesRead === readBytes ? ok(block) : refuse('thermometer-bus-stuck', 'short read');
  }
  // The package has no combined transfer: the address goes out with a stop behind it, and the device keeps it.
  if (write.length > 0) await bus.i2cWrite(address, write.length, Buffer.from(write));
  const bytes = Buffer.alloc(readBytes);
  if (readBytes === 0) return ok(bytes);
  const { bytesRead } = await bus.i2cRead(address, readBytes, bytes);
  return bytesRead === readBytes ? ok(bytes) : refuse('thermometer-bus-stuck', 'short read');
}

async function openPackageBus(
  number: number,
  load: (name: string) => unknown,
): Promise<PackageBus> {
  const i2c = load('i2c-bus') as { openPromisified(bus: number): Promise<PackageBus> };
  return await i2c.openPromisified(number);
}

function codeOf(error: unknown): string {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  return Math.abs(Number(errno)) === EREMOTEIO ? 'EREMOTEIO' : 'unknown';
}
