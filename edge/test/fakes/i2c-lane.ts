import { siteProfileSchema } from '@greengate/contracts/thermometry/site-profile';
import type { Scene, SensorFaults, SensorMeans } from '../../../firmware-sim/src/i2c/scene.ts';
import type { I2cTarget } from '../../../firmware-sim/src/ports.ts';
import { createPrng } from '../../../firmware-sim/src/prng.ts';
import { openI2cThermometer } from '../../src/devices/i2c-thermometer.ts';
import type { ThermometerChip } from '../../src/devices/thermometer-chip.ts';
import type { I2cBus, Thermometer } from '../../src/ports.ts';
import { ManualTime } from './manual-time.ts';
import { simulatedI2c } from './simulated-i2c.ts';

/** A profile that adds nothing and believes every face at once, so that only the instrument is seen. */
export const plainProfile = siteProfileSchema.parse({
  calibration: { certificate: 'TEST-1', from: '2000-01-01', until: '2100-01-01' },
  offsets: [{ ambientCentiC: 0, addCentiC: 0 }],
  bodyCentiCMin: 3000,
  faceCentiC: { min: 2995, max: 4500 },
  warmUpSeconds: 0,
  stuckSamples: 20,
  rateCentiCPerSecondMax: { ambient: 50, object: 20_000 },
});

export interface I2cLane<T> {
  readonly thermometer: Thermometer;
  readonly target: T;
  readonly time: ManualTime;
  scene: Scene;
  mono(): number;
  measure(celsius: number): void;
  /** Lets this much of its time go by, where it is not paced. */
  run(ms: number): Promise<void>;
  /** Resolves when the sensor is past its settling. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A sensor model, its driver on a simulated bus, and time that passes 250 ms at each turn of the event loop. */
export function startI2cLane<T extends I2cTarget & { readonly faults: SensorFaults }>(
  address: number,
  createTarget: (means: SensorMeans) => T,
  createChip: (bus: I2cBus, address: number) => ThermometerChip,
  { profile = plainProfile, upMs = 0, isPaced = true } = {},
): I2cLane<T> {
  const time = new ManualTime();
  const noise = createPrng(7);
  const lane = { scene: { objectCelsius: 22, ambientCelsius: 22 } };
  const target = createTarget({
    address,
    clock: time.clock,
    scene: () => lane.scene,
    noise: () => (noise.unit() - 0.5) * 0.02,
  });
  const clock = { ...time.clock, upMs: () => upMs };
  const chip = createChip(simulatedI2c(target), address);
  const thermometer = openI2cThermometer({ chip, profile, clock, timers: time.timers });
  let isOpen = true;
  const turn = () => {
    if (!isOpen) return;
    time.advance(50);
    setImmediate(turn);
  };
  if (isPaced) setImmediate(turn);
  return Object.assign(lane, {
    thermometer,
    target,
    time,
    mono: () => time.clock.mono(),
    measure: (celsius: number) => {
      lane.scene = { objectCelsius: celsius, ambientCelsius: 22 };
    },
    run: async (ms: number) => {
      for (let gone = 0; gone < ms; gone += 50) {
        time.advance(50);
        await new Promise((done) => setImmediate(done));
      }
    },
    settled: async () => {
      const until = time.clock.mono() + 3000;
      while (time.clock.mono() < until) await new Promise((done) => setImmediate(done));
    },
    close: async () => {
      isOpen = false;
      thermometer.close();
    },
  });
}
