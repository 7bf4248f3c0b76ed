import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget } from '../stats.ts';
import { type CloudProcess, startCloud } from './cloud-process.ts';
import { type Connections, openConnections } from './connections.ts';
import { closedLoad, type Judged, judge, openLoad, secondsUntilGood } from './load.ts';
import { declarationRequest, registrationRequest, statusRequest } from './requests.ts';

const holdersCount = 4000;
const closedConnectionsCount = 24;
const closedMs = 8000;
// In a flood every person has a connection of their own: as many as wait at any time.
const floodConnectionsCount = 5000;
const floodTimes = 10;
const floodSeconds = 10;
const stepSeconds = 4;
const stepFactor = 1.25;
const triesCount = 3;
const firstPerSecond = 100;
const goodP99Ms = 250;
const afterSeconds = 15;
/** Four people look at their status for one who declares. */
const readsPerDeclaration = 4;

const readsPerSecondMin = 2000;
const declarationsPerSecondMin = 500;
const acceptedP99MsMax = 1000;
const backToNormalSecondsMax = 10;

/**
 * The built cloud on a libSQL file with synchronous=FULL, driven over real connections from this process: the two share
 * the machine's cores. What it can do, then ten times that, then normal again; and the flood once more without shedding.
 */
export async function benchApi(): Promise<BenchResult[]> {
  const people = await withCloud({}, async (cloud, seeded) => {
    const alone = await capacities(cloud, seeded);
    const sustainable = await ramp(cloud, seeded);
    return { alone, sustainable, flood: await flood(cloud, seeded, sustainable) };
  });
  const { sustainable } = people;
  const unshed = await withCloud({ GREENGATE_SHED: 'off' }, (cloud, seeded) =>
    flood(cloud, seeded, sustainable),
  );
  return [
    ...people.alone,
    { name: 'sustainable, 4 reads to 1 declaration', value: sustainable, unit: '1/s' },
    ...floodResults(people.flood, unshed),
  ];
}

interface Flood {
  readonly offeredPerSecond: number;
  readonly during: Judged;
  readonly backToNormalSeconds: number;
  readonly memoryMiB: number;
}

function floodResults(
  { offeredPerSecond, during, backToNormalSeconds, memoryMiB }: Flood,
  unshed: Flood,
): BenchResult[] {
  const lower = 'lower' as const;
  const value = (name: string, figure: number, unit: string): BenchResult => ({
    name: `10x: ${name}`,
    value: figure,
    unit,
  });
  return [
    value('offered', offeredPerSecond, '1/s'),
    value('served', during.servedPerSecond, '1/s'),
    value('shed with 429 and Retry-After', during.shedPercent, '%'),
    value('gave up waiting for a connection', during.gaveUpPercent, '%'),
    againstTarget({ ...value('other errors', during.failed, '1'), better: lower }, 0),
    value('served, median', during.medianMs, 'ms'),
    againstTarget({ ...value('served, p99', during.p99Ms, 'ms'), better: lower }, acceptedP99MsMax),
    againstPeer(
      { ...value('served, p99, against no shedding', during.p99Ms, 'ms'), better: lower },
      {
        name: `GREENGATE_SHED=off ${Math.round(unshed.during.p99Ms)} ms`,
        value: unshed.during.p99Ms,
      },
    ),
    againstTarget(
      { ...value('back to normal', backToNormalSeconds, 's'), better: lower },
      backToNormalSecondsMax,
    ),
    againstPeer(
      { ...value('memory of the cloud', memoryMiB, 'MiB'), better: lower },
      { name: `GREENGATE_SHED=off ${Math.round(unshed.memoryMiB)} MiB`, value: unshed.memoryMiB },
    ),
  ];
}

type Tokens = readonly string[];

/** A cloud with people who have declared. The load comes from one address, as it would from a proxy. */
async function withCloud<T>(
  env: Readonly<Record<string, string>>,
  work: (cloud: CloudProcess, tokens: Tokens) => Promise<T>,
): Promise<T> {
  const cloud = await startCloud({ ...env, GREENGATE_TRUSTED_PROXY: '127.0.0.1' });
  try {
    const tokens = await withConnections(cloud, closedConnectionsCount, async (connections) => {
      const all = (sent: number) => sent >= holdersCount;
      const register = (at: number) => registrationRequest(cloud.registrarToken, at);
      const { bodies } = await closedLoad(connections, register, 8, all);
      const found = bodies.map((body) => (JSON.parse(body) as { token: string }).token);
      await closedLoad(connections, declarations(found), 8, all);
      return found;
    });
    return await work(cloud, tokens);
  } finally {
    await cloud.stop();
  }
}

async function withConnections<T>(
  cloud: CloudProcess,
  count: number,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const connections = await openConnections(cloud.port, count);
  try {
    return await work(connections);
  } finally {
    connections.close();
  }
}

async function capacities(cloud: CloudProcess, tokens: Tokens): Promise<BenchResult[]> {
  const run = (requests: (at: number) => Buffer) =>
    withConnections(cloud, closedConnectionsCount, (connections) =>
      closedLoad(connections, requests, closedConnectionsCount, (_, ms) => ms > closedMs),
    );
  const read = await run(reads(tokens));
  progress(`${Math.round(read.perSecond)} status reads/s`);
  const declared = await run(declarations(tokens));
  progress(`${Math.round(declared.perSecond)} declarations/s`);
  const higher = { unit: '1/s', better: 'higher' as const };
  return [
    againstTarget({ name: 'status reads', value: read.perSecond, ...higher }, readsPerSecondMin),
    againstTarget(
      { name: 'declarations, durable', value: declared.perSecond, ...higher },
      declarationsPerSecondMin,
    ),
  ];
}

/** So many that none is idle for long, and nobody waits for one while answers are good. */
const connectionsFor = (perSecond: number) => Math.ceil((perSecond * goodP99Ms) / 1000) + 20;

/** The most a second at which all are served and p99 is good. A neighbour on the machine may spoil a step: it is tried again. */
async function ramp(cloud: CloudProcess, tokens: Tokens): Promise<number> {
  const holds = async (perSecond: number): Promise<boolean> => {
    for (let tried = 0; tried < triesCount; tried++) {
      const step = await withConnections(cloud, connectionsFor(perSecond), (connections) =>
        openLoad(connections, mixed(tokens), perSecond, stepSeconds),
      );
      const judged = judge(step, stepSeconds);
      progress(`${Math.round(perSecond)}/s: ${shown(judged)}`);
      if (isGood(judged)) return true;
    }
    return false;
  };
  let sustainable = 0;
  for (let next = firstPerSecond; await holds(next); next *= stepFactor) sustainable = next;
  if (sustainable === 0) throw new Error(`not even ${firstPerSecond} requests a second are served`);
  return sustainable;
}

async function flood(cloud: CloudProcess, tokens: Tokens, sustainable: number): Promise<Flood> {
  const offeredPerSecond = sustainable * floodTimes;
  let memoryMiB = 0;
  const watch = setInterval(() => {
    memoryMiB = Math.max(memoryMiB, cloud.memoryMiB());
  }, 200);
  const during = await withConnections(cloud, floodConnectionsCount, (connections) =>
    openLoad(connections, mixed(tokens), offeredPerSecond, floodSeconds),
  );
  const after = await withConnections(cloud, connectionsFor(sustainable), (connections) =>
    openLoad(connections, mixed(tokens), sustainable / 2, afterSeconds),
  );
  clearInterval(watch);
  const judged = judge(during, floodSeconds);
  progress(`${Math.round(offeredPerSecond)}/s: ${shown(judged)}`);
  return {
    offeredPerSecond,
    during: judged,
    backToNormalSeconds: secondsUntilGood(after, isGood),
    memoryMiB,
  };
}

function shown({ servedPerSecond, shedPercent, medianMs, p99Ms, failed }: Judged): string {
  const figures = [servedPerSecond, shedPercent, medianMs, p99Ms].map((figure) =>
    figure.toFixed(0),
  );
  const [served, shed, median, p99] = figures;
  return `${served}/s served, ${shed} % shed, median ${median} ms, p99 ${p99} ms, ${failed} failed`;
}

/** A few minutes pass: whoever waits sees how it goes. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function isGood({ shedPercent, gaveUpPercent, failed, p99Ms }: Judged): boolean {
  return shedPercent < 0.1 && gaveUpPercent === 0 && failed === 0 && p99Ms <= goodP99Ms;
}

const reads = (tokens: Tokens) => cycled(tokens.map(statusRequest));
const declarations = (tokens: Tokens) => cycled(tokens.map(declarationRequest));

function mixed(tokens: Tokens): (at: number) => Buffer {
  const [read, declare] = [reads(tokens), declarations(tokens)];
  return (at) => (at % (readsPerDeclaration + 1) === 0 ? declare(at) : read(at));
}

function cycled(requests: readonly Buffer[]): (at: number) => Buffer {
  return (at) => {
    const found = requests[at % requests.length];
    if (found === undefined) throw new RangeError('no requests');
    return found;
  };
}
