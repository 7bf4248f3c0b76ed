import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openJournalStore } from '../../../edge/dist/store/journal-store.js';
import { createNodeCrypto } from '../../../edge/dist/verify/node-crypto.js';
import { type Children, createChildren } from '../../dist/demo/children.js';
import { GATEWAY } from '../../dist/demo/config.js';
import { fromCloud, type HeldEvent, readJournal } from '../../dist/demo/journal.js';
import type { Managed } from '../../dist/demo/managed.js';
import { reportOf } from '../../dist/demo/report.js';
import { type System, startSystem, untilStatus } from '../../dist/demo/system.js';
import { createPrng, type Prng } from '../../dist/prng.js';

/** What a run of kills came to. Times are milliseconds from a blow to the next order at a turnstile. */
export interface KillsReport {
  readonly seed: number;
  readonly kills: { readonly gateway: number; readonly cloud: number; readonly starting: number };
  /** Ends by SIGTERM under load, and how long the slowest took. */
  readonly asked: { readonly count: number; readonly slowestMs: number };
  readonly decidingAgainMs: {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly passages: number;
  readonly journalRows: number;
  readonly cloudRows: number;
  readonly seconds: number;
  readonly violations: readonly string[];
  /** The evidence, where something was violated. */
  readonly folder: string | undefined;
}

export interface KillsPlan {
  readonly seed: number;
  readonly kills: number;
  readonly lanes: number;
  /** Passages a minute a lane. */
  readonly rate: number;
  /** The gates must decide again within this. */
  readonly againMsMax: number;
}

const VICTIMS = ['gateway', 'cloud'] as const;
const DRAIN_TRIES = 6;
const STOP_MS_MAX = 10_000;

/**
 * Kills cloud and gateway under load, one at a time and at random moments, some of them while they start, and now and then
 * asks one to end. Then holds what the station saw, the gateway wrote and the cloud has against each other.
 * `stop` ends the kills early; all is held against each other still.
 */
export async function runKills(
  plan: KillsPlan,
  say: (text: string) => void,
  stop: AbortSignal,
): Promise<KillsReport> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-chaos-'));
  const children = createChildren(folder);
  const prng = createPrng(plan.seed).fork('chaos');
  const began = performance.now();
  const violations: string[] = [];
  try {
    const broken = new AbortController();
    // Some starts know of the crash before them: they try the files first, and three of them in a row are in safe mode.
    let remembers = false;
    const options = { seed: plan.seed, lanes: plan.lanes, rate: plan.rate, seconds: undefined };
    const system = await startSystem(options, folder, children, say, broken, () => remembers);
    system.station.tell({ kind: 'start' });
    const tally = createTally(violations);
    for (let done = 0; done < plan.kills && !stop.aborted && !broken.signal.aborted; ) {
      remembers = prng.below(10) < 3;
      done += await blow(system, prng, tally, plan);
      if (broken.signal.aborted) violations.push(String(broken.signal.reason));
      say(`${done} of ${plan.kills} ${tally.said()}`);
    }
    remembers = false;
    const held = await holdAgainstEachOther(system, folder, prng, say);
    const { late, ...told } = tally.told();
    violations.push(...late, ...held.violations);
    if (violations.length > 0) children.keepFolder();
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const { passages, journalRows, cloudRows } = held;
    const kept = violations.length > 0 ? folder : undefined;
    return {
      ...{ seed: plan.seed, ...told, passages, journalRows, cloudRows, seconds },
      ...{ violations, folder: kept },
    };
  } catch (error) {
    children.keepFolder();
    throw new Error(`seed ${plan.seed}, evidence in ${folder}: ${String(error)}`, { cause: error });
  } finally {
    await endAll(children, violations.length === 0 ? folder : undefined);
  }
}

async function endAll(children: Children, folder: string | undefined): Promise<void> {
  await children.killAll();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

type Tally = ReturnType<typeof createTally>;

function createTally(violations: string[]) {
  const kills = { gateway: 0, cloud: 0, starting: 0 };
  const asked = { count: 0, slowestMs: 0 };
  const again: number[] = [];
  // Late by a machine that others use is told with how much they did.
  const late: string[] = [];
  let load = 0;
  let last = '';
  return {
    violations,
    killed(victim: 'gateway' | 'cloud', starting: boolean) {
      kills[victim] += 1;
      if (starting) kills.starting += 1;
      last = `${victim} killed${starting ? ' while it started' : ''}`;
    },
    ended(victim: 'gateway' | 'cloud', how: unknown, ms: number) {
      asked.count += 1;
      asked.slowestMs = Math.max(asked.slowestMs, Math.round(ms));
      last = `${victim} asked to end`;
      if (how !== 0) violations.push(`${victim} was asked to end and ended with ${String(how)}`);
    },
    decided(ms: number, msMax: number) {
      again.push(ms);
      last += `, deciding again after ${ms} ms`;
      load = Math.max(load, loadavg()[0] ?? 0);
      if (ms > msMax) late.push(`${last}, which is more than ${msMax}`);
    },
    said: () => last,
    told() {
      const sorted = again.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
      const decidingAgainMs = { count: again.length, p50: at(0.5), p99: at(0.99), max: at(1) };
      const lateOnes = late.map((each) => `${each} (load of the machine up to ${load.toFixed(1)})`);
      return { kills, asked, decidingAgainMs, late: lateOnes };
    },
  };
}

/** One blow and what follows, until the gates decide again; answers how many kills it took. */
async function blow(
  { cloud, gateway, station }: System,
  prng: Prng,
  tally: Tally,
  { againMsMax }: KillsPlan,
): Promise<number> {
  const victim = prng.pick(VICTIMS);
  const managed: Managed = victim === 'gateway' ? gateway.managed : cloud.managed;
  await sleep(100 + prng.below(1500));
  const from = Date.now();
  let kills = 0;
  if (prng.below(10) === 0) {
    const began = performance.now();
    tally.ended(victim, await managed.stop(STOP_MS_MAX), performance.now() - began);
  } else {
    await managed.kill();
    tally.killed(victim, false);
    kills += 1;
  }
  await sleep(prng.below(300));
  let struck = from;
  while (prng.below(5) === 0) {
    const starting = managed.start().catch(() => undefined);
    await sleep(prng.below(400));
    struck = Date.now();
    await managed.kill();
    await starting;
    tally.killed(victim, true);
    kills += 1;
  }
  await managed.start();
  const decided = () => station.orders.findLast(({ at }) => at > struck);
  // Past the limit it is a violation; a while longer is waited, to see whether it ever decides.
  while (decided() === undefined && Date.now() - struck < 4 * againMsMax) await sleep(20);
  const first = station.orders.find(({ at }) => at > struck);
  tally.decided((first?.at ?? Date.now()) - struck, againMsMax);
  return kills;
}

/** Lets everyone through and the outbox drain, asks both sides to end, and compares. */
async function holdAgainstEachOther(
  { cloud, gateway, station, kills }: System,
  folder: string,
  prng: Prng,
  say: (text: string) => void,
) {
  const violations: string[] = [];
  // The last end of the gateway is one that is asked for, with people in its gates.
  await sleep(prng.below(1000));
  const how = await gateway.managed.stop(STOP_MS_MAX);
  if (how !== 0) violations.push(`the gateway was asked to end and ended with ${String(how)}`);
  await gateway.managed.start();
  await station.stop(10_000);
  say('The outbox drains');
  const never = new AbortController().signal;
  const drained = ({ outbox }: { outbox: { pending: number } }) => outbox.pending === 0;
  for (let tries = 1; tries <= DRAIN_TRIES; tries++) {
    const waiting = untilStatus(gateway, never, 'the outbox did not drain', drained);
    if (
      await waiting.then(
        () => true,
        (error: Error) => void say(error.message),
      )
    )
      break;
  }
  const ended = await gateway.managed.stop(STOP_MS_MAX);
  if (ended !== 0) violations.push(`the gateway was asked to end and ended with ${String(ended)}`);
  const rows = (await cloud.client.passages(GATEWAY, cloud.bearers.auditor)).map(fromCloud);
  const journalFile = resolve(folder, 'gateway', 'journal.db');
  const journal = readJournal(journalFile);
  const { passages, orders } = station;
  const report = reportOf({
    ...{ seed: 0, startedAt: 0, passages, orders, cloudOutages: [], kills },
    ...{ journal, cloud: rows },
  });
  violations.push(...report.faults, ...onlyInTheCloud(journal, rows), ...gaps(journal));
  const bad = firstBadRow(journalFile);
  if (bad !== undefined) violations.push(`the journal's chain breaks at ${bad}`);
  const end = await cloud.managed.stop(STOP_MS_MAX);
  if (end !== 0) violations.push(`the cloud was asked to end and ended with ${String(end)}`);
  const { journalRows, cloudRows } = report;
  return { passages: report.passages, journalRows, cloudRows, violations };
}

/** What the cloud was told, the gateway must hold: else its disk had it and lost it. */
function onlyInTheCloud(journal: readonly HeldEvent[], cloud: readonly HeldEvent[]): string[] {
  const held = new Set(journal.map(({ epoch, seq }) => `${epoch}/${seq}`));
  return cloud
    .map(({ epoch, seq }) => `${epoch}/${seq}`)
    .filter((id) => !held.has(id))
    .map((id) => `event ${id} is in the cloud and not in the journal`);
}

/** Numbers of an epoch begin with 1 and leave none out. */
function gaps(journal: readonly HeldEvent[]): string[] {
  const last = new Map<number, number>();
  const found: string[] = [];
  for (const { epoch, seq } of journal) {
    if (seq !== (last.get(epoch) ?? 0) + 1)
      found.push(`a number is missing before ${epoch}/${seq}`);
    last.set(epoch, seq);
  }
  return found;
}

function firstBadRow(file: string): string | undefined {
  const store = openJournalStore(file, createNodeCrypto().sha256);
  const bad = store.verifyChain();
  store.close();
  return bad && `${bad.epoch}/${bad.seq}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
