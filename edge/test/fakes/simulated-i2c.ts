import { ok, refuse } from '@greengate/contracts/result';
import type { I2cTarget } from '../../../firmware-sim/src/ports.ts';
import type { I2cBus } from '../../src/ports.ts';

/** A bus with register-level models on it: what the kernel's adapter would make of their answers. */
export function simulatedI2c(target: I2cTarget): I2cBus {
  return {
    transfer: async (address, write, readBytes) => {
      const reply = target.transfer(address, write, readBytes);
      if (reply === 'nack') return refuse('thermometer-absent', 'ENXIO');
      if (reply === 'stuck') return refuse('thermometer-bus-stuck', 'ETIMEDOUT');
      return ok(reply);
    },
  };
}
