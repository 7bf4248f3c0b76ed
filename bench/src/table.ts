import Table from 'cli-table3';
import type { BenchReport, BenchResult } from './report.ts';

export function tableOf({ bench, commit, node, cpus, results }: BenchReport): string {
  const table = new Table({
    head: ['result', 'value', 'unit', 'peer', 'ratio', 'target', 'met'],
    colAligns: ['left', 'right', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  table.push(...results.map(rowOf));
  return `${bench} at ${commit.slice(0, 12)}, node ${node}, ${cpus} cpus\n${table.toString()}`;
}

export function listOf(benches: Iterable<readonly [string, { readonly about: string }]>): string {
  const lines = [...benches].map(([name, { about }]) => `${name}  ${about}`);
  return lines.length > 0 ? lines.join('\n') : 'no benches yet';
}

function rowOf({ name, value, unit, peer, ratio, target, met }: BenchResult): string[] {
  const verdict = met === undefined ? '' : met ? 'yes' : 'NO';
  return [name, shown(value), unit, peer ?? '', shown(ratio), shown(target), verdict];
}

/** Four significant digits; large figures keep their whole part. */
export function shown(value: number | undefined): string {
  if (value === undefined) return '';
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}
