import { epochMs, monoMs } from '@greengate/contracts/time';
import type { Clock, Timers } from '../../src/ports.ts';

/** The real clock and timers, for tests over real sockets and ports. */
export const realClock: Clock = {
  now: () => epochMs(Date.now()),
  mono: () => monoMs(performance.now()),
  trust: () => 'trusted',
};

export const realTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits until `isSo`, or fails after `ms` saying what was waited for. */
export async function until(what: string, isSo: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain for: ${what}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}
