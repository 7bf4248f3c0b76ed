import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../child.ts';
import { topicOf } from '../mqtt/plan.ts';
import { connectRaw, type RawClient } from '../mqtt/raw-client.ts';
import { residentBytesOf } from '../procfs.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, percentileOf } from '../stats.ts';
import type { FromHost, ToHost } from './messages.ts';
import { ABSENT, FROZEN, HEALTHY, planStorm } from './plan.ts';

const mib = 1024 * 1024;
const frozenSeconds = 30;
const announcers = 8;
const announcedBytes = 8 * mib;
const absentOrders = 200_000;
const stormDevices = 500;
const stormConnects = 5000;
const stormSeconds = 10;
const wrongEvery = 10;

type Host = Child<ToHost, FromHost>;
type Which = 'ours' | 'plain';

interface Figures {
  readonly gapMs: number;
  readonly announcedMiB: number;
  readonly announcedAgainMiB: number;
  readonly absentMiB: number;
  readonly storm: Storm;
}

interface Storm {
  readonly admitted: number;
  readonly turnedAway: number;
  readonly lost: number;
  readonly connectMs: readonly number[];
  readonly gapMs: number;
}

/** What one client can do to the others, and to the memory of the gateway: our broker, and aedes as it comes. */
export async function benchBroker(): Promise<BenchResult[]> {
  const ours = await measure('ours');
  const plain = await measure('plain');
  const peer = (value: number) => ({ name: 'plain aedes', value });
  const compared = (
    name: string,
    unit: string,
    pick: (figures: Figures) => number,
    most: number,
  ) => [
    againstTarget({ name, unit, value: pick(ours), better: 'lower' }, most),
    againstPeer(
      { name: `${name}, against`, unit, value: Math.max(pick(ours), leastMiB), better: 'lower' },
      peer(Math.max(pick(plain), leastMiB)),
    ),
  ];
  const { storm, announcedAgainMiB } = ours;
  return [
    ...compared('longest gap of a healthy device beside a frozen one', 'ms', (f) => f.gapMs, 50),
    ...compared('growth by 8 sockets that announce 256 MiB', 'MiB', (f) => f.announcedMiB, 10),
    ...compared('growth by 200,000 orders for an absent device', 'MiB', (f) => f.absentMiB, 20),
    againstTarget(
      {
        name: 'growth by 8 that announce and, put out, come back at once',
        unit: 'MiB',
        value: announcedAgainMiB,
        better: 'lower',
      },
      10,
    ),
    {
      name: 'connects in 10 s that were let in',
      unit: '1',
      value: storm.admitted,
      target: stormConnects - stormConnects / wrongEvery,
      met: storm.admitted === stormConnects - stormConnects / wrongEvery,
    },
    { name: 'of them with a wrong password, and turned away', unit: '1', value: storm.turnedAway },
    againstTarget(
      { name: 'connects without an answer', unit: '1', value: storm.lost, better: 'lower' },
      0,
    ),
    { name: 'connect to CONNACK, p50', unit: 'ms', value: percentileOf(storm.connectMs, 50) },
    { name: 'connect to CONNACK, p99', unit: 'ms', value: percentileOf(storm.connectMs, 99) },
    { name: 'longest gap in the storm', unit: 'ms', value: storm.gapMs },
  ];
}

/** Less than this is noise, and no divisor. */
const leastMiB = 0.1;

async function measure(which: Which): Promise<Figures> {
  const gapMs = await withHost(which, frozenBeside);
  const announcedMiB = await withHost(which, announce(false));
  const announcedAgainMiB = await withHost(which, announce(true));
  const absentMiB = await withHost(which, orderAbsent);
  // Credentials are ours alone: plain aedes lets everybody in, so its storm says nothing.
  const storm = await withHost('ours', connectAll);
  return { gapMs, announcedMiB, announcedAgainMiB, absentMiB, storm };
}

async function withHost<T>(
  which: Which,
  work: (host: Host, port: number) => Promise<T>,
): Promise<T> {
  const host: Host = startChild(new URL('./host.js', import.meta.url));
  try {
    const listening = host.hear('port');
    host.tell({ kind: 'start', broker: which, devices: stormDevices });
    return await work(host, (await listening).port);
  } finally {
    await host.stop();
  }
}

/** Longest time between two orders at a device that reads, and from the last one to the end. */
async function gapsOf(port: number): Promise<{ client: RawClient; worst(): number }> {
  let worst = 0;
  let last = Number.NaN;
  const note = (at: number) => {
    if (at - last > worst) worst = at - last;
    last = at;
  };
  const client = await connectRaw({
    port,
    id: HEALTHY.device,
    password: HEALTHY.password,
    onPublish: ({ at }) => note(at),
  });
  await client.subscribe(topicOf(HEALTHY, 'command'));
  return {
    client,
    worst() {
      note(performance.now());
      return worst;
    },
  };
}

async function frozenBeside(host: Host, port: number): Promise<number> {
  const healthy = await gapsOf(port);
  let stopped = false;
  const freeze = async () => {
    const frozen = await connectRaw({
      port,
      id: FROZEN.device,
      password: FROZEN.password,
      // Put out, it comes back and stops reading again.
      onClose: () => {
        if (!stopped) void freeze();
      },
    });
    await frozen.subscribe(topicOf(FROZEN, 'command'));
    // As a careless device does; ours refuses it.
    await frozen.subscribe('greengate/#');
    frozen.socket.pause();
  };
  await freeze();
  host.tell({ kind: 'order', on: true });
  await sleep(frozenSeconds * 1000);
  const gap = healthy.worst();
  stopped = true;
  return gap;
}

/** Each says that 256 MiB are to come and sends for as long as it is let; `again`: put out, it comes back at once. */
function announce(again: boolean): (host: Host, port: number) => Promise<number> {
  return async (host, port) => {
    const before = await memoryOf(host);
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytesOf(host.pid));
    }, 20);
    const until = performance.now() + announceMs;
    await Promise.all(Array.from({ length: announcers }, () => announceOne(port, until, again)));
    clearInterval(watch);
    return (Math.max(peak, await memoryOf(host)) - before) / mib;
  };
}

const announceMs = 5000;

async function announceOne(port: number, until: number, again: boolean): Promise<void> {
  const garbage = Buffer.alloc(64 * 1024, 0x41);
  do {
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((done) => socket.on('close', () => done()));
    socket.on('error', () => undefined);
    socket.write(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f));
    for (let sent = 0; sent < announcedBytes; sent += garbage.length) socket.write(garbage);
    await Promise.race([closed, sleep(until - performance.now())]);
    socket.destroy();
    await sleep(5);
  } while (again && performance.now() < until);
}

async function orderAbsent(host: Host, port: number): Promise<number> {
  // It asks for a session that outlives it, and goes.
  const client = await connectRaw({
    port,
    id: ABSENT.device,
    password: ABSENT.password,
    clean: false,
  });
  await client.subscribe(topicOf(ABSENT, 'command'));
  client.close();
  await sleep(200);
  const before = await memoryOf(host);
  const done = host.hear('absent-done');
  host.tell({ kind: 'absent', orders: absentOrders });
  await done;
  await sleep(500);
  return ((await memoryOf(host)) - before) / mib;
}

async function connectAll(host: Host, port: number): Promise<Storm> {
  const healthy = await gapsOf(port);
  host.tell({ kind: 'order', on: true });
  const devices = planStorm(stormDevices);
  const tally = { admitted: 0, turnedAway: 0, lost: 0, connectMs: [] as number[] };
  const begun = performance.now();
  const one = async (at: number) => {
    const device = devices[at % devices.length];
    if (!device) return;
    await sleep(
      Math.max(0, begun + (at * stormSeconds * 1000) / stormConnects - performance.now()),
    );
    const isWrong = at % wrongEvery === 0;
    const from = performance.now();
    try {
      const password = isWrong ? 'a guess' : device.password;
      const client = await connectRaw({ port, id: device.device, password });
      tally.admitted += 1;
      tally.connectMs.push(performance.now() - from);
      client.close();
    } catch (error) {
      if (error instanceof Error && error.message === 'CONNACK 4') tally.turnedAway += 1;
      else tally.lost += 1;
    }
  };
  await Promise.all(Array.from({ length: stormConnects }, (_, at) => one(at)));
  return { ...tally, gapMs: healthy.worst() };
}

async function memoryOf(host: Host): Promise<number> {
  const memory = host.hear('memory');
  host.tell({ kind: 'memory' });
  return (await memory).bytes;
}
