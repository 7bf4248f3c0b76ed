import { BarChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { BenchReport, BenchResult } from '../report.ts';

use([BarChart, GridComponent, SVGRenderer]);

/**
 * A report as SVG: a bar for each figure that is held against something, as long as ours is better, on a logarithmic
 * axis. 1 is the target, or the peer. Undefined where nothing is held against anything.
 */
export function chartOf({ results }: BenchReport): string | undefined {
  const bars = results.flatMap(barsOf);
  if (bars.length === 0) return undefined;
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: HEAD + bars.length * ROW,
  });
  try {
    chart.setOption(optionsFor(bars));
    // What lights up under a mouse is named by a counter of the process; the same figures shall be the same bytes.
    return chart.renderToSVGString().replaceAll(/ class="[^"]*"|<style[\s\S]*?<\/style>\s*/g, '');
  } finally {
    chart.dispose();
  }
}

const WIDTH = 900;
const HEAD = 60;
const ROW = 26;
const NAMES_WIDTH = 420;

const COLOURS = { met: '#2e7d32', missed: '#c62828', peer: '#546e7a' } as const;

export interface Bar {
  readonly name: string;
  readonly kind: keyof typeof COLOURS;
  /** How many times better ours is; below 1 it is worse. */
  readonly times: number;
}

/** A figure of 0, or with a target of 0, is no number of times better than another: the table says it. */
export function barsOf({ name, value, ratio, target, met }: BenchResult): Bar[] {
  const bars: Bar[] = [];
  if (target !== undefined && met !== undefined) {
    const times = marginOf(ratio ?? value, target, met);
    if (times !== undefined) bars.push({ name, kind: met ? 'met' : 'missed', times });
  }
  if (ratio !== undefined)
    bars.push({ name: `${name}, beside the peer`, kind: 'peer', times: ratio });
  return bars;
}

/** Which of the two should be greater follows from whether the target was reached. */
function marginOf(value: number, target: number, met: boolean): number | undefined {
  if (value <= 0 || target <= 0) return undefined;
  const [up, down] = [value / target, target / value];
  return met ? Math.max(up, down) : Math.min(up, down);
}

function optionsFor(bars: readonly Bar[]) {
  const names = bars.map(({ name }) => name).reverse();
  return {
    animation: false,
    backgroundColor: '#fff',
    grid: { left: NAMES_WIDTH, right: 80, top: 10, bottom: 40 },
    xAxis: { type: 'log', logBase: 10, startValue: 1, name: 'times\nbetter' },
    yAxis: {
      type: 'category',
      data: names,
      axisLabel: { width: NAMES_WIDTH - 20, overflow: 'truncate', interval: 0 },
    },
    series: [
      {
        type: 'bar',
        data: bars
          .map(({ kind, times }) => ({
            value: Number(times.toPrecision(3)),
            itemStyle: { color: COLOURS[kind] },
          }))
          .reverse(),
        label: { show: true, position: 'right', formatter: '{c}' },
      },
    ],
  };
}
