import { describe, expect, test } from 'vitest';
import { type FeverReport, runFever } from '../src/models/fever.ts';
import { feverChart } from '../src/models/fever-chart.ts';
import { feverText } from '../src/models/fever-table.ts';
import { areaUnder, bestPoint, rocPoint } from '../src/models/roc.ts';
import { chillAfter, settledForehead, shareOnForehead } from '../src/models/thermal.ts';

const report = runFever(1, 5000);

function sceneOf(name: string, of: FeverReport = report) {
  const scene = of.scenes.find((each) => each.scene === name);
  if (!scene) throw new Error(`no scene ${name}`);
  return scene;
}

describe('the thermal model', () => {
  test('has the gap of Chen 2022 between armpit and forehead', () => {
    expect(36.5 - settledForehead(36.5, 24)).toBeCloseTo(0.5, 6);
  });

  test.each([
    [0, 33.17],
    [1, 34.9],
    [3, 35.77],
    [5, 36.08],
    [60, 36.6],
  ])('warms up after %i min as the staff of Dzien 2021 did', (minutes, forehead) => {
    expect(36.6 - chillAfter(minutes, 20.5 + 2.75)).toBeCloseTo(forehead, 1);
  });

  test('sees nothing but forehead near by, and the wall from further off', () => {
    expect(shareOnForehead(40)).toBe(1);
    expect(shareOnForehead(114)).toBeCloseTo(0.25, 2);
  });

  test('has the best cut-off of Lai 2022, 36.65, for the raw forehead in a hall', () => {
    expect(sceneOf('hall at 24').raw.measured?.best.threshold).toBeGreaterThanOrEqual(36.5);
    expect(sceneOf('hall at 24').raw.measured?.best.threshold).toBeLessThanOrEqual(36.8);
  });
});

describe('the decision rule', () => {
  test('a raw 37.3 misses most fevers in a cool hall, and nearly all who come in from the cold', () => {
    expect(sceneOf('cool hall at 18').raw.atLine.sensitivity).toBeLessThan(0.5);
    expect(sceneOf('in from 0 to 18, five minutes ago').raw.atLine.sensitivity).toBeLessThan(0.3);
    expect(sceneOf('in from 0 to 18, half a minute ago').raw.atLine.sensitivity).toBeLessThan(0.1);
  });

  test.each(['hall at 24', 'cool hall at 18', 'warm hall at 30', 'a year, 16 to 32'])(
    'with the site profile finds nine fevers in ten: %s',
    (name) => {
      const { ours } = sceneOf(name);
      expect(ours.atLine.sensitivity).toBeGreaterThan(0.9);
      expect(ours.atLine.specificity).toBeGreaterThan(0.85);
    },
  );

  test('tells people apart better than the raw forehead where the weather changes', () => {
    const { raw, ours } = sceneOf('a year, 16 to 32');
    expect(ours.measured?.area).toBeGreaterThan(raw.measured?.area ?? 1);
  });

  test('lets nobody through by temperature outside the ambient interlock', () => {
    const { ours } = sceneOf('unheated hall at 12');
    expect(ours.referred).toBe(1);
    expect(ours.measured).toBeNull();
    expect(ours.atLine).toMatchObject({ sensitivity: 1, specificity: 0 });
  });

  test('refers most of those who stand too far off', () => {
    expect(sceneOf('standing too far off').ours.referred).toBeGreaterThan(0.6);
  });

  test('the same seed is the same report, another one is not', () => {
    expect(runFever(3, 200)).toEqual(runFever(3, 200));
    expect(runFever(3, 200)).not.toEqual(runFever(4, 200));
  });
});

describe('the curve', () => {
  const scored = [
    { score: 1, isFebrile: false },
    { score: 2, isFebrile: true },
    { score: 2, isFebrile: false },
    { score: 3, isFebrile: true },
  ];

  test('counts at and above the threshold', () => {
    expect(rocPoint(scored, 2)).toEqual({ threshold: 2, sensitivity: 1, specificity: 0.5 });
    expect(bestPoint(scored, [1, 2, 3]).threshold).toBe(2);
  });

  test('its area is how often fever scores above health, ties half', () => {
    expect(areaUnder(scored)).toBe(3.5 / 4);
    const apart = scored.map(({ isFebrile }) => ({ score: isFebrile ? 2 : 1, isFebrile }));
    expect(areaUnder(apart)).toBe(1);
  });

  test('is drawn, and told as a table with its sources', () => {
    const svg = feverChart(report, 'a year, 16 to 32');
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('people with fever held back');
    expect(feverChart(report, 'a year, 16 to 32')).toBe(svg);
    const text = feverText(report, 'a year, 16 to 32');
    for (const said of ['Chen 2022', 'Dzien 2021', 'unheated hall at 12', '37.3']) {
      expect(text).toContain(said);
    }
  });
});
