import type { ReasonCode } from '@greengate/contracts/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading, Thermometer } from '../../src/ports.ts';
import { until } from '../fakes/real-time.ts';

/** A thermometer and what is before it. */
export interface ThermometerRig {
  readonly thermometer: Thermometer;
  /** Somebody of so many degrees Celsius is before it. */
  measure(celsius: number): void;
  /** The clock of its readings. */
  mono(): number;
  close(): Promise<void>;
}

/** What this thermometer can do, and how it can fail. */
export interface ThermometerTraits<R extends ThermometerRig> {
  /** How far a reading may lie from what was before it. */
  readonly toleranceCentiC: number;
  /** It looks all the time: of what is too cold for a face it says nothing. */
  readonly isSilentAtNobody: boolean;
  /** Each begins a fault, or sends one, and is told by this reason. */
  readonly faults: readonly { name: string; reason: ReasonCode; begin(rig: R): void }[];
  /** Ends whatever was begun. */
  readonly repair: (rig: R) => void;
}

/** What every thermometer promises (T18). */
export function thermometerCase<R extends ThermometerRig>(
  name: string,
  start: () => Promise<R>,
  { toleranceCentiC, isSilentAtNobody, faults, repair }: ThermometerTraits<R>,
): void {
  describe(`thermometer: ${name}`, () => {
    let rig: R;
    let readings: Reading[];

    beforeEach(async () => {
      rig = await start();
      readings = [];
      rig.thermometer.onReading((reading) => readings.push(reading));
    });
    afterEach(() => rig.close());

    const firstAfter = async (act: () => void): Promise<Reading> => {
      readings.length = 0;
      act();
      await until('a reading', () => readings.length > 0);
      const [reading] = readings;
      if (!reading) throw new Error('no reading');
      return reading;
    };

    it.each([36.6, 36.649, 30.05, 44.95])('reads %f as hundredths of a degree', async (celsius) => {
      const before = rig.mono();
      const { centiC, at } = await firstAfter(() => rig.measure(celsius));
      if (!centiC.ok) throw new Error(centiC.refusal.code);
      expect(Math.abs(centiC.value - celsius * 100)).toBeLessThanOrEqual(toleranceCentiC + 0.5);
      expect(Number.isInteger(centiC.value)).toBe(true);
      expect(at).toBeGreaterThanOrEqual(before);
    });

    it.each(faults)('T18 tells of $name as $reason', async ({ reason, begin }) => {
      rig.measure(36.6);
      await until('a good reading', () => readings.at(-1)?.centiC.ok === true);
      begin(rig);
      await until(reason, () => {
        const told = readings.at(-1)?.centiC;
        return told?.ok === false && told.refusal.code === reason;
      });
      // And nothing that it says while it is broken lets anybody through.
      readings.length = 0;
      rig.measure(36.6);
      await new Promise((done) => setTimeout(done, 30));
      expect(readings.filter(({ centiC }) => centiC.ok && isSilentAtNobody)).toEqual([]);
    });

    it.each(faults)('reads on after $name', async ({ reason, begin }) => {
      rig.measure(36.6);
      begin(rig);
      await until(reason, () => readings.some(({ centiC }) => !centiC.ok));
      repair(rig);
      rig.measure(36.7);
      await until('a good reading', () => readings.at(-1)?.centiC.ok === true);
      const told = readings.at(-1)?.centiC;
      expect(told?.ok && Math.abs(told.value - 3670)).toBeLessThanOrEqual(toleranceCentiC);
    });

    it.each([45.1, 60, 85])('T18 tells of %f as out of range', async (celsius) => {
      rig.measure(celsius);
      await until('the fault', () => {
        const told = readings.at(-1)?.centiC;
        return told?.ok === false && told.refusal.code === 'temperature-out-of-range';
      });
      expect(readings.some(({ centiC }) => centiC.ok)).toBe(false);
    });

    it.each([-20, 0, 29.9])('T18 takes %f for no person', async (celsius) => {
      rig.measure(celsius);
      if (isSilentAtNobody) await new Promise((done) => setTimeout(done, 30));
      else await until('the fault', () => readings.length > 0);
      expect(readings.some(({ centiC }) => centiC.ok)).toBe(false);
    });
  });
}
