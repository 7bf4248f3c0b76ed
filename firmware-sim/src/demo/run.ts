import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Board, createBoard } from './board.ts';
import { createChildren } from './children.ts';
import { GATEWAY } from './config.ts';
import { readStatus } from './gateway-status.ts';
import { fromCloud, readJournal } from './journal.ts';
import { type Kill, planKills } from './kill-plan.ts';
import type { Managed } from './managed.ts';
import type { DemoOptions } from './options.ts';
import { type DemoReport, reportOf } from './report.ts';
import { type System, startSystem, untilStatus } from './system.ts';

/**
 * Runs the whole system once. Resolves with the report, or undefined when stopped before there was one.
 * `stop` ends it early; aborted with an Error it rejects with that.
 */
export async function runDemo(
  options: DemoOptions,
  stop: AbortController,
): Promise<DemoReport | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-demo-'));
  const children = createChildren(folder);
  if (options.keep) children.keepFolder();
  const board = createBoard(process.stdout);
  try {
    const system = await startSystem(options, folder, children, board.say, stop);
    failIfBroken(stop.signal);
    if (stop.signal.aborted) return undefined;
    const startedAt = Date.now();
    await live(options, system, board, stop);
    failIfBroken(stop.signal);
    return await endSystem(options, system, board, startedAt);
  } finally {
    board.close();
    await children.killAll();
    if (options.keep) process.stdout.write(`Kept ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** From the first passenger to the last: shows the board and deals the blows. */
async function live(
  options: DemoOptions,
  system: System,
  board: Board,
  stop: AbortController,
): Promise<void> {
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  const seconds = options.seconds ?? Number.POSITIVE_INFINITY;
  const isOver = () => stop.signal.aborted || elapsedMs() >= seconds * 1000;
  system.station.tell({ kind: 'start' });
  const blows = dealBlows(options, system, elapsedMs, isOver).catch((error) => stop.abort(error));

  while (!isOver()) {
    const { cloud, gateway, station, footer } = system;
    const status = await readStatus(gateway.statusUrl);
    board.show({
      seed: options.seed,
      elapsedMs: elapsedMs(),
      cloudUp: cloud.managed.up(),
      gatewayUp: gateway.managed.up(),
      lanes: system.plan.lanes.map(({ lane, scanner }) => ({ lane, scanner: scanner.kind })),
      passages: station.passages,
      status,
      footer,
    });
    await sleep(500);
  }
  await blows;
}

/** Kills what the options say, when they say, and starts it again. */
async function dealBlows(
  options: DemoOptions,
  { cloud, gateway, kills }: System,
  elapsedMs: () => number,
  isOver: () => boolean,
): Promise<void> {
  const until = async (ms: number) => {
    while (elapsedMs() < ms && !isOver()) await sleep(Math.min(50, ms - elapsedMs()));
  };
  const { killCloud, seed, seconds = 0 } = options;
  const plan: Kill[] = planKills(seed, seconds, options.kills);
  if (killCloud) {
    const pauseMs = (killCloud.to - killCloud.from) * 1000;
    plan.push({ atMs: killCloud.from * 1000, victim: 'cloud', pauseMs });
  }
  for (const { atMs, victim, pauseMs } of plan) {
    await until(atMs);
    if (isOver()) return;
    const managed: Managed = victim === 'cloud' ? cloud.managed : gateway.managed;
    kills[victim] += 1;
    await managed.kill();
    // A cloud that is to stay dead past the end is started by the end itself.
    await until(elapsedMs() + pauseMs);
    await managed.start();
  }
}

/** Lets everyone through, the outbox drain and the gateway stop; then holds all sides against each other. */
async function endSystem(
  options: DemoOptions,
  { cloud, gateway, station, kills }: System,
  board: Board,
  startedAt: number,
): Promise<DemoReport> {
  board.say('Ending: no more arrivals, then the outbox drains.');
  await station.stop(10_000);
  const never = new AbortController().signal;
  await untilStatus(gateway, never, 'the outbox did not drain', ({ outbox }) => {
    return outbox.pending === 0;
  }).catch((error: Error) => board.say(error.message));
  await gateway.managed.stop(10_000);
  const rows = await cloud.client.passages(GATEWAY, cloud.bearers.auditor);
  const report = reportOf({
    seed: options.seed,
    startedAt,
    passages: station.passages,
    orders: station.orders,
    cloudOutages: cloud.managed.outages,
    kills,
    journal: readJournal(resolve(gateway.dataDir, 'journal.db')),
    cloud: rows.map(fromCloud),
  });
  await cloud.managed.stop(5000);
  return report;
}

function failIfBroken(stop: AbortSignal): void {
  if (stop.aborted && stop.reason instanceof Error) throw stop.reason;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
