import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fromHex } from '@greengate/contracts/bytes';
import type { LaneId } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { pino } from 'pino';
import { createGatewayClock, type GatewayClock } from './clock/gateway-clock.ts';
import { ConfigError, type GatewayConfig, readConfig } from './config.ts';
import { replicaStaleness } from './decide/facts.ts';
import type { StationDevices } from './devices/station-devices.ts';
import { endWhenAsked } from './end-when-asked.ts';
import type { Gateway, LastDecision } from './gateway.ts';
import { fileTrialMsMax, latencySamplesCountMax, panelWaitMsMax, restDelayMs } from './limits.ts';
import { createEarlyDecisions } from './panel/early-decisions.ts';
import { createLatencyWindow } from './panel/latency.ts';
import { type Latest, latestOf } from './panel/latest.ts';
import type { Panel } from './panel/panel.ts';
import { connectServiceManager } from './panel/service-manager.ts';
import type { GatewayStatus } from './panel/status.ts';
import type { JournalState, Log, Random, ServiceManager, Timers } from './ports.ts';
import { startChainWatch } from './record/chain-watch.ts';
import type { RecordCounts } from './record/record.ts';
import { followStart, type StartCourse } from './start-course.ts';
import { planStart } from './start-plan.ts';
import {
  replaceReplica,
  resumeStation,
  type StationPorts,
  type StationSync,
  startStation,
} from './station.ts';
import { setAsideWhatKills, type TrialResult } from './store/file-trial.ts';
import { type GatewayKey, loadGatewayKey, loadSealKey } from './store/gateway-key.ts';
import { type JournalThread, startJournalThread } from './store/journal-thread.ts';
import { createPartStore } from './store/part-store.ts';
import { openLastReplica, openReplicaView, type ReplicaView } from './store/replica-reader.ts';
import { createReplicaThread, type ReplicaThread } from './store/replica-thread.ts';
import { openStartRecord } from './store/start-record.ts';
import type { CheckState } from './sync/check.ts';
import { createCloudState } from './sync/cloud-state.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';
import { startWatchdog } from './watchdog.ts';

const HELP = `greengate gateway: decides passages at the lanes of one station

  node edge/dist/main.js --config FILE             run
  node edge/dist/main.js --config FILE --show-key  print the gateway's public key as JSON (made if there is none)

FILE is JSON: gateway, dataDir, cloud.url, rootKey, streams, mqtt, panel, lanes, devices. docs/operations.md shows one.
Exit codes: 0 ended as asked, 1 failed, 2 the command or the configuration is wrong.
`;

/** Every adapter to the real world that the gateway is given. */
interface World {
  readonly log: Log;
  readonly random: Random;
  readonly timers: Timers;
}

/** The threads and files behind the ports, opened in the order in which they need each other. */
interface Storage {
  readonly journal: JournalThread;
  readonly writer: ReplicaThread;
  readonly replica: ReplicaView;
  readonly clock: GatewayClock;
  /** Why the replica or the journal of before was set aside. */
  readonly damage: { readonly replica: string | undefined; readonly journal: string | undefined };
}

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      'show-key': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.config === undefined) throw new ConfigError('--config FILE is missing; see --help');
  const config = readConfig(values.config);
  const key = loadGatewayKey(config.dataDir);
  if (values['show-key']) {
    process.stdout.write(`${JSON.stringify({ publicKey: key.publicKey, keyId: key.keyId })}\n`);
    return;
  }
  await run(config, key);
}

async function run(config: GatewayConfig, key: GatewayKey): Promise<void> {
  const world = realWorld(config);
  const boot = world.random.hex(16);
  const manager = connectServiceManager(process.env, process.pid, world.log);
  // Heard before the start is noted: who is asked to end in between has not crashed.
  const ending = endWhenAsked(world, () => {
    manager.tell('stopping', 'stopping');
    course.ended();
  });
  const { plan, course } = beginStart(config, world);
  const trial = plan.suspectFiles ? await tryFiles(config) : NOTHING_SET_ASIDE;
  const threads = startThreads(config, world);
  // While the threads come up on other cores, this one reads the rest of the program.
  const { openStationDevices } = await import('./devices/station-devices.ts');
  const { createHttpLink } = await import('./link/http-link.ts');
  const storage = await openStorage(config, threads, trial, world);
  const { journal, replica, clock } = storage;
  const resumed = await resumeStation({ ...world, ...storage });
  const { recorder } = resumed;
  // From here on nothing is awaited until the lanes listen: what a device reports meanwhile would be lost.
  const devices = await openStationDevices(config, { ...world, boot, clock });
  const { broker, lanes } = devices;
  const latency = createLatencyWindow(latencySamplesCountMax);
  const decisions = createEarlyDecisions();
  const cloud = createCloudState((reachable, why) =>
    world.log.info(reachable ? 'cloud-reachable' : 'cloud-lost', { why }),
  );
  const { keyId, privateKey } = key;
  const link = createHttpLink({
    ...world,
    ...{ url: config.cloud.url, keyId, privateKey, clock },
    fetch: (url, init) => fetch(url, init),
  });
  const ports = {
    ...world,
    ...storage,
    ...resumed,
    ...{ link, line: link, cloud, crypto: createNodeCrypto(), streams: config.streams },
    parts: createPartStore(config.dataDir),
    onDecision(lane: LaneId, decision: LastDecision) {
      latency.add(decision.latencyMs);
      decisions.add(lane, decision, decision.latencyMs);
    },
  };
  const { gateway, sync } = startStation(ports, lanes, true);
  const watching = watchOver({ ...world, manager, course, threads, gateway, cloud });
  const rest = restOf(ports, storage, sync);
  course.deciding(rest.begin);
  let panel: Panel | undefined;
  ending.by(async () => {
    watching.stop();
    sync.stop();
    rest.stop();
    link.stop();
    await gateway.stop();
    devices.rest();
    await broker.close();
    await panel?.close();
    replica.close();
    await Promise.all([journal.close(), storage.writer.close()]);
  });
  const journalState = latestOf(journal.state, NO_JOURNAL, world.timers, panelWaitMsMax);
  const parts = { config, boot, gateway, storage, journalState, recorder, cloud, latency, devices };
  const status = () => readStatus({ ...parts, course, sync });
  await new Promise<void>((done) => void world.timers.after(restDelayMs, done));
  panel = await openPanel(config, status, decisions, world);
  world.log.info('running', {
    ...{ gateway: config.gateway, mqtt: broker.port },
    ...(panel ? { panel: panel.port } : {}),
  });
}

/** What begins when the first people are through: the replica's thread, what talks to the cloud, the walk over the journal's chain. */
function restOf(ports: StationPorts, { writer, journal, damage }: Storage, sync: StationSync) {
  let stop: () => void = () => undefined;
  const begin = () => {
    stop = startChainWatch({ ...ports, journal });
    void writer.ready().then(
      (found) => {
        if (found !== undefined && damage.replica === undefined) replaceReplica(ports, found);
        sync.begin();
      },
      // A thread that died ends the process by itself.
      () => undefined,
    );
  };
  return {
    begin() {
      stop = ports.timers.after(restDelayMs, begin);
    },
    stop: () => stop(),
  };
}

/** What the starts before left, and what this one is to do about it. */
function beginStart(config: GatewayConfig, { log, timers }: World) {
  const file = openStartRecord(join(config.dataDir, 'start.json'));
  const plan = planStart(file.last, { boot: machineBoot(), uptimeMs: Math.floor(uptime() * 1000) });
  return { plan, course: followStart({ timers, log, write: file.write }, plan) };
}

function machineBoot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

const NOTHING_SET_ASIDE: TrialResult = { journal: undefined, replica: undefined };

function tryFiles({ dataDir }: GatewayConfig): Promise<TrialResult> {
  const entry = fileURLToPath(new URL('./file-trial-entry.js', import.meta.url));
  return setAsideWhatKills(entry, dataDir, fileTrialMsMax);
}

/** Tells the service manager that the lanes decide, and from then on that the threads do not hang. */
function watchOver(
  ports: World & {
    manager: ServiceManager;
    course: StartCourse;
    threads: Threads;
    gateway: Gateway;
    cloud: { reachable: boolean };
  },
): { stop(): void } {
  const { manager, course, threads, gateway, cloud } = ports;
  const state = () => {
    const mode = course.state().active ? ' in safe mode' : '';
    const to = cloud.reachable ? 'connected' : 'not connected';
    return `deciding at ${gateway.lanes().length} lanes${mode}, cloud ${to}`;
  };
  manager.tell('ready', state());
  const watched = [threads.journal.watched, threads.writer.watched];
  return { stop: startWatchdog({ ...ports, state }, watched) };
}

/** A panel that does not start, because its port is taken or its program has a bug, is missed; the lanes are not stopped for it. */
async function openPanel(
  config: GatewayConfig,
  status: () => Promise<GatewayStatus>,
  decisions: ReturnType<typeof createEarlyDecisions>,
  { log }: World,
): Promise<Panel | undefined> {
  try {
    const { createGatewayMetrics } = await import('./panel/metrics.ts');
    const { startPanel } = await import('./panel/panel.ts');
    const metrics = createGatewayMetrics();
    decisions.drainTo(metrics.decided);
    return await startPanel(config.panel, status, metrics);
  } catch (error) {
    decisions.drainTo(() => undefined);
    log.error('panel-failed', { why: String(error) });
    return undefined;
  }
}

function realWorld(config: GatewayConfig): World {
  const logger = pino(
    { base: { gateway: config.gateway } },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    log: {
      info: (event, fields) => logger.info(fields ?? {}, event),
      warn: (event, fields) => logger.warn(fields ?? {}, event),
      error: (event, fields) => logger.error(fields ?? {}, event),
    },
    random: {
      hex: (bytes) => randomBytes(bytes).toString('hex'),
      unit: () => randomBytes(4).readUInt32BE() / 2 ** 32,
    },
    timers: {
      after(ms, work) {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
    },
  };
}

interface Threads extends Pick<Storage, 'journal' | 'writer'> {
  readonly replicaFile: string;
  readonly sealKey: Uint8Array;
}

function startThreads(config: GatewayConfig, { log }: World): Threads {
  // A thread that dies has a bug: the service ends with an error and is started again, its files whole.
  const onDeath = (thread: string) => (why: string) => {
    log.error('thread-died', { thread, why });
    process.exit(1);
  };
  const file = (name: string) => join(config.dataDir, name);
  const sealKey = loadSealKey(config.dataDir);
  const journal = startJournalThread(
    new URL('./journal-worker.js', import.meta.url),
    { file: file('journal.db') },
    onDeath('journal'),
  );
  const writer = createReplicaThread(
    new URL('./replica-worker.js', import.meta.url),
    { file: file('replica.db'), rootKey: fromHex(config.rootKey), sealKey },
    onDeath('replica'),
  );
  return { journal, writer, replicaFile: file('replica.db'), sealKey };
}

async function openStorage(
  config: GatewayConfig,
  { journal, writer, replicaFile, sealKey }: Threads,
  trial: TrialResult,
  { log }: World,
): Promise<Storage> {
  // A journal whose disk is full cannot be asked: the lanes go on all the same.
  const unknown = (error: Error) => {
    log.error('journal-failed', { why: error.message });
    return undefined;
  };
  const last = openLastReplica(replicaFile, sealKey, config.streams);
  const [lastTrustedAt, journalDamage, replicaDamage] = await Promise.all([
    journal.lastTrustedAt().catch(unknown),
    journal.damage().catch(unknown),
    last ? undefined : writer.ready(),
  ]);
  const replica = last ?? openReplicaView(replicaFile, sealKey, config.streams);
  const signed = replica.streams().map((row) => row.signedAt);
  const built = Math.floor(statSync(fileURLToPath(import.meta.url)).mtimeMs);
  const clock = createGatewayClock(
    { wall: () => Date.now(), mono: () => performance.now() },
    epochMs(Math.max(built, lastTrustedAt ?? 0, ...signed)),
  );
  const damage = {
    replica: trial.replica ?? replicaDamage,
    journal: trial.journal ?? journalDamage,
  };
  return { journal, writer, replica, clock, damage };
}

async function readStatus(parts: {
  config: GatewayConfig;
  boot: string;
  gateway: Gateway;
  storage: Storage;
  journalState: () => Promise<Latest<JournalState>>;
  recorder: { counts(): RecordCounts };
  cloud: { reachable: boolean; lastError: string | null };
  latency: { summary(): GatewayStatus['latencyMs'] };
  devices: StationDevices;
  course: StartCourse;
  sync: StationSync;
}): Promise<GatewayStatus> {
  const { config, boot, gateway, storage, journalState, recorder, cloud, latency, devices } = parts;
  const { replica, clock } = storage;
  const { value: journal, fresh } = await journalState();
  const syncedAt = replica.syncedAt();
  return {
    gateway: config.gateway,
    boot,
    lanes: gateway.lanes(),
    replica: {
      staleness: replicaStaleness({ clock, replica }, replica.policy()),
      ageMs: syncedAt === undefined ? null : Math.max(0, clock.now() - syncedAt),
      streams: replica
        .streams()
        .map(({ name, epoch, cursor }) => ({ stream: name, epoch, cursor })),
      check: parts.sync.check() ?? NOT_CHECKED,
    },
    outbox: { pending: journal.pending, acked: journal.rows - journal.pending },
    journal: { ...journal, ...recorder.counts(), answers: fresh },
    clock: { now: clock.now(), trust: clock.trust(), skewMs: clock.skewMs() ?? null },
    cloud: { reachable: cloud.reachable, lastError: cloud.lastError },
    safeMode: parts.course.state(),
    latencyMs: latency.summary(),
    mqtt: devices.broker.counters(),
    devices: devices.watched.map(({ lane, device, health }) => ({ lane, device, ...health() })),
  };
}

const NOT_CHECKED: CheckState = { checkedAt: null, wrong: 0, mended: 0 };
const NO_JOURNAL: JournalState = { epoch: 0, seq: 0, pending: 0, rows: 0 };

main(process.argv.slice(2)).catch((error: unknown) => {
  const wrongInput =
    error instanceof ConfigError ||
    (error as { code?: string }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(wrongInput ? 2 : 1);
});
