import type { GatewayMetrics } from './metrics.ts';

/** Counts what was decided before there was anything to count it with. */
export function createEarlyDecisions() {
  type Decided = Parameters<GatewayMetrics['decided']>;
  const early: Decided[] = [];
  let add: (...decided: Decided) => void = (...decided) => void early.push(decided);
  return {
    add: (...decided: Decided) => add(...decided),
    drainTo(count: GatewayMetrics['decided']) {
      for (const decided of early) count(...decided);
      early.length = 0;
      add = count;
    },
  };
}
