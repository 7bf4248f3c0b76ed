import { createPrng } from '../prng.ts';
import { plainTable } from './plain-table.ts';
import { type Run, runStation } from './station-flow.ts';
import { ARRIVALS, LAYOUTS, type Layout, STUDY } from './station-parameters.ts';

/** What became of a peak in one layout; shares of 1 and seconds, the mean of all runs. */
export interface PeakResult {
  readonly layout: string;
  /** Of who had come in the first five or ten minutes, not through when those were over. */
  readonly notThrough: { readonly five: number; readonly ten: number };
  /** From coming in to being through, of who came in ten minutes. */
  readonly seconds: { readonly median: number; readonly p95: number };
  /** The longest queue before each stage, of all runs. */
  readonly longest: Readonly<Record<string, number>>;
  readonly people: number;
}

export interface PeakReport {
  readonly seed: number;
  readonly runs: number;
  readonly perMinute: number;
  readonly study: typeof STUDY;
  readonly layouts: readonly PeakResult[];
}

const FIVE = 300;
const TEN = 600;

/** Runs the same peaks through every layout: of one run all have the same arrivals. */
export function runPeak(seed: number, runs: number): PeakReport {
  const layouts = LAYOUTS.map((layout) => peakOf(layout, seed, runs));
  return { seed, runs, perMinute: ARRIVALS.perMinute, study: STUDY, layouts };
}

function peakOf(layout: Layout, seed: number, runs: number): PeakResult {
  const all = Array.from({ length: runs }, (_, i) =>
    runStation(layout, TEN, createPrng(seed).fork(`peak ${i}`)),
  );
  const took = all
    .flatMap(({ ways }) => ways.map(({ cameAt, throughAt }) => throughAt - cameAt))
    .sort((a, b) => a - b);
  const longest: Record<string, number> = {};
  for (const run of all) {
    for (const [name, length] of run.longest) longest[name] = Math.max(longest[name] ?? 0, length);
  }
  return {
    layout: layout.name,
    notThrough: { five: meanOf(all, FIVE), ten: meanOf(all, TEN) },
    seconds: { median: at(took, 0.5), p95: at(took, 0.95) },
    longest,
    people: took.length,
  };
}

function meanOf(all: readonly Run[], seconds: number): number {
  const shares = all.map(({ ways }) => {
    const came = ways.filter(({ cameAt }) => cameAt < seconds);
    return came.filter(({ throughAt }) => throughAt > seconds).length / came.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The report for people, the study's own figures beside the two layouts that it had. */
export function peakText({ seed, runs, perMinute, study, layouts }: PeakReport): string {
  const head = [
    'layout',
    'not through in 5 min',
    'in 10 min',
    'median',
    '95 of 100',
    'longest queue',
  ];
  const table = plainTable(head);
  for (const [i, { layout, notThrough, seconds, longest }] of layouts.entries()) {
    const said = [study.before, study.checked][i];
    const beside = (share: number, ofStudy: number | undefined) =>
      `${percent(share)}${ofStudy === undefined ? '' : ` (study: ${percent(ofStudy)})`}`;
    const [where = '-', length = 0] =
      Object.entries(longest).toSorted(([, a], [, b]) => b - a)[0] ?? [];
    table.push([
      layout,
      beside(notThrough.five, said?.five),
      beside(notThrough.ten, said?.ten),
      `${seconds.median.toFixed(0)} s`,
      `${seconds.p95.toFixed(0)} s`,
      `${length}, ${where}`,
    ]);
  }
  return [
    `Seed ${seed}, ${runs} peaks of ten minutes, ${perMinute} people a minute into an empty station.`,
    table.toString(),
    `Study: ${study.source}.`,
  ].join('\n\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
