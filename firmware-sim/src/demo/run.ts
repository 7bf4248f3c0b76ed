import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { epochMs } from '@greengate/contracts/time';
import { personRestMsMin } from '../limits.ts';
import { createPeople } from '../world.ts';
import { type Board, createBoard } from './board.ts';
import { type Children, createChildren } from './children.ts';
import { GATEWAY, GUEST_SCANNER, GUEST_SERIAL_LANE, HOST, REGION } from './config.ts';
import { type GatewayStatus, isSynced, readStatus } from './gateway-status.ts';
import { createIssuer } from './issuer.ts';
import { fromCloud, readJournal } from './journal.ts';
import { type Kill, planKills } from './kill-plan.ts';
import type { Managed } from './managed.ts';
import { freePorts } from './network.ts';
import type { DemoOptions } from './options.ts';
import { populate } from './population.ts';
import { type DemoReport, reportOf } from './report.ts';
import {
  type CloudService,
  type GatewayService,
  prepareCloud,
  prepareGateway,
  type ServiceEvents,
} from './services.ts';
import { planStation, type StationPlan, stationConfig } from './station-plan.ts';
import { type StationProcess, startStation } from './station-process.ts';

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
    const system = await startSystem(options, folder, children, board, stop);
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

interface System {
  readonly cloud: CloudService;
  readonly gateway: GatewayService;
  readonly station: StationProcess;
  readonly plan: StationPlan;
  readonly footer: string;
  readonly kills: { gateway: number; cloud: number };
}

async function startSystem(
  options: DemoOptions,
  folder: string,
  children: Children,
  board: Board,
  stop: AbortController,
): Promise<System> {
  const breakDown = (why: string) => stop.abort(new Error(why));
  let station: StationProcess | undefined;
  const events: ServiceEvents = {
    onChange: (name, up) => {
      if (name === 'gateway') station?.tell({ kind: 'gateway', up });
    },
    onCrash: breakDown,
  };
  const [cloudPort = 0, mqttPort = 0, panelPort = 0] = await freePorts(3);
  const plan = planStation(options.lanes);

  const cloud = await prepareCloud(folder, cloudPort, children, events);
  await cloud.managed.start();
  const people = createPeople(options.seed, crowdSize(options));
  board.say(`Seed ${options.seed}: ${people.length} people; cloud on http://${HOST}:${cloudPort}`);
  const issuer = createIssuer(cloud.keysFile);
  const { passengers, ver } = await populate(
    people,
    cloud.client,
    issuer,
    cloud.bearers,
    epochMs(Date.now()),
  );

  const stationFile = resolve(folder, 'station.json');
  const config = stationConfig(plan, mqttPort, passengers, options);
  writeFileSync(stationFile, JSON.stringify(config), { mode: 0o600 });
  station = await startStation(stationFile, children, breakDown);
  const { serial } = station;

  const ports = { cloud: cloudPort, mqtt: mqttPort, panel: panelPort };
  const gateway = await prepareGateway(folder, ports, plan, serial, cloud, children, events);
  await gateway.managed.start();
  await untilStatus(gateway, stop.signal, 'the gateway did not sync', (status) =>
    isSynced(status, REGION, ver),
  );
  const footer = guestLines(plan, mqttPort, cloud.keysFile, station.hand[GUEST_SERIAL_LANE] ?? '');
  board.say(`Gateway panel on http://${HOST}:${panelPort}\n${footer}`);
  return { cloud, gateway, station, plan, footer, kills: { gateway: 0, cloud: 0 } };
}

/** Enough people that nobody has to come again before they have rested. */
function crowdSize({ lanes, rate, seconds }: DemoOptions): number {
  const perSecond = (lanes * rate) / 60;
  const resting = (perSecond * personRestMsMin) / 1000;
  return Math.ceil(1.3 * Math.min(resting, perSecond * (seconds ?? Number.POSITIVE_INFINITY)));
}

/** What a reader types to be a passenger, by any MQTT client or on the serial line. */
function guestLines(
  plan: StationPlan,
  mqttPort: number,
  keysFile: string,
  handPath: string,
): string {
  const { lane, password } = plan.passwords.get(GUEST_SCANNER) ?? { lane: '', password: '' };
  const topic = `greengate/1/${GATEWAY}/${lane}/${GUEST_SCANNER}/scan`;
  const login = `-i ${GUEST_SCANNER} -u ${GUEST_SCANNER} -P ${password}`;
  return [
    'Scan a code of your own, on lane-guest and on lane-guest-serial:',
    `CODE=$(npx greengate code mint --keys ${keysFile})`,
    `mosquitto_pub -h ${HOST} -p ${mqttPort} ${login} -q 1 -t ${topic} -m "{\\"code\\":\\"$CODE\\"}"`,
    `printf '%s\\r' "$CODE" > ${handPath}`,
  ].join('\n');
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

const DRAIN_MS_MAX = 20_000;

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

async function untilStatus(
  { statusUrl }: GatewayService,
  stop: AbortSignal,
  otherwise: string,
  holds: (status: GatewayStatus) => boolean,
): Promise<void> {
  const until = performance.now() + DRAIN_MS_MAX;
  while (!stop.aborted) {
    const status = await readStatus(statusUrl);
    if (status && holds(status)) return;
    if (performance.now() > until) throw new Error(`${otherwise}: ${JSON.stringify(status)}`);
    await sleep(100);
  }
}

function failIfBroken(stop: AbortSignal): void {
  if (stop.aborted && stop.reason instanceof Error) throw stop.reason;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
