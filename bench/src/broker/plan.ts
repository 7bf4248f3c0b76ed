import { type PlannedDevice, planDevice } from '../mqtt/plan.ts';

export const HEALTHY: PlannedDevice = planDevice('turnstile-healthy', 'lane-1');
export const FROZEN: PlannedDevice = planDevice('turnstile-frozen', 'lane-1');
export const ABSENT: PlannedDevice = planDevice('turnstile-absent', 'lane-1');

/** Orders for the healthy device come this often; the frozen one gets as many at once as below, of a size. */
export const orderEveryMs = 10;
export const frozenOrdersAtOnce = 10;
export const frozenOrderBytes = 1000;

export function planStorm(devices: number): PlannedDevice[] {
  return Array.from({ length: devices }, (_, at) => planDevice(`device-${at + 1}`, 'lane-1'));
}
