import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../child.ts';
import { cpuMsOf, othersCpuMs, residentBytesOf, writtenBytesOf } from '../procfs.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { newRunKeys, signingKey } from './keys.ts';
import type {
  FromCloud,
  FromLoad,
  FromProbe,
  FromStation,
  ToCloud,
  ToLoad,
  ToProbe,
  ToStation,
} from './messages.ts';
import { gatewayConfig, lanesCount } from './plan.ts';

/** One gateway under one set of loads. */
export interface RunPlan {
  readonly peopleCount: number;
  readonly calmSeconds: number;
  readonly poissonSeconds: number;
  readonly burstSeconds: number;
  /** Modules of the gateway that others stand in for. */
  readonly swap?: Readonly<Record<string, string>>;
}

export interface Stretch {
  readonly scanned: Extract<FromStation, { kind: 'scanned' }>;
  readonly fsync: readonly number[];
  readonly seconds: number;
  readonly gatewayCpuMs: number;
  readonly journalBytes: number;
  readonly replicaBytes: number;
  readonly rows: number;
  /** Share of the machine's CPU that went to processes that are none of this run, percent. */
  readonly othersPercent: number;
  /** Resident bytes of the gateway, once a second. */
  readonly resident: readonly number[];
}

export interface RunFigures {
  /** How late the main thread's loop was, milliseconds. */
  readonly poisson: Stretch & { readonly loop: { readonly p99: number; readonly max: number } };
  readonly burst: Stretch;
  /** After the others, without load: what was to be compiled has been. */
  readonly calm: Stretch;
  /** What the flood sent, and how many of its clients the gateway closed. */
  readonly flood: { readonly messages: number; readonly lost: number };
}

interface Parts {
  readonly cloud: Child<ToCloud, FromCloud>;
  readonly station: Child<ToStation, FromStation>;
  readonly load: Child<ToLoad, FromLoad>;
  readonly probe: Child<ToProbe, FromProbe>;
  readonly gateway: GatewayProcess;
}

/** Starts everything, measures, and takes everything down again. */
export async function runGate(plan: RunPlan, say: (what: string) => void): Promise<RunFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-bench-gate-'));
  const cloud = startChild<ToCloud, FromCloud>(entry('cloud'));
  const station = startChild<ToStation, FromStation>(entry('station'));
  const load = startChild<ToLoad, FromLoad>(entry('load'));
  const probe = startChild<ToProbe, FromProbe>(entry('fsync-probe'), [join(folder, 'probe')]);
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await open(folder, plan, { cloud, station, load });
    return await measure(plan, { cloud, station, load, probe, gateway }, say);
  } finally {
    await gateway?.stop();
    await Promise.all([cloud, station, load, probe].map((child) => child.stop()));
    rmSync(folder, { recursive: true });
  }
}

const entry = (name: string) => new URL(`./${name}.js`, import.meta.url);

/** Resolves when every device is connected and every status is in the replica. */
async function open(
  folder: string,
  plan: RunPlan,
  { cloud, station, load }: Pick<Parts, 'cloud' | 'station' | 'load'>,
): Promise<GatewayProcess> {
  const keys = newRunKeys();
  const listening = cloud.hear('port');
  const seeded = cloud.hear('seeded');
  seeded.catch(() => undefined);
  cloud.tell({ kind: 'start', keys, peopleCount: plan.peopleCount });
  const plugged = station.hear('serial');
  station.tell({ kind: 'start', issuer: keys.issuer, lanes: lanesCount });
  const config = gatewayConfig({
    dataDir: folder,
    cloudPort: (await listening).port,
    rootKey: signingKey(keys.root).publicKey,
    serialPath: (await plugged).path,
  });
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config));
  const gateway = await startGateway(folder, plan.swap);
  const connected = station.hear('connected');
  const ready = load.hear('ready');
  station.tell({ kind: 'connect', port: gateway.mqttPort });
  load.tell({ kind: 'connect', port: gateway.mqttPort });
  await Promise.all([connected, ready, seeded]);
  return gateway;
}

async function measure(
  plan: RunPlan,
  parts: Parts,
  say: (what: string) => void,
): Promise<RunFigures> {
  const { cloud, load, gateway } = parts;
  // What the start and the first sync left to do, to the disk above all, is not the lanes' matter.
  await sleep(settleMs);
  say('under all loads');
  const frozen = load.hear('frozen');
  load.tell({ kind: 'freeze' });
  await frozen;
  load.tell({ kind: 'flood', on: true });
  cloud.tell({ kind: 'segments', on: true });
  await gateway.loopDelay();
  const loaded = await stretch(parts, 'poisson', plan.poissonSeconds);
  const poisson = { ...loaded, loop: await gateway.loopDelay() };
  say('bursts');
  const burst = await stretch(parts, 'burst', plan.burstSeconds);
  const sent = load.hear('sent');
  load.tell({ kind: 'flood', on: false });
  cloud.tell({ kind: 'segments', on: false });
  const flood = await sent;

  await sleep(settleMs);
  say('without load');
  const calm = await stretch(parts, 'poisson', plan.calmSeconds);
  return { calm, poisson, burst, flood };
}

const settleMs = 3000;

async function stretch(
  parts: Parts,
  pattern: 'poisson' | 'burst',
  seconds: number,
): Promise<Stretch> {
  const { station, gateway } = parts;
  const own = [
    process.pid,
    gateway.pid,
    ...[parts.cloud, station, parts.load, parts.probe].map(({ pid }) => pid),
  ];
  const stand = async () => ({
    at: performance.now(),
    cpu: cpuMsOf(gateway.pid),
    others: othersCpuMs(own),
    journal: writtenBytesOf(gateway.pid, gateway.thread('journal')),
    replica: written(gateway, 'replica'),
    rows: (await ask(parts.cloud, { kind: 'count' }, 'count')).rows,
  });

  await ask(parts.probe, { kind: 'take' }, 'taken');
  const before = await stand();
  const resident: number[] = [];
  const timer = setInterval(() => resident.push(residentBytesOf(gateway.pid)), 1000);
  const scanned = await ask(station, { kind: 'scan', pattern, seconds }, 'scanned');
  clearInterval(timer);
  const after = await stand();
  const passed = after.at - before.at;
  return {
    scanned,
    fsync: (await ask(parts.probe, { kind: 'take' }, 'taken')).samples,
    seconds: passed / 1000,
    gatewayCpuMs: after.cpu - before.cpu,
    journalBytes: after.journal - before.journal,
    replicaBytes: after.replica - before.replica,
    rows: after.rows - before.rows,
    othersPercent: (100 * (after.others - before.others)) / (passed * availableParallelism()),
    resident,
  };
}

/** A variant may have no such thread. */
function written(gateway: GatewayProcess, thread: string): number {
  try {
    return writtenBytesOf(gateway.pid, gateway.thread(thread));
  } catch {
    return 0;
  }
}

async function ask<To, From extends { readonly kind: string }, K extends From['kind']>(
  child: Child<To, From>,
  question: To,
  kind: K,
): Promise<Extract<From, { kind: K }>> {
  const answer = child.hear(kind);
  child.tell(question);
  return answer;
}
