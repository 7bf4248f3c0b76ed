import { readlinkSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread, workerData } from 'node:worker_threads';

// Loaded by `node --import` into the built gateway and into its threads. It tells which thread is which, and how late the
// main thread is; and it puts another module in a place, where a variant of the gateway is measured.

const folder = process.env['BENCH_GATE_FOLDER'];
if (folder === undefined) throw new Error('BENCH_GATE_FOLDER is not set');

const resolutionMs = 5;

const thread = isMainThread
  ? 'main'
  : basename(String((workerData as { file?: string } | null)?.file ?? 'other'), '.db');
// "PID/task/TID"
writeFileSync(join(folder, `thread-${thread}`), basename(readlinkSync('/proc/thread-self')));

if (isMainThread) {
  const swap = process.env['BENCH_GATE_SWAP'];
  if (swap !== undefined) {
    register(new URL('./swap.js', import.meta.url), { data: JSON.parse(swap) as object });
  }
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  process.on('SIGUSR2', () => {
    // Asked for the first time it begins, for the second it ends: watching wakes the thread two hundred times a second, and
    // what that costs is not the gateway's.
    if (delay.enable()) delay.reset();
    else delay.disable();
    const late = (ns: number) => Math.max(0, ns / 1e6 - resolutionMs);
    const [p99, max] = [late(delay.percentile(99)), late(delay.max)];
    writeFileSync(join(folder, 'loop.json'), JSON.stringify({ p99, max }));
  });
}
