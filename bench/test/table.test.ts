import { expect, test } from 'vitest';
import { listOf, tableOf } from '../src/table.ts';

test('the table shows each figure and says loudly when a target is missed', () => {
  const text = tableOf({
    bench: 'code',
    commit: 'unknown',
    node: 'v20.20.2',
    cpus: 2,
    measuredAt: '2026-11-22T05:00:00.000Z',
    machine: { cpu: 'A processor', memoryGiB: 7.8, os: 'Linux 6.1' },
    results: [
      { name: 'verify, median', value: 0.123456, unit: 'ms', target: 0.1, met: false },
      { name: 'verify, rate', value: 12345.6, unit: '1/s', peer: 'bare', ratio: 0.9 },
    ],
  });

  expect(text).toContain('code at unknown, node v20.20.2, 2 cpus');
  expect(text).toMatch(/verify, median\s*│\s*0\.1235 │ ms\s*│\s*│\s*│\s*0\.1 │ NO/);
  expect(text).toMatch(/verify, rate\s*│\s*12346 │ 1\/s\s*│ bare\s*│\s*0\.9 │/);
});

test('the list has a line a bench', () => {
  expect(listOf([['code', { about: 'verifies codes' }]])).toBe('code  verifies codes');
  expect(listOf([])).toBe('no benches yet');
});
