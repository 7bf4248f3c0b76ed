import type { Result } from '@greengate/contracts/result';
import type { Measured } from '@greengate/contracts/thermometry/judge';

/** An infrared sensor on a bus: how to greet it and how to read it. Neither waits for anything but the bus. */
export interface ThermometerChip {
  /** Once it answers, and again whenever it may have lost its power: reads what does not change. */
  start(): Promise<Result<void>>;
  /** `pending`: it has measured nothing new since it was asked last. */
  sample(): Promise<Result<Measured | 'pending'>>;
}

/** CRC-8 with the polynomial 0x07, as SMBus has it (PEC). */
export function crc8(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}
