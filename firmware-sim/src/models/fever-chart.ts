import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { FeverReport, RuleResult } from './fever.ts';
import type { RocPoint } from './roc.ts';

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const COLOURS = { raw: '#c62828', ours: '#2e7d32' } as const;

/** Both rules' curves over `sceneOfCurves`, and where each stands in every scene, as SVG. */
export function feverChart({ scenes, feverLine }: FeverReport, sceneOfCurves: string): string {
  const drawn = scenes.find(({ scene }) => scene === sceneOfCurves);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 640 });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      title: { text: `Fever at ${feverLine}: curves of "${sceneOfCurves}", marks of every scene` },
      legend: { bottom: 0 },
      grid: { left: 70, right: 30, top: 50, bottom: 80 },
      xAxis: axis('healthy people held back'),
      yAxis: axis('people with fever held back'),
      series: [
        curve('raw forehead', drawn?.raw, COLOURS.raw),
        curve('with the site profile', drawn?.ours, COLOURS.ours),
        marks(
          `raw ${feverLine}`,
          scenes.map(({ raw }) => raw),
          COLOURS.raw,
        ),
        marks(
          `ours at ${feverLine}`,
          scenes.map(({ ours }) => ours),
          COLOURS.ours,
        ),
      ],
    });
    // Marks and clippings are named by counters of the process; the same figures shall be the same bytes.
    return chart
      .renderToSVGString()
      .replaceAll(/ class="[^"]*"|<style[\s\S]*?<\/style>\s*/g, '')
      .replaceAll(/zr\d+-c/g, 'clip-');
  } finally {
    chart.dispose();
  }
}

function axis(name: string) {
  return { type: 'value', min: 0, max: 1, name, nameLocation: 'middle', nameGap: 35 } as const;
}

function curve(name: string, rule: RuleResult | undefined, colour: string) {
  const points = rule?.measured?.curve ?? [];
  const data = points.map(placeOf);
  return { type: 'line', name, data, showSymbol: false, itemStyle: { color: colour } } as const;
}

function marks(name: string, rules: readonly RuleResult[], colour: string) {
  const data = rules.map(({ atLine }) => placeOf(atLine));
  return { type: 'scatter', name, data, symbolSize: 11, itemStyle: { color: colour } } as const;
}

function placeOf({ specificity, sensitivity }: RocPoint): [number, number] {
  return [Number((1 - specificity).toFixed(4)), Number(sensitivity.toFixed(4))];
}
