import { describe, expect, test } from 'vitest';
import { createMlx90632 as model, rawOf } from '../../../firmware-sim/src/i2c/mlx90632.ts';
import { createMlx90632 } from '../../src/devices/mlx90632.ts';
import {
  ambientCelsius,
  type Mlx90632Constants,
  objectCelsius,
} from '../../src/devices/mlx90632-formula.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { simulatedI2c } from '../fakes/simulated-i2c.ts';

/** Melexis's own example, and what its driver's tests expect of it (mlx90632-library, TestDSP.c). */
const example: Mlx90632Constants = {
  ...{ P_R: 0x00587f5b, P_G: 0x04a10289, P_T: 0xfff966f8 | 0, P_O: 0x1e0f },
  ...{ Ea: 4_859_535, Eb: 5_686_508, Fa: 53_855_361, Fb: 42_874_149, Ga: -14_556_410 },
  ...{ Gb: 9728, Ka: 10_752, Ha: 16_384, Hb: 0 },
};
const raw = (objectNewer: number, objectOlder: number, ambient6 = 22_454, ambient9 = 23_030) => ({
  ...{ objectNewer, objectOlder, ambient6, ambient9 },
});

describe('the formulas of the MLX90632', () => {
  test.each([
    [22_454, 23_030, 48.724],
    [100, 150, -18.734],
    [32_767, 32_766, 53.35],
  ])('ambient %i, %i is %f', (six, nine, celsius) => {
    expect(ambientCelsius(raw(0, 0, six, nine), example)).toBeCloseTo(celsius, 2);
  });

  test.each([
    [609, 611, 55.507],
    [149, 151, 51.123],
    [-149, -151, 48.171],
    [32_767, 32_767, 212.844],
    [-5000, -5000, -16.653],
    [26_901, 26_899, 193.917],
  ])('object %i, %i is %f', (newer, older, celsius) => {
    // Melexis truncates AMB and S to whole numbers on the way.
    expect(Math.abs(objectCelsius(raw(newer, older), example) - celsius)).toBeLessThan(0.02);
  });

  test('the customer’s offset comes off at the end', () => {
    const shifted = objectCelsius(raw(609, 611), { ...example, Hb: 10_240 });
    expect(Math.abs(shifted - 45.495)).toBeLessThan(0.02);
  });

  test('the simulated chip’s counts give back what it saw', () => {
    for (let ambient = 10; ambient <= 40; ambient += 2.5) {
      for (let object = 20; object <= 45; object += 0.7) {
        const { signal, ambient6, ambient9 } = rawOf(object, ambient);
        const read = raw(signal, signal, ambient6, ambient9);
        expect(Math.abs(objectCelsius(read, example) - object)).toBeLessThan(0.02);
        expect(Math.abs(ambientCelsius(read, example) - ambient)).toBeLessThan(0.02);
      }
    }
  });
});

describe('an MLX90632', () => {
  const start = () => {
    const time = new ManualTime();
    const target = model({
      address: 0x3a,
      clock: time.clock,
      scene: () => ({ objectCelsius: 36.6, ambientCelsius: 22 }),
      noise: () => 0,
    });
    return { time, target, chip: createMlx90632(simulatedI2c(target), 0x3a) };
  };

  test('tells each measurement once', async () => {
    const { time, chip } = start();
    time.advance(1000);
    expect(await chip.start()).toEqual({ ok: true, value: undefined });
    expect(await chip.sample()).toEqual({ ok: true, value: 'pending' });
    time.advance(250);
    const { value } = (await chip.sample()) as unknown as { value: { objectCentiC: number } };
    expect(Math.abs(value.objectCentiC - 3660)).toBeLessThanOrEqual(1);
    expect(await chip.sample()).toEqual({ ok: true, value: 'pending' });
  });

  test('a reset in between is seen, although it answers as if nothing had been', async () => {
    const { time, target, chip } = start();
    await chip.start();
    target.powerCycle();
    time.advance(1000);
    expect(await chip.sample()).toMatchObject({ refusal: { code: 'thermometer-settling' } });
  });

  test.each([
    ['thermometer-busy', 'eepromBusy'],
    ['thermometer-unsuitable', 'blank'],
    ['thermometer-bus-dead', 'deadBus'],
    ['thermometer-absent', 'absent'],
    ['thermometer-bus-stuck', 'stuckSda'],
  ] as const)('does not start with %s', async (code, fault) => {
    const { target, chip } = start();
    target.faults[fault] = true;
    expect(await chip.start()).toMatchObject({ ok: false, refusal: { code } });
  });

  test('another chip at its address is "thermometer-unsuitable"', async () => {
    const { chip } = start();
    expect(await chip.sample()).toMatchObject({ refusal: { code: 'thermometer-unsuitable' } });
    const foreign = createMlx90632(
      simulatedI2c({ transfer: (_address, _write, bytes) => new Uint8Array(bytes).fill(0x01) }),
      0x3a,
    );
    expect(await foreign.start()).toMatchObject({ refusal: { code: 'thermometer-unsuitable' } });
  });
});
