/** The latest decisions' latencies, milliseconds. */
export interface LatencyWindow {
  add(ms: number): void;
  summary(): { count: number; p50: number; p99: number; max: number };
}

/** A ring of the last `countMax` values; `count` and `max` are of all. */
export function createLatencyWindow(countMax: number): LatencyWindow {
  const values = new Float64Array(countMax);
  let count = 0;
  let max = 0;
  return {
    add(ms) {
      values[count % countMax] = ms;
      count += 1;
      max = Math.max(max, ms);
    },
    summary() {
      const sorted = values.slice(0, Math.min(count, countMax)).sort();
      const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
      return { count, p50: at(0.5), p99: at(0.99), max };
    },
  };
}
