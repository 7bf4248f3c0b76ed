import type { BenchOptions } from '../registry.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, percentileOf } from '../stats.ts';
import { type RunFigures, type RunPlan, runGate, type Stretch } from './run.ts';

const peopleCount = 500_000;
const othersPercentMax = 5;
const attemptsUsual = 3;
const minutesUsual = 5;
const burstSecondsMax = 60;
const peerSecondsMax = 120;
const calmSeconds = 30;
const slopeSeconds = 180;
const mib = 1024 * 1024;

const standIn = (name: string) => new URL(`./${name}.js`, import.meta.url).href;
const replicaOnMain = (how: '' | '?whole') => ({
  'edge/dist/store/replica-thread.js': `${standIn('replica-on-main')}${how}`,
});
const plainAedes = { 'edge/dist/devices/mqtt-broker.js': standIn('plain-aedes') };

/** A station of sixteen lanes at one gateway under every load at once; and the same with two designs that it is not. */
export async function benchGate({
  minutes = minutesUsual,
  attempts: attemptsMax = attemptsUsual,
}: BenchOptions = {}): Promise<BenchResult[]> {
  const poissonSeconds = minutes * 60;
  const plan: RunPlan = {
    peopleCount,
    calmSeconds,
    poissonSeconds,
    burstSeconds: Math.min(burstSecondsMax, poissonSeconds),
  };
  const peer = {
    ...plan,
    calmSeconds: 5,
    poissonSeconds: Math.min(peerSecondsMax, poissonSeconds),
    burstSeconds: 5,
  };
  const { run: ours, attempts } = await undisturbed(plan, attemptsMax);
  const on = (how: '' | '?whole', say: string) =>
    runGate({ ...peer, swap: replicaOnMain(how) }, saying(say));
  const inSlices = await on('', 'replica on main in slices');
  const whole = await on('?whole', 'replica on main');
  const plain = await runGate({ ...peer, swap: plainAedes }, saying('plain aedes'));
  return [
    ...latencies(ours.poisson),
    ...bursts(ours.burst),
    ...costs(ours),
    ...peers(ours, { inSlices, whole }, plain),
    ...conditions(ours, attempts),
  ];
}

/** Other programs' CPU makes the worst tails: a run that had to share is repeated, and the quietest one is told. */
async function undisturbed(
  plan: RunPlan,
  attemptsMax: number,
): Promise<{ run: RunFigures; attempts: number }> {
  let best: RunFigures | undefined;
  let attempts = 0;
  while (attempts < attemptsMax) {
    attempts += 1;
    const run = await runGate(plan, saying(`run ${attempts}`));
    const isQuieter = !best || run.poisson.othersPercent < best.poisson.othersPercent;
    if (isQuieter) best = run;
    if (run.poisson.othersPercent <= othersPercentMax) break;
  }
  if (!best) throw new Error('no run');
  return { run: best, attempts };
}

function saying(which: string): (what: string) => void {
  return (what) => void process.stderr.write(`${which}: ${what}\n`);
}

/** The limits are the disk's own figures in the same run, and a little more. */
function latencies({ scanned, fsync }: Stretch): BenchResult[] {
  const all = [...scanned.samples, ...scanned.serialSamples];
  const disk = { p50: at(fsync, 50), p99: at(fsync, 99), max: at(fsync, 100) };
  const rank = (name: string, percent: number, limit: number) =>
    againstTarget(lower(`scan to command, ${name}`, 'ms', at(all, percent)), limit);
  return [
    rank('p50', 50, disk.p50 + 2),
    rank('p99', 99, Math.min(disk.p99 + 8, 25)),
    rank('p99.9', 99.9, disk.max + 20),
    rank('max', 100, Math.min(disk.max + 40, 100)),
    {
      name: 'scan to command on the serial line, p50',
      unit: 'ms',
      value: at(scanned.serialSamples, 50),
    },
    { name: 'fsync, p50', unit: 'ms', value: disk.p50 },
    { name: 'fsync, p99', unit: 'ms', value: disk.p99 },
    { name: 'fsync, max', unit: 'ms', value: disk.max },
    { name: 'people decided on', unit: '1', value: all.length },
    againstTarget(lower('people undecided', '1', scanned.undecided), 0),
    { name: 'let through', unit: '%', value: (100 * scanned.opened) / all.length },
  ];
}

function bursts({ scanned, fsync }: Stretch): BenchResult[] {
  const all = [...scanned.samples, ...scanned.serialSamples];
  return [
    againstTarget(lower('16 scans in 10 ms, p50', 'ms', at(all, 50)), 15),
    againstTarget(lower('16 scans in 10 ms, p99', 'ms', at(all, 99)), 45),
    againstTarget(lower('16 scans in 10 ms, max', 'ms', at(all, 100)), 100),
    { name: 'fsync during the bursts, max', unit: 'ms', value: at(fsync, 100) },
    againstTarget(lower('undecided in bursts', '1', scanned.undecided), 0),
  ];
}

function costs({ calm, poisson }: RunFigures): BenchResult[] {
  const passages = (stretch: Stretch) =>
    stretch.scanned.samples.length + stretch.scanned.serialSamples.length;
  const resident = poisson.resident.map((bytes) => bytes / mib);
  return [
    againstTarget(lower('event loop late, p99', 'ms', poisson.loop.p99), 5),
    againstTarget(lower('event loop late, max', 'ms', poisson.loop.max), 50),
    againstTarget(lower('CPU a passage without load', 'ms', calm.gatewayCpuMs / passages(calm)), 4),
    {
      name: 'CPU of the gateway under load',
      unit: '% of a core',
      value: poisson.gatewayCpuMs / (10 * poisson.seconds),
    },
    againstTarget(lower('memory at the end', 'MiB', resident.at(-1) ?? 0), 150),
    againstTarget(
      lower('growth of memory at the end', 'MiB/min', perMinute(resident.slice(-slopeSeconds))),
      1,
    ),
    againstTarget(
      lower('written a passage by the journal', 'KiB', calm.journalBytes / passages(calm) / 1024),
      8,
    ),
    {
      name: 'written a passage by the journal, under load',
      unit: 'KiB',
      value: poisson.journalBytes / passages(poisson) / 1024,
    },
    { name: 'changed rows', unit: '1/s', value: poisson.rows / poisson.seconds },
    {
      name: 'written a changed row by the replica',
      unit: 'bytes',
      value: poisson.replicaBytes / Math.max(1, poisson.rows),
    },
  ];
}

function peers(
  ours: RunFigures,
  onMain: Readonly<Record<'inSlices' | 'whole', RunFigures>>,
  plain: RunFigures,
): BenchResult[] {
  const p99 = ({ poisson }: RunFigures) =>
    at([...poisson.scanned.samples, ...poisson.scanned.serialSamples], 99);
  const undecidedPercent = ({ poisson: { scanned } }: RunFigures) => {
    const decided = scanned.samples.length + scanned.serialSamples.length;
    return (100 * scanned.undecided) / (decided + scanned.undecided);
  };
  return [
    againstPeer(
      lower('scan to command, p99, two threads', 'ms', p99(ours)),
      { name: 'replica on the main thread', value: p99(onMain.whole) },
      10,
    ),
    {
      name: 'scan to command, p99, replica on the main thread in our slices',
      unit: 'ms',
      value: p99(onMain.inSlices),
    },
    {
      name: 'event loop late with the replica on main, max',
      unit: 'ms',
      value: onMain.whole.poisson.loop.max,
    },
    { name: 'undecided with plain aedes', unit: '%', value: undecidedPercent(plain) },
  ];
}

function conditions({ poisson, burst, flood }: RunFigures, attempts: number): BenchResult[] {
  return [
    againstTarget(lower('CPU of other programs', '%', poisson.othersPercent), othersPercentMax),
    { name: 'CPU of other programs in the bursts', unit: '%', value: burst.othersPercent },
    { name: 'runs until one was quiet enough', unit: '1', value: attempts },
    {
      name: "lateness of the station's own process, p99",
      unit: 'ms',
      value: poisson.scanned.lagP99,
    },
    {
      name: "lateness of the station's own process, max",
      unit: 'ms',
      value: poisson.scanned.lagMax,
    },
    {
      name: 'flooding messages',
      unit: '1/s',
      value: flood.messages / (poisson.seconds + burst.seconds),
    },
    { name: 'flooding clients closed', unit: '1', value: flood.lost },
  ];
}

function lower(name: string, unit: string, value: number) {
  return { name, unit, value, better: 'lower' } as const;
}

function at(samples: readonly number[], percent: number): number {
  return samples.length === 0 ? Number.NaN : percentileOf(samples, percent);
}

/** Least squares over one value a second. */
function perMinute(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  values.forEach((value, second) => {
    above += (second - middle) * (value - mean);
    below += (second - middle) ** 2;
  });
  return below === 0 ? 0 : (60 * above) / below;
}
