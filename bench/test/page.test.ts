import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { barsOf } from '../src/page/chart.ts';
import { writtenPage } from '../src/page/written-page.ts';

const root = resolve(import.meta.dirname, '../..');

const report = {
  ...{ bench: 'code', commit: 'a'.repeat(40), node: 'v20.20.2', cpus: 2 },
  measuredAt: '2026-11-22T05:00:00.000Z',
  machine: { cpu: 'A | processor', memoryGiB: 7.8, os: 'Linux 6.1' },
  results: [
    { name: 'verify', value: 0.5, unit: 'ms', target: 1, met: true },
    { name: 'lost', value: 0, unit: '1', target: 0, met: true },
    { name: 'rate', value: 10, unit: '1/s', peer: 'bare', ratio: 0.25 },
  ],
};

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(folder, name), JSON.stringify(body));
  }
  return folder;
}

describe('the page of benchmarks', () => {
  test('is what the reports in the repository give: `npm run benchmarks` writes it anew', () => {
    const written = writtenPage(join(root, 'bench/results'));
    for (const [name, text] of written) {
      expect(readFileSync(join(root, 'docs', name), 'utf8') === text, name).toBe(true);
    }
    const charts = readdirSync(join(root, 'docs/benchmarks')).map((name) => `benchmarks/${name}`);
    expect(charts.filter((name) => !written.has(name))).toEqual([]);
  });

  test('shows each figure with its machine, and a chart of what is held against something', () => {
    const written = writtenPage(folderWith({ 'code.json': report }));
    expect([...written.keys()]).toEqual(['benchmarks/code.svg', 'benchmarks.md']);
    const page = written.get('benchmarks.md');
    expect(page).toContain(
      'Measured on 2026-11-22 at `aaaaaaaaaaaa`: A | processor, 2 cores, 7.8 GiB',
    );
    expect(page).toContain('| verify | 0.5 ms |  |  | 1 | yes |');
    expect(page).toContain('| rate | 10 1/s | bare | 0.25 |  |  |');
    const chart = written.get('benchmarks/code.svg');
    expect(chart).toMatch(/^<svg /);
    expect(chart).toContain('>verify<');
    expect(chart).toContain('>rate, beside the peer<');
    expect(writtenPage(folderWith({ 'code.json': report })).get('benchmarks/code.svg')).toBe(chart);
    expect(chart).not.toContain('>lost<');
  });

  test.each([
    ['a report of another bench than its name says', { 'rules.json': report }, /rules\.json/],
    ['a bench that there is not', { 'x.json': { ...report, bench: 'x' } }, /no bench x/],
    ['half a report', { 'code.json': { bench: 'code' } }, /expected/],
  ])('refuses %s', (_name, files, error) => {
    expect(() => writtenPage(folderWith(files))).toThrow(error);
  });
});

test.each([
  ['lower is better, reached', { value: 5, target: 10, met: true }, [['met', 2]]],
  ['lower is better, missed', { value: 20, target: 10, met: false }, [['missed', 0.5]]],
  ['higher is better, reached', { value: 20, target: 10, met: true }, [['met', 2]]],
  ['higher is better, missed', { value: 5, target: 10, met: false }, [['missed', 0.5]]],
  ['nothing may be lost', { value: 0, target: 0, met: true }, []],
  ['a peer alone', { value: 5, peer: 'p', ratio: 3 }, [['peer', 3]]],
  [
    'a target for the ratio',
    { value: 5, peer: 'p', ratio: 30, target: 15, met: true },
    [
      ['met', 2],
      ['peer', 30],
    ],
  ],
])('bars: %s', (_name, figure, expected) => {
  const bars = barsOf({ name: 'figure', unit: 'ms', ...figure });
  expect(bars.map(({ kind, times }) => [kind, times])).toEqual(expected);
});
