import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '../mqtt/plan.ts';
import { connectRaw, type Heard, type RawClient } from '../mqtt/raw-client.ts';
import { createCodes } from './holders.ts';
import { signingKey } from './keys.ts';
import type { FromStation, ToStation } from './messages.ts';
import { type PlannedLane, planLanes } from './plan.ts';

// Sixteen lanes: a scanner each, a turnstile each, and people who come as the pattern says.

/** Past it a person was not decided on. */
const patienceMs = 5000;
/** Between two people of one lane: the gate has to hear that the first one is through. */
const stepUpMs = 50;
/** From the first byte of a scan on the serial line to its last: 9600 baud. */
const serialScanMs = 267;

interface Lane {
  readonly plan: PlannedLane;
  turnstile?: RawClient;
  scanner?: RawClient;
  answered?: (at: number) => void;
}

interface Tally {
  readonly samples: number[];
  readonly serialSamples: number[];
  undecided: number;
  opened: number;
}

interface SerialScanner {
  readonly path: string;
  scan(text: string): Promise<number | undefined>;
}

let nextCode: () => string = () => '';
let serial: SerialScanner | undefined;
let tally: Tally = newTally();
const lanes: Lane[] = planLanes().map((plan) => ({ plan }));

process.on('message', (message: ToStation) => void obey(message));
process.on('disconnect', () => process.exit(0));

async function obey(message: ToStation): Promise<void> {
  if (message.kind === 'start') {
    nextCode = createCodes(signingKey(message.issuer));
    serial = await openSerial();
    tell({ kind: 'serial', path: serial.path });
  }
  if (message.kind === 'connect') {
    await Promise.all(lanes.map((lane) => plugIn(lane, message.port)));
    tell({ kind: 'connected' });
  }
  if (message.kind === 'scan') await run(message.pattern, message.seconds);
}

/** The simulated scanner of the station's own simulator, on a pseudo-terminal. */
async function openSerial(): Promise<SerialScanner> {
  const built = '../../../firmware-sim/dist/devices/pty-scanner.js';
  const { openPtyScanner } = (await import(new URL(built, import.meta.url).href)) as {
    openPtyScanner(ports: object): SerialScanner;
  };
  const after = (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  };
  const clock = { now: () => Date.now(), mono: () => performance.now() };
  return openPtyScanner({ clock, timers: { after } });
}

async function plugIn(lane: Lane, port: number): Promise<void> {
  const { turnstile, scanner } = lane.plan;
  lane.turnstile = await connectRaw({
    port,
    id: turnstile.device,
    password: turnstile.password,
    onPublish: (heard) => obeyOrder(lane, heard),
  });
  await lane.turnstile.subscribe(topicOf(turnstile, 'command'));
  if (!scanner) return;
  lane.scanner = await connectRaw({ port, id: scanner.device, password: scanner.password });
}

/** The turnstile takes every order, and whoever may go through does so at once. */
function obeyOrder(lane: Lane, { payload, at }: Heard): void {
  const order = JSON.parse(payload.toString()) as Record<string, string>;
  if (order['action'] === 'hello') return;
  lane.answered?.(at);
  const say = (channel: string, message: object) =>
    lane.turnstile?.publish(topicOf(lane.plan.turnstile, channel), JSON.stringify(message));
  say('ack', { nonce: order['nonce'], result: 'accepted' });
  if (order['action'] !== 'open') return;
  tally.opened += 1;
  for (const event of ['started', 'completed']) {
    say('passage', { event, passage: order['passage'] });
  }
}

async function run(pattern: 'poisson' | 'burst', seconds: number): Promise<void> {
  tally = newTally();
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const until = performance.now() + seconds * 1000;
  const serve = pattern === 'poisson' ? servePoisson : serveBursts;
  await Promise.all(lanes.map((lane, at) => serve(lane, at, until)));
  lag.disable();
  const [lagP99, lagMax] = [lag.percentile(99) / 1e6, lag.max / 1e6];
  tell({ kind: 'scanned', ...tally, lagP99, lagMax });
}

async function servePoisson(lane: Lane, _at: number, until: number): Promise<void> {
  let due = performance.now() + gapMs();
  // Nobody comes once the time is over, however long the last ones were kept waiting.
  while (Math.max(due, performance.now()) < until) {
    await sleep(Math.max(0, due - performance.now()));
    await passOne(lane);
    await sleep(stepUpMs);
    due += gapMs();
  }
}

/** All sixteen within ten milliseconds, each second on the second; the serial one begins so that it ends there. */
async function serveBursts(lane: Lane, at: number, until: number): Promise<void> {
  const offset = lane.plan.scanner ? (at * 10) / lanes.length : -serialScanMs;
  for (let due = Math.ceil(performance.now() / 1000 + 1) * 1000; due < until; due += 1000) {
    await sleep(Math.max(0, due + offset - performance.now()));
    await passOne(lane);
  }
}

async function passOne(lane: Lane): Promise<void> {
  const code = nextCode();
  const answered = new Promise<number>((done) => {
    lane.answered = done;
  });
  const { scanner } = lane.plan;
  const scannedAt = scanner
    ? lane.scanner?.publish(topicOf(scanner, 'scan'), JSON.stringify({ code }))
    : await serial?.scan(code);
  const abort = new AbortController();
  const at = await Promise.race([
    answered,
    sleep(patienceMs, undefined, { signal: abort.signal }).catch(() => undefined),
  ]);
  abort.abort();
  delete lane.answered;
  if (at === undefined || scannedAt === undefined) {
    tally.undecided += 1;
    return;
  }
  (scanner ? tally.samples : tally.serialSamples).push(at - scannedAt);
}

function gapMs(): number {
  return -Math.log(1 - Math.random()) * 1000;
}

function newTally(): Tally {
  return { samples: [], serialSamples: [], undecided: 0, opened: 0 };
}

function tell(message: FromStation): void {
  process.send?.(message);
}
