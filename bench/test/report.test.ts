import { describe, expect, test } from 'vitest';
import { reportOf } from '../src/report.ts';

const about = {
  ...{ bench: 'code', commit: 'a'.repeat(40), node: 'v20.20.2', cpus: 2 },
  measuredAt: '2026-11-22T05:00:00.000Z',
  machine: { cpu: 'A processor', memoryGiB: 7.8, os: 'Linux 6.1' },
};
const plain = { name: 'verify', value: 0.25, unit: 'ms' };

describe('a bench report', () => {
  test.each([
    ['a plain figure', plain],
    ['one with a target', { ...plain, target: 1, met: true }],
    ['one with a peer', { ...plain, peer: 'node:crypto alone', ratio: 0.8 }],
    ['one with all', { ...plain, peer: 'x', ratio: 2, target: 1.5, met: true }],
  ])('takes %s as it is', (_name, result) => {
    expect(reportOf(about, [result])).toEqual({ ...about, results: [result] });
  });

  test('takes an unknown commit', () => {
    expect(reportOf({ ...about, commit: 'unknown' }, [plain]).commit).toBe('unknown');
  });

  test.each([
    ['no results', []],
    ['a value that is no number', [{ ...plain, value: Number.NaN }]],
    ['an endless value', [{ ...plain, value: Number.POSITIVE_INFINITY }]],
    ['no unit', [{ name: 'verify', value: 1 }]],
    ['an empty name', [{ ...plain, name: '' }]],
    ['a peer without a ratio', [{ ...plain, peer: 'x' }]],
    ['a ratio without a peer', [{ ...plain, ratio: 1 }]],
    ['a ratio of nothing', [{ ...plain, peer: 'x', ratio: 0 }]],
    ['a target without a verdict', [{ ...plain, target: 1 }]],
    ['a verdict without a target', [{ ...plain, met: true }]],
    ['an unknown field', [{ ...plain, note: 'x' }]],
    ['one name twice', [plain, plain]],
  ])('refuses %s', (_name, results) => {
    expect(() => reportOf(about, results)).toThrow();
  });

  test.each([{ commit: 'main' }, { node: '20' }, { cpus: 0 }, { measuredAt: 'today' }])(
    'refuses %j',
    (wrong) => {
      expect(() => reportOf({ ...about, ...wrong }, [plain])).toThrow();
    },
  );
});
