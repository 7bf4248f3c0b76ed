import type { BenchReport } from '../report.ts';
import { shown } from '../table.ts';

/** What the page says of one bench. */
export interface Section {
  readonly about: string;
  readonly report: BenchReport;
  /** Where its chart lies, seen from the page; absent where it has none. */
  readonly chart: string | undefined;
}

/** The newest figures of each bench as Markdown, in the order given. */
export function pageOf(sections: readonly Section[]): string {
  return `${[HEAD, ...sections.map(sectionOf)].join('\n\n')}\n`;
}

const HEAD = `# Benchmarks

Written by \`npm run benchmarks\` from \`bench/results/\`; do not edit it by hand. Measure again with
\`npm run bench -- NAME --json bench/results/NAME.json\` on a machine that does nothing else.

A bar is how many times better ours is than its target, or than the peer that was measured in the same run, on a
logarithmic axis: at 1 they are equal. Green reached its target, red missed it and stays here until it does; grey is
beside the peer.`;

function sectionOf({ about, report, chart }: Section): string {
  const { bench, commit, node, cpus, measuredAt, machine, results } = report;
  const where = `${machine.cpu}, ${cpus} cores, ${machine.memoryGiB} GiB, ${machine.os}, Node ${node.slice(1)}`;
  return [
    `## ${bench}`,
    `\`npm run bench -- ${bench}\` ${about}.`,
    `Measured on ${measuredAt.slice(0, 10)} at \`${commit.slice(0, 12)}\`: ${where}.`,
    ...(chart === undefined
      ? []
      : [`![Figures of ${bench} beside their targets and peers](${chart})`]),
    ['| figure | value | peer | times better | target | reached |', '|---|---|---|---|---|---|']
      .concat(results.map(rowOf))
      .join('\n'),
  ].join('\n\n');
}

function rowOf({ name, value, unit, peer, ratio, target, met }: BenchReport['results'][number]) {
  const reached = met === undefined ? '' : met ? 'yes' : '**no**';
  const cells = [name, withUnit(value, unit), peer ?? '', shown(ratio), shown(target), reached];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A unit of 1 is a count. */
function withUnit(value: number, unit: string): string {
  return unit === '1' ? shown(value) : `${shown(value)} ${unit}`;
}
