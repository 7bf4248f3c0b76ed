import { ok, type Result } from '@greengate/contracts/result';
import type { HardwareModule } from '@greengate/tools/hardware-modules';
import { afterAll } from 'vitest';
import { createMlx90614 } from '../../../edge/src/devices/mlx90614.ts';
import { createMlx90632 } from '../../../edge/src/devices/mlx90632.ts';
import type { ThermometerChip } from '../../../edge/src/devices/thermometer-chip.ts';
import type { I2cBus } from '../../../edge/src/ports.ts';
import { plainProfile, startI2cLane } from '../../../edge/test/fakes/i2c-lane.ts';
import { overMlx90614, overMlx90632, settled } from '../../../edge/test/ports/i2c-thermometer.ts';
import { thermometerCase } from '../../../edge/test/ports/thermometer.case.ts';
import { createMlx90614 as mlx90614Model } from '../../src/i2c/mlx90614.ts';
import { createMlx90632 as mlx90632Model } from '../../src/i2c/mlx90632.ts';
import type { SensorFaults, SensorMeans } from '../../src/i2c/scene.ts';
import type { I2cTarget } from '../../src/ports.ts';
import { fuseMachine } from './fuse-machine.ts';
import { startDriven } from './fuse-rig.ts';

const modules = fuseMachine();
/** The sensor's time and the gateway's: it stands still during a transfer, however long a busy machine takes for it. */
const PACE = { stepMs: 50, everyMs: 2 };

if (modules) {
  const onFuse = onOneRig(modules);
  thermometerCase(
    'MLX90614, i2c-bus over FUSE',
    () => onFuse(0x5a, mlx90614Model, createMlx90614),
    overMlx90614,
  );
  thermometerCase(
    'MLX90632, i2c-bus over FUSE',
    () => onFuse(0x3a, mlx90632Model, createMlx90632),
    overMlx90632,
  );
}

/** The sensors come and go on the bus of one rig. */
function onOneRig(built: readonly HardwareModule[]) {
  let sensor: I2cTarget | undefined;
  const target: I2cTarget = {
    transfer: (...transfer) => sensor?.transfer(...transfer) ?? 'nack',
  };
  const { rig, client } = startDriven(built, { target });
  afterAll(() => rig.stop());
  let underWay = 0;
  const bus: I2cBus = {
    async transfer(address, write, readBytes) {
      underWay += 1;
      const asked = client.call('transfer', address, [...write], readBytes);
      const answer = await asked.finally(() => {
        underWay -= 1;
      });
      return answer.ok ? ok(Uint8Array.from(answer.value)) : (answer as Result<Uint8Array>);
    },
  };
  return async <T extends I2cTarget & { readonly faults: SensorFaults }>(
    address: number,
    createTarget: (means: SensorMeans) => T,
    createChip: (bus: I2cBus, address: number) => ThermometerChip,
  ) => {
    const lane = startI2cLane(
      address,
      (means) => {
        const made = createTarget(means);
        sensor = made;
        return made;
      },
      (_simulated, at) => createChip(bus, at),
      { profile: plainProfile, isPaced: false },
    );
    const pace = setInterval(() => {
      if (underWay === 0) lane.time.advance(PACE.stepMs);
    }, PACE.everyMs);
    const { close } = lane;
    return settled(
      Object.assign(lane, {
        close: async () => {
          clearInterval(pace);
          await close();
        },
      }),
    );
  };
}
