import type { FeverReport, RuleResult, SceneResult } from './fever.ts';
import { plainTable } from './plain-table.ts';
import { THERMAL } from './thermal-parameters.ts';

/** The report for people: every scene with both rules, then the sweep of one scene, then where figures are from. */
export function feverText(report: FeverReport, sceneOfSweep: string): string {
  const { seed, people, feverLine, scenes } = report;
  const sweep = scenes.find(({ scene }) => scene === sceneOfSweep);
  const sources = [...new Set(Object.values(THERMAL).map(({ source }) => source))];
  return [
    `Seed ${seed}; ${people} with fever and ${people} without in each scene; fever from ${feverLine} at the armpit.`,
    scenesTable(scenes),
    `Thresholds in "${sceneOfSweep}", of those who got a temperature:`,
    sweep ? sweepTable(sweep) : '',
    `Figures are from:\n${sources.map((source) => `- ${source}`).join('\n')}`,
  ].join('\n\n');
}

function scenesTable(scenes: readonly SceneResult[]): string {
  const head = ['scene', 'rule', 'fevers held', 'healthy through', 'referred', 'AUC', 'best cut'];
  const table = plainTable(head);
  for (const { scene, raw, ours } of scenes) {
    table.push([scene, 'raw 37.3', ...cells(raw)], ['', 'ours', ...cells(ours)]);
  }
  return table.toString();
}

function cells({ atLine, measured, referred }: RuleResult): string[] {
  return [
    percent(atLine.sensitivity),
    percent(atLine.specificity),
    percent(referred),
    measured ? measured.area.toFixed(3) : '-',
    measured ? measured.best.threshold.toFixed(1) : '-',
  ];
}

function sweepTable({ raw, ours }: SceneResult): string {
  const head = ['threshold', 'raw: sensitivity', 'specificity', 'ours: sensitivity', 'specificity'];
  const table = plainTable(head);
  for (const [i, point] of (raw.measured?.curve ?? []).entries()) {
    const other = ours.measured?.curve[i];
    if (!other || point.threshold < SWEEP_FROM || point.threshold > SWEEP_TO) continue;
    table.push([
      point.threshold.toFixed(1),
      percent(point.sensitivity),
      percent(point.specificity),
      percent(other.sensitivity),
      percent(other.specificity),
    ]);
  }
  return table.toString();
}

const SWEEP_FROM = 36;
const SWEEP_TO = 38;

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
