import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Agenda } from '../src/models/agenda.ts';
import { createChance } from '../src/models/chance.ts';
import { runStation } from '../src/models/station-flow.ts';
import {
  BEFORE,
  CHECKED,
  LAYOUTS,
  type Layout,
  OURS,
  STUDY,
} from '../src/models/station-parameters.ts';
import { type PeakResult, peakText, runPeak } from '../src/models/station-peak.ts';
import { createPrng } from '../src/prng.ts';

const report = runPeak(1, 30);

function resultOf({ name }: Layout): PeakResult {
  const result = report.layouts.find(({ layout }) => layout === name);
  if (!result) throw new Error(`no layout ${name}`);
  return result;
}

/** Hundredths that a share may lie beside the study's. */
const TOLERANCE = 0.03;

describe('a peak at a metro station', () => {
  test.each([
    [BEFORE, STUDY.before],
    [CHECKED, STUDY.checked],
  ])('has the shares of the Guangzhou study: $name', (layout, study) => {
    const { notThrough } = resultOf(layout);
    expect(Math.abs(notThrough.five - study.five)).toBeLessThan(TOLERANCE);
    expect(Math.abs(notThrough.ten - study.ten)).toBeLessThan(TOLERANCE);
  });

  test('our lanes leave hardly more people behind than no checks at all', () => {
    expect(resultOf(OURS).notThrough.five).toBeLessThan(resultOf(BEFORE).notThrough.five + 0.03);
    expect(resultOf(OURS).seconds.p95).toBeLessThan(resultOf(CHECKED).seconds.p95 / 3);
  });

  test('an automatic thermometer helps, as the study found', () => {
    const [, checked, automatic] = report.layouts;
    expect(automatic?.notThrough.five).toBeLessThan((checked?.notThrough.five ?? 0) - 0.1);
  });

  test('every layout has the same people of one seed, and another seed has others', () => {
    expect(new Set(report.layouts.map(({ people }) => people)).size).toBe(1);
    expect(runPeak(5, 1)).toEqual(runPeak(5, 1));
    expect(runPeak(5, 1)).not.toEqual(runPeak(6, 1));
  });

  test('is told beside the study', () => {
    const text = peakText(report);
    for (const said of ['study: 15 %', 'study: 53 %', 'our lanes', STUDY.source]) {
      expect(text).toContain(said);
    }
  });
});

describe('the flow', () => {
  test.each(LAYOUTS)('loses nobody, and nobody is through before they came: $name', (layout) => {
    const { ways } = runStation(layout, 120, createPrng(9));
    expect(ways.length).toBeGreaterThan(300);
    for (const { cameAt, throughAt } of ways) {
      expect(Number.isFinite(throughAt)).toBe(true);
      expect(throughAt).toBeGreaterThan(cameAt);
    }
  });

  test('one server is passed in the order of coming, one at a time', () => {
    const always = (medianSeconds: number) => ({
      ...{ name: 'it', medianSeconds, spread: 0, source: 'test' },
    });
    const stage = { name: 'door', servers: 1, before: [always(3)], service: [[always(2)]] };
    const { ways } = runStation({ name: 'one door', stages: [stage] }, 60, createPrng(2));
    let free = 0;
    for (const { cameAt, throughAt } of ways) {
      free = Math.max(free, cameAt + 3) + 2;
      expect(throughAt).toBeCloseTo(free, 6);
    }
  });

  test('its agenda gives back by time, and of one instant what came first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const agenda = new Agenda<number>();
        for (const [i, at] of times.entries()) agenda.add(at, i);
        const given: number[] = [];
        for (let next = agenda.next(); next; next = agenda.next()) given.push(next.what);
        const wanted = times.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i);
        expect(given).toEqual(wanted.map(({ i }) => i));
      }),
    );
  });
});

describe('the draws', () => {
  test('have the means that they are asked for', () => {
    const chance = createChance(createPrng(4));
    const mean = (draw: () => number) => {
      let sum = 0;
      for (let i = 0; i < 50_000; i++) sum += draw();
      return sum / 50_000;
    };
    expect(mean(() => chance.normal(5, 2))).toBeCloseTo(5, 1);
    expect(mean(() => chance.exponential(3))).toBeCloseTo(3, 1);
    expect(mean(() => chance.between(2, 4))).toBeCloseTo(3, 1);
    expect(mean(() => chance.logNormal(2, 0.5))).toBeCloseTo(2 * Math.exp(0.125), 1);
    expect(chance.cut(0, 1, 5, 5.1)).toBeGreaterThanOrEqual(5);
  });
});
