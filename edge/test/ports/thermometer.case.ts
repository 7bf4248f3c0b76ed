import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading, Thermometer } from '../../src/ports.ts';
import { realClock, until } from '../fakes/real-time.ts';

/** A thermometer and what is before it. */
export interface ThermometerRig {
  readonly thermometer: Thermometer;
  /** The device sends a reading as `text` says it: a number, or what a broken sensor makes of one. */
  measure(text: string): void;
  close(): Promise<void>;
}

/** What every thermometer promises (T18). */
export function thermometerCase(name: string, start: () => Promise<ThermometerRig>): void {
  describe(`thermometer: ${name}`, () => {
    let rig: ThermometerRig;
    let readings: Reading[];

    beforeEach(async () => {
      rig = await start();
      readings = [];
      rig.thermometer.onReading((reading) => readings.push(reading));
    });
    afterEach(() => rig.close());

    it.each([
      ['36.6', 3660],
      ['36.649', 3665],
      ['30', 3000],
      ['45.0', 4500],
    ])('reads %s as hundredths of a degree', async (text, centiC) => {
      const before = realClock.mono();
      rig.measure(text);
      await until('the reading', () => readings.length === 1);
      expect(readings[0]?.centiC).toEqual({ ok: true, value: centiC });
      expect(readings[0]?.at).toBeGreaterThanOrEqual(before);
    });

    it.each(['NaN', 'null', '"36.6"', 'Infinity', '', '36.6.1', '1e999'])(
      "T18 tells of '%s' as 'temperature-invalid'",
      async (text) => {
        rig.measure(text);
        await until('the reading', () => readings.length === 1);
        expect(readings[0]?.centiC).toMatchObject({
          ok: false,
          refusal: { code: 'temperature-invalid' },
        });
      },
    );

    it.each(['-273.15', '0', '85.0', '29.99', '45.01', '1037.55'])(
      "T18 tells of %s as 'temperature-out-of-range'",
      async (text) => {
        rig.measure(text);
        await until('the reading', () => readings.length === 1);
        expect(readings[0]?.centiC).toMatchObject({
          ok: false,
          refusal: { code: 'temperature-out-of-range' },
        });
      },
    );

    it('reads on after a fault', async () => {
      rig.measure('NaN');
      rig.measure('36.7');
      await until('both readings', () => readings.length === 2);
      expect(readings[1]?.centiC).toEqual({ ok: true, value: 3670 });
    });
  });
}
