import { resolve } from 'node:path';
import type { HardwareModule } from '@greengate/tools/hardware-modules';
import { GpioBank } from '../../dist/devices/gpio-bank.js';
import type { I2cTarget } from '../../dist/ports.js';
import { DrivenClient } from '../../hil/fuse/driven-client.ts';
import { noI2cFaults } from '../../hil/fuse/i2c-dev.ts';
import { startRig } from '../../hil/fuse/rig.ts';

const DRIVEN = resolve(import.meta.dirname, '../../dist/hil-fuse/driven.js');
const LIMIT_MS = 120_000;

/** Sixteen registers of two bytes each, low byte first, at one address: enough to see every kind of transfer. */
export class WordRegisters implements I2cTarget {
  readonly words = new Map<number, number>();
  readonly #address: number;

  constructor(address: number) {
    this.#address = address;
  }

  transfer(address: number, write: Uint8Array, readLength: number): Uint8Array | 'nack' {
    if (address !== this.#address) return 'nack';
    const [register = 0, low, high] = write;
    if (low !== undefined && high !== undefined) this.words.set(register, low | (high << 8));
    const word = this.words.get(register) ?? 0xffff;
    return Uint8Array.from({ length: readLength }, (_, at) => [word & 0xff, word >> 8][at] ?? 0xff);
  }
}

/** A rig with the driven program in it; `bank` and `i2c` may outlive it, as hardware does. */
export function startDriven(
  modules: readonly HardwareModule[],
  hardware: Partial<{
    bank: GpioBank;
    target: I2cTarget;
    onRequest(pid: number): void;
    speed: number;
  }> = {},
) {
  const bank = hardware.bank ?? piBank();
  const faults = noI2cFaults();
  const target = hardware.target ?? new WordRegisters(0x5a);
  const rig = startRig({
    bank,
    i2c: { target, faults },
    modules,
    command: [process.execPath, DRIVEN, String(hardware.speed ?? 1)],
    limitMs: LIMIT_MS,
    ...(hardware.onRequest ? { onRequest: hardware.onRequest } : {}),
  });
  let said = '';
  for (const stream of [rig.child.stdout, rig.child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return { rig, bank, faults, client: new DrivenClient(rig.child), said: () => said };
}

export function piBank(): GpioBank {
  return new GpioBank({ label: 'pinctrl-bcm2711', base: 512, lines: 58 });
}
