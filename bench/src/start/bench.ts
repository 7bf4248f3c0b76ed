import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleGateway } from '@greengate/tools/release/bundle';
import { startChild } from '../child.ts';
import { startGateway, unitFlags } from '../gate/gateway-process.ts';
import { createCodes } from '../gate/holders.ts';
import { newRunKeys, signingKey } from '../gate/keys.ts';
import type { FromCloud, ToCloud } from '../gate/messages.ts';
import { gatewayConfig, planLanes } from '../gate/plan.ts';
import { topicOf } from '../mqtt/plan.ts';
import { connectRaw, type RawClient } from '../mqtt/raw-client.ts';
import { cpuMsOf } from '../procfs.ts';
import type { BenchOptions } from '../registry.ts';
import type { BenchResult } from '../report.ts';
import { againstTarget, spreadOf } from '../stats.ts';
import { fillJournal } from './journal.ts';

const peopleCount = 200_000;
const startsCount = 15;
/** Station profile S for three days: sixteen lanes, a passage a second, two events a passage. */
const journalHours = 72;
const eventsPerHour = 16 * 3600 * 2;
const decisionMsMax = 500;
const bundleDecisionMsMax = 250;

const root = resolve(import.meta.dirname, '../../..');
const built = join(root, 'edge/dist/main.js');

/** From starting the process to the first order at a turnstile, with three days of journal that no cloud has taken. */
export async function benchStart(
  _options: BenchOptions = {},
  hours = journalHours,
): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-bench-start-'));
  // Below the repository, where it finds what is not in the bundle.
  const release = mkdtempSync(join(root, 'bench/dist/release-'));
  try {
    const bundle = await bundleGateway(release);
    const port = await freePort();
    const nextCode = await provision(folder, port);
    const empty = await startTimes(built, folder, port, nextCode);
    await fillJournal(join(folder, 'journal.db'), hours * eventsPerHour, (done) => {
      process.stderr.write(`\r${done} events written `);
    });
    process.stderr.write('\n');
    const full = await startTimes(built, folder, port, nextCode);
    const bundled = await startTimes(join(bundle.folder, 'main.js'), folder, port, nextCode);
    const msOf = (starts: readonly Start[]) => spreadOf(starts.map(({ ms }) => ms));
    const cpuOf = (starts: readonly Start[]) => spreadOf(starts.map(({ cpuMs }) => cpuMs));
    const [bare, loaded, fast] = [msOf(empty), msOf(full), msOf(bundled)];
    const of = (name: string, value: number) =>
      ({ name, value, unit: 'ms', better: 'lower' }) as const;
    return [
      againstTarget(of('first decision, median', loaded.median), decisionMsMax),
      againstTarget(of('first decision, slowest', loaded.max), decisionMsMax),
      againstTarget(of('bundle, first decision, median', fast.median), bundleDecisionMsMax),
      againstTarget(of('bundle, first decision, slowest', fast.max), bundleDecisionMsMax),
      { name: 'first decision with an empty journal, median', unit: 'ms', value: bare.median },
      plain('CPU until the first decision, all threads, median', cpuOf(full).median),
      plain('bundle, CPU until the first decision, median', cpuOf(bundled).median),
      { name: 'events in the journal', unit: '1', value: hours * eventsPerHour },
      { name: 'starts measured', unit: '1', value: startsCount },
      { name: 'Node itself, median', unit: 'ms', value: spreadOf(await bareNode()).median },
    ];
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(release, { recursive: true });
  }
}

function plain(name: string, value: number): BenchResult {
  return { name, value, unit: 'ms' };
}

interface Start {
  readonly ms: number;
  /** Of the gateway with all its threads: what the wait is made of on a machine with nothing else to do. */
  readonly cpuMs: number;
}

/** Everybody's status and the policy, as a gateway that has run before has them. */
async function provision(folder: string, port: number): Promise<() => string> {
  const keys = newRunKeys();
  const cloud = startChild<ToCloud, FromCloud>(new URL('../gate/cloud.js', import.meta.url));
  const listening = cloud.hear('port');
  const seeded = cloud.hear('seeded');
  cloud.tell({ kind: 'start', keys, peopleCount });
  const config = gatewayConfig({
    dataDir: folder,
    cloudPort: (await listening).port,
    rootKey: signingKey(keys.root).publicKey,
    serialPath: '/dev/null/none',
  });
  writeFileSync(
    join(folder, 'gateway.json'),
    JSON.stringify({ ...config, mqtt: { ...config.mqtt, port } }),
  );
  const gateway = await startGateway(folder);
  await seeded;
  await gateway.stop();
  await cloud.stop();
  return createCodes(signingKey(keys.issuer));
}

async function startTimes(
  main: string,
  folder: string,
  port: number,
  nextCode: () => string,
): Promise<Start[]> {
  const times: Start[] = [];
  for (let start = 0; start < startsCount; start++)
    times.push(await firstDecision(main, folder, port, nextCode()));
  return times;
}

/** A scanner and a turnstile that try to connect all the time, and a person who scans as soon as they are. */
async function firstDecision(
  main: string,
  folder: string,
  port: number,
  code: string,
): Promise<Start> {
  const lane = planLanes()[1];
  if (!lane?.scanner) throw new Error('no lane');
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [...unitFlags(), main, '--config', join(folder, 'gateway.json')],
    {
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' },
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  const gone = once(child, 'exit');
  let decidedAt = Number.NaN;
  const decided = new Promise<void>((done) => {
    void connectSoon({
      port,
      id: lane.turnstile.device,
      password: lane.turnstile.password,
      onPublish: ({ payload, at }) => {
        if (JSON.parse(payload.toString()).action === 'hello') return;
        decidedAt = at;
        done();
      },
    }).then(async (turnstile) => {
      await turnstile.subscribe(topicOf(lane.turnstile, 'command'));
    });
  });
  const { scanner } = lane;
  const scanning = await connectSoon({ port, id: scanner.device, password: scanner.password });
  const again = setInterval(() => {
    scanning.publish(topicOf(scanner, 'scan'), JSON.stringify({ code }));
  }, scanEveryMs);
  await decided;
  const cpuMs = cpuMsOf(child.pid ?? 0);
  clearInterval(again);
  child.kill('SIGTERM');
  await gone;
  return { ms: decidedAt - begun, cpuMs };
}

/** The same code read again within two seconds is one scan: what is measured is the first one that was heard. */
const scanEveryMs = 5;
const tryEveryMs = 2;

async function connectSoon(options: Parameters<typeof connectRaw>[0]): Promise<RawClient> {
  for (;;) {
    try {
      return await connectRaw(options);
    } catch {
      await sleep(tryEveryMs);
    }
  }
}

async function bareNode(): Promise<number[]> {
  const times: number[] = [];
  for (let start = 0; start < startsCount; start++) {
    const begun = performance.now();
    await once(spawn(process.execPath, ['-e', '0']), 'exit');
    times.push(performance.now() - begun);
  }
  return times;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
