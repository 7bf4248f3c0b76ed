import { type Result, refuse } from '@greengate/contracts/result';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMlx90614 as model } from '../../../firmware-sim/src/i2c/mlx90614.ts';
import { openI2cThermometer } from '../../src/devices/i2c-thermometer.ts';
import { createMlx90614, readWord } from '../../src/devices/mlx90614.ts';
import { crc8 } from '../../src/devices/thermometer-chip.ts';
import type { I2cBus } from '../../src/ports.ts';
import { plainProfile, startI2cLane } from '../fakes/i2c-lane.ts';
import { ManualTime } from '../fakes/manual-time.ts';

describe('a word of an MLX90614', () => {
  test('the PEC is SMBus’s: the check value of CRC-8 and the example of the datasheet', () => {
    expect(crc8(new TextEncoder().encode('123456789'))).toBe(0xf4);
    // 3901090614, "Read Word (depending on the command)": RAM 07h of 5Ah is 3AD2h, its PEC 30h.
    expect(crc8([0xb4, 0x07, 0xb5, 0xd2, 0x3a])).toBe(0x30);
    expect(readWord(0x5a, 0x07, Uint8Array.of(0xd2, 0x3a, 0x30))).toEqual({
      ok: true,
      value: 0x3ad2,
    });
  });

  test.each([
    ['thermometer-pec-wrong', [0xd2, 0x3a, 0x31]],
    ['thermometer-pec-wrong', [0xd2, 0x3a]],
    ['thermometer-pec-wrong', [0, 0, 0]],
    ['thermometer-bus-dead', [0xff, 0xff, 0xff]],
    ['thermometer-sensor-error', [0xd2, 0xba, crc8([0xb4, 0x07, 0xb5, 0xd2, 0xba])]],
  ])('%s of %j', (code, bytes) => {
    expect(readWord(0x5a, 0x07, Uint8Array.from(bytes))).toMatchObject({
      ok: false,
      refusal: { code },
    });
  });

  test('no turned bit gets by', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7fff }),
        fc.integer({ min: 0, max: 23 }),
        (word, bit) => {
          const [lsb, msb] = [word & 0xff, word >> 8];
          const block = Uint8Array.of(lsb, msb, crc8([0xb4, 0x07, 0xb5, lsb, msb]));
          expect(readWord(0x5a, 0x07, block)).toEqual({ ok: true, value: word });
          block[bit >> 3] = (block[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(readWord(0x5a, 0x07, block).ok).toBe(false);
        },
      ),
    );
  });
});

describe('an MLX90614 at a lane', () => {
  const start = (options = {}) =>
    startI2cLane(0x5a, model, createMlx90614, { isPaced: false, ...options });

  const codes = (lane: ReturnType<typeof start>) => {
    const seen: string[] = [];
    lane.thermometer.onReading(({ centiC }) => {
      const code = centiC.ok ? 'reading' : centiC.refusal.code;
      if (seen.at(-1) !== code) seen.push(code);
    });
    return seen;
  };

  test('is believed when its filters have settled, and when it is warm', async () => {
    const lane = start({ profile: { ...plainProfile, warmUpSeconds: 60 }, upMs: 50_000 });
    const seen = codes(lane);
    lane.measure(36.6);
    await lane.run(15_000);
    expect(seen).toEqual(['thermometer-settling', 'thermometer-warming-up', 'reading']);
    await lane.close();
  });

  test('warms up anew after it was without power, and not for a question that got lost', async () => {
    const lane = start({ profile: { ...plainProfile, warmUpSeconds: 60 }, upMs: 100_000 });
    lane.measure(36.6);
    await lane.run(5000);
    const seen = codes(lane);
    lane.target.faults.absent = true;
    await lane.run(300);
    lane.target.faults.absent = false;
    await lane.run(5000);
    expect(seen).toEqual(['thermometer-settling', 'reading']);
    lane.target.faults.absent = true;
    await lane.run(3000);
    lane.target.faults.absent = false;
    lane.target.powerCycle();
    await lane.run(5000);
    expect(seen.slice(2)).toEqual([
      'thermometer-absent',
      'thermometer-settling',
      'thermometer-warming-up',
    ]);
    await lane.close();
  });

  test('tells of a bus that does not answer, and asks it nothing more meanwhile', async () => {
    const time = new ManualTime();
    let asked = 0;
    let answer: (value: Result<Uint8Array>) => void = () => undefined;
    const bus: I2cBus = {
      transfer: () => {
        asked += 1;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    };
    const thermometer = openI2cThermometer({
      chip: createMlx90614(bus, 0x5a),
      profile: plainProfile,
      clock: { ...time.clock, upMs: () => 0 },
      timers: time.timers,
    });
    const seen: unknown[] = [];
    thermometer.onReading(({ centiC }) => seen.push(centiC));
    time.advance(2000);
    expect(asked).toBe(1);
    expect(seen.length).toBeGreaterThan(0);
    for (const one of seen) {
      expect(one).toMatchObject({ refusal: { code: 'thermometer-bus-stuck' } });
    }
    answer(refuse('thermometer-bus-stuck'));
    await new Promise((done) => setImmediate(done));
    time.advance(250);
    expect(asked).toBe(2);
    thermometer.close();
  });

  test('stops asking when it is closed', async () => {
    const lane = start();
    await lane.run(1000);
    await lane.close();
    await lane.run(1000);
    expect(lane.time.waiting).toBe(0);
  });
});
