import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../registry.ts';
import { type BenchReport, benchReport } from '../report.ts';
import { chartOf } from './chart.ts';
import { pageOf, type Section } from './page.ts';

/**
 * The page and its charts by their paths below docs/, from the reports in a folder. Throws where a report is not what
 * it promises, or is of no bench that there is.
 */
export function writtenPage(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const sections: Section[] = [];
  for (const report of reportsIn(folder)) {
    const about = registry.get(report.bench)?.about;
    if (about === undefined) throw new Error(`there is no bench ${report.bench}`);
    const svg = chartOf(report);
    const chart = svg === undefined ? undefined : `benchmarks/${report.bench}.svg`;
    if (svg !== undefined && chart !== undefined) files.set(chart, `${svg}\n`);
    sections.push({ about, report, chart });
  }
  files.set('benchmarks.md', pageOf(sections));
  return files;
}

function reportsIn(folder: string): BenchReport[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const report = benchReport.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    if (name !== `${report.bench}.json`) throw new Error(`${name} is a report of ${report.bench}`);
    return report;
  });
}
