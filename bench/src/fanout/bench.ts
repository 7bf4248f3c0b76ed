import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudProcess, startCloud } from '../api/cloud-process.ts';
import { startChild } from '../child.ts';
import { type SigningGateway, signingGateway } from '../ingest/gateway.ts';
import { cpuMsOf, residentBytesOf } from '../procfs.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, type Spread, spreadOf } from '../stats.ts';
import { type Commits, makeReader, prepareCommits, STREAM } from './commits.ts';
import { type Crowd, openCrowd } from './crowd.ts';
import type { FromPeer, ToPeer } from './messages.ts';

const gatewaysCount = 10_000;
const commitsCount = 30;
/** Fewer: everybody asks anew after each commit and every 25 s, and ten thousand would never all be held. */
const heldGatewaysCount = 2000;
const heldCommitsCount = 8;
/** Of a hundred some are always on their way. */
const heldPercentMin = 90;
const betweenMs = 1000;
const settleMs = 3000;
const settledMsMax = 120_000;
const p99MsMax = 500;
const segmentBytes = 400;

/**
 * Ten thousand gateways, each with a key of its own, follow the built cloud on a libSQL file over loopback from this
 * process; cloud and gateways share the cores. A time begins before the request is sent whose commit they are to hear
 * of, and ends when a gateway has the whole event. Beside it, in the same run: the same gateways each on a held tail,
 * and Hono's streamSSE, a stream and an encoding for each connection, in a process that commits and signs nothing.
 */
export async function benchFanout(): Promise<BenchResult[]> {
  const cloud = await startCloud();
  try {
    const gateways = Array.from({ length: gatewaysCount }, (_, i) => signingGateway(`gw-${i + 1}`));
    const commits = await prepareCommits(cloud, gateways, commitsCount + heldCommitsCount + 1);
    progress(`${gatewaysCount} gateways are registered`);
    const live = await measureLive(cloud, gateways, commits);
    progress(`live: ${shown(live)}`);
    const held = await measureHeld(cloud, gateways, commits);
    progress(`held tails: ${shown(held)}`);
    commits.close();
    const peer = await measureHono();
    progress(`streamSSE: ${shown(peer)}`);
    return figures(live, held, peer);
  } finally {
    await cloud.stop();
  }
}

interface Measured {
  /** Of each gateway and commit. */
  readonly arrival: Spread;
  /** Of the last gateway of each commit. */
  readonly last: Spread;
  readonly cpuMsPerCommit: number;
  readonly bytesPerConnection: number;
  /** From the first dial until everybody was in. */
  readonly openedSeconds: number;
  /** How often somebody was told to come back, or lost the connection. */
  readonly again: number;
}

interface Plan {
  readonly pid: number;
  readonly gateways: number;
  readonly commits: number;
  readonly open: () => Promise<Crowd>;
  /** Resolves when everybody hears of the next commit. */
  readonly settled: () => Promise<void>;
  readonly commit: () => Promise<void>;
  /** Whether what a gateway got is the next commit. */
  readonly isNext: () => (data: string) => boolean;
}

async function measure(plan: Plan): Promise<Measured> {
  const before = residentBytesOf(plan.pid);
  const began = performance.now();
  const crowd = await plan.open();
  await plan.settled();
  const openedSeconds = (performance.now() - began) / 1000;
  await sleep(settleMs);
  const all: number[] = [];
  const last: number[] = [];
  const cpuBefore = cpuMsOf(plan.pid);
  for (let n = 0; n < plan.commits; n++) {
    const isNext = plan.isNext();
    const from = performance.now();
    const arrived = crowd.nextArrivals(from, isNext);
    await plan.commit();
    const arrivals = await arrived;
    for (const ms of arrivals) all.push(ms);
    last.push(arrivals.reduce((most, ms) => Math.max(most, ms), 0));
    await plan.settled();
    await sleep(betweenMs);
  }
  const cpuMsPerCommit = (cpuMsOf(plan.pid) - cpuBefore) / plan.commits;
  const bytesPerConnection = (residentBytesOf(plan.pid) - before) / plan.gateways;
  const again = crowd.again();
  crowd.close();
  await sleep(settleMs);
  const spreads = { arrival: spreadOf(all), last: spreadOf(last) };
  return { ...spreads, cpuMsPerCommit, bytesPerConnection, openedSeconds, again };
}

const liveAt = (version: number) =>
  `/v1/replica/live?at=${encodeURIComponent(`control.1.2,red.1.0,${STREAM}.1.${version}`)}`;

function measureLive(
  cloud: CloudProcess,
  gateways: readonly SigningGateway[],
  commits: Commits,
): Promise<Measured> {
  const read = makeReader();
  return measure({
    ...{ pid: cloud.pid, gateways: gatewaysCount, commits: commitsCount },
    open: () =>
      openCrowd({
        ...{ port: cloud.port, count: gatewaysCount, mode: 'events' },
        request: (i) =>
          asked(gateways, i).getRequest(cloud.port, liveAt(commits.nextVersion() - 1)),
      }),
    settled: async () => undefined,
    commit: commits.next,
    isNext: () => {
      const version = commits.nextVersion();
      return (data) => (read(data)?.to ?? 0) >= version;
    },
  });
}

function measureHeld(
  cloud: CloudProcess,
  gateways: readonly SigningGateway[],
  commits: Commits,
): Promise<Measured> {
  const read = makeReader();
  const after = new Map<number, number>();
  const start = commits.nextVersion() - 1;
  return measure({
    ...{ pid: cloud.pid, gateways: heldGatewaysCount, commits: heldCommitsCount },
    open: () =>
      openCrowd({
        ...{ port: cloud.port, count: heldGatewaysCount, mode: 'answers' },
        request: (i) => {
          const path = `/v1/replica/tail/${encodeURIComponent(STREAM)}/1/${after.get(i) ?? start}?wait=25`;
          return asked(gateways, i).getRequest(cloud.port, path);
        },
        took: (i, data) => void after.set(i, read(data)?.to ?? start),
      }),
    settled: () => untilHeld(cloud),
    commit: commits.next,
    isNext: () => {
      const version = commits.nextVersion();
      return (data) => (read(data)?.to ?? 0) >= version;
    },
  });
}

/** Until nearly all are held: some are always on their way, because a tail ends after 25 s. */
async function untilHeld(cloud: CloudProcess): Promise<void> {
  const until = performance.now() + settledMsMax;
  let held = 0;
  while (held < (heldGatewaysCount * heldPercentMin) / 100) {
    if (performance.now() > until) throw new Error(`only ${held} tails are held`);
    await sleep(250);
    const answer = await fetch(`http://127.0.0.1:${cloud.port}/metrics`, {
      headers: { authorization: `Bearer ${cloud.operatorToken}` },
    });
    const text = await answer.text();
    held = Number(/^greengate_cloud_tails_held (\d+)/m.exec(text)?.[1] ?? 0);
  }
}

async function measureHono(): Promise<Measured> {
  const child = startChild<ToPeer, FromPeer>(new URL('./hono-peer.js', import.meta.url));
  const { port } = await child.hear('port');
  let version = 0;
  // As long as what the cloud sends for one change.
  const segmentOf = (n: number) =>
    Buffer.concat([Buffer.alloc(segmentBytes), Buffer.from(`${n}`)]).toString('base64');
  const measured = await measure({
    ...{ pid: child.pid, gateways: gatewaysCount, commits: commitsCount },
    open: () =>
      openCrowd({
        ...{ port, count: gatewaysCount, mode: 'events' },
        request: () => Buffer.from('GET /live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'),
      }),
    settled: async () => undefined,
    commit: async () => {
      version += 1;
      child.tell({ event: STREAM, segment: segmentOf(version) });
    },
    isNext: () => {
      const next = `event: ${STREAM}\ndata: ${segmentOf(version + 1)}`;
      return (data) => data === next;
    },
  });
  await child.stop();
  return measured;
}

function figures(live: Measured, held: Measured, hono: Measured): BenchResult[] {
  const ms = (name: string, value: number) =>
    ({ name, value, unit: 'ms', better: 'lower' }) as const;
  const perGateway = (measured: Measured, count: number) =>
    (measured.cpuMsPerCommit * 1000) / count;
  const microseconds = { unit: 'microseconds', better: 'lower' } as const;
  const memory = { unit: 'KiB', better: 'lower' } as const;
  const [ours, theirs, hers] = [live, held, hono].map((one) => one.bytesPerConnection / 1024);
  const cpu = perGateway(live, gatewaysCount);
  const heldName = `${heldGatewaysCount} held tails`;
  return [
    againstTarget(ms('commit to a gateway, p99', live.arrival.p99), p99MsMax),
    { name: 'commit to a gateway, p50', value: live.arrival.median, unit: 'ms' },
    { name: 'commit to a gateway, max', value: live.arrival.max, unit: 'ms' },
    { name: 'commit to the last gateway, median', value: live.last.median, unit: 'ms' },
    { name: 'all connected', value: live.openedSeconds, unit: 's' },
    { name: 'refused or lost', value: live.again, unit: 'connections' },
    againstPeer(ms('p99 beside held tails', live.arrival.p99), {
      name: heldName,
      value: held.arrival.p99,
    }),
    againstPeer(ms('p99 beside streamSSE', live.arrival.p99), {
      name: 'Hono streamSSE',
      value: hono.arrival.p99,
    }),
    againstPeer(
      { name: 'CPU a gateway and commit beside held tails', value: cpu, ...microseconds },
      { name: heldName, value: perGateway(held, heldGatewaysCount) },
    ),
    againstPeer(
      { name: 'CPU a gateway and commit beside streamSSE', value: cpu, ...microseconds },
      { name: 'Hono streamSSE', value: perGateway(hono, gatewaysCount) },
    ),
    againstPeer(
      { name: 'memory a connection beside held tails', value: ours ?? 0, ...memory },
      { name: heldName, value: theirs ?? 0 },
    ),
    againstPeer(
      { name: 'memory a connection beside streamSSE', value: ours ?? 0, ...memory },
      { name: 'Hono streamSSE', value: hers ?? 0 },
    ),
  ];
}

function shown({
  arrival,
  cpuMsPerCommit,
  bytesPerConnection,
  openedSeconds,
  again,
}: Measured): string {
  const { median, p99, max } = arrival;
  const times = `p50 ${median.toFixed(0)} p99 ${p99.toFixed(0)} max ${max.toFixed(0)} ms`;
  const costs = `${cpuMsPerCommit.toFixed(0)} ms CPU a commit, ${(bytesPerConnection / 1024).toFixed(1)} KiB a connection`;
  return `${times}; ${costs}; connected in ${openedSeconds.toFixed(1)} s, again ${again}`;
}

function asked(gateways: readonly SigningGateway[], index: number): SigningGateway {
  const gateway = gateways[index];
  if (!gateway) throw new RangeError('no such gateway');
  return gateway;
}

/** Some minutes pass: whoever waits sees how it goes. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
