import type { LaneId } from '@greengate/contracts/ids';
import type { EpochMs, MonoMs } from '@greengate/contracts/time';
import type { Arrival, Crowd } from './crowd.ts';
import { patienceMsMax, queueMsMax } from './limits.ts';
import type { OrderReport, PassageReport } from './messages.ts';
import { expectedOf } from './oracle.ts';
import type { Person } from './person.ts';
import type { Clock, LaneDevices, SeenOrder, Timers } from './ports.ts';
import type { Prng } from './prng.ts';
import { type PhoneCrypto, showCode } from './shown-code.ts';
import { turnAway, walkThrough } from './walk.ts';

export interface LanePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: PhoneCrypto;
  readonly crowd: Crowd;
  readonly report: (report: OrderReport | PassageReport) => void;
}

export interface LaneSettings {
  readonly lane: LaneId;
  readonly devices: LaneDevices;
  readonly prng: Prng;
  readonly passagesPerMinute: number;
  /** Another person's phone, for those who show a borrowed code. */
  readonly strangerKey: string;
  /** Whether all of the lane is in touch with its gateway, and how often it was not. */
  readonly inTouch: () => boolean;
  readonly losses: () => number;
}

export interface Lane {
  /** Serves arrivals until told to stop; resolves when the last one is through. */
  run(stopping: () => boolean): Promise<void>;
}

const POLL_MS = 25;
// A thermometer goes on measuring whoever stands before it.
const SAMPLE_MS = 200;
const IN_FLIGHT_MS = 200;

/** One lane and its passengers: step up, be measured, scan, be told, walk or turn away. */
export function createLane(settings: LaneSettings, ports: LanePorts): Lane {
  const { lane, devices, prng, inTouch, losses } = settings;
  const { clock, timers, crowd, report } = ports;
  let waiter: ((seen: SeenOrder) => void) | undefined;
  let visits = 0;

  devices.turnstile.onOrder((seen) => {
    report(orderReport(lane, clock.now(), seen, waiter === undefined));
    waiter?.(seen);
  });

  const sleep = (ms: number) => new Promise<void>((resolve) => void timers.after(ms, resolve));

  /** The order for whoever stands here, or undefined when patience or the network ran out. */
  const awaitOrder = async (lossesBefore: number): Promise<SeenOrder | undefined> => {
    let seen: SeenOrder | undefined;
    const told = new Promise<void>((resolve) => {
      waiter = (order) => {
        seen = order;
        waiter = undefined;
        resolve();
      };
    });
    let until = clock.mono() + patienceMsMax;
    while (!seen && clock.mono() < until) {
      await Promise.race([told, sleep(POLL_MS)]);
      // What the gateway sent before it went may still be on its way.
      if (losses() !== lossesBefore) until = Math.min(until, clock.mono() + IN_FLIGHT_MS);
    }
    waiter = undefined;
    return seen;
  };

  const serve = async (arrival: Arrival): Promise<void> => {
    const { passenger } = arrival;
    const passback = arrival.text !== undefined;
    const lossesBefore = losses();
    visits += 1;

    const reading = readingOf(passenger.person);
    await devices.thermometer?.measure(reading);
    const text =
      arrival.text ?? showCode(passenger, clock.now(), visits, settings.strangerKey, ports.crypto);
    const order = awaitOrder(lossesBefore);
    const scannedAt = await devices.scanner.scan(text);
    const stopMeasuring = goOnMeasuring(devices.thermometer, reading, sleep);
    const seen = await order;
    stopMeasuring();
    const measured = devices.thermometer !== undefined;
    report({
      kind: 'passage',
      lane,
      at: clock.now(),
      person: passenger.person.id,
      passback,
      expected: expectedOf(passenger.person, { passback, measured }),
      got: seen ? gotOf(seen) : null,
      excused: !seen && losses() !== lossesBefore,
      latencyMs: seen && scannedAt !== undefined ? latency(scannedAt, seen.at) : null,
    });
    if (seen?.order.action === 'refuse') await turnAway(devices.turnstile, prng, sleep);
    if (seen?.order.action !== 'open' || seen.result !== 'accepted') return;
    const through = await walkThrough(devices.turnstile, prng, sleep);
    if (through && !passback && passenger.phoneKey !== null) {
      crowd.passedOn({ passenger, text, at: clock.now() });
    }
  };

  return {
    run: async (stopping) => {
      let next = clock.mono() + gap(prng, settings.passagesPerMinute);
      while (!stopping()) {
        await sleep(Math.min(POLL_MS, Math.max(0, next - clock.mono())));
        if (clock.mono() < next || !inTouch() || !devices.turnstile.idle()) continue;
        const arrival = crowd.arrive(prng);
        if (arrival) await serve(arrival);
        next += gap(prng, settings.passagesPerMinute);
        next = Math.max(next, clock.mono() - queueMsMax);
      }
    },
  };
}

/** Samples of whoever stands before the thermometer, after the first, until they go. */
function goOnMeasuring(
  thermometer: LaneDevices['thermometer'],
  reading: string,
  sleep: (ms: number) => Promise<void>,
): () => void {
  let isThere = thermometer !== undefined;
  const sample = async () => {
    for (;;) {
      await sleep(SAMPLE_MS);
      if (!isThere) return;
      await thermometer?.measure(reading);
    }
  };
  if (isThere) void sample();
  return () => {
    isThere = false;
  };
}

/** Time to the next arrival: the steady flow off a train, with the chance of a street in it. Mean 60 s / rate. */
function gap(prng: Prng, passagesPerMinute: number): number {
  const mean = 60_000 / passagesPerMinute;
  return mean * (0.7 - 0.3 * Math.log(1 - prng.unit()));
}

/** What the thermometer's firmware prints; a sensor without a number prints what C prints for it. */
function readingOf({ reading, celsius }: Person): string {
  return reading === 'nan' ? '{"celsius":nan}' : JSON.stringify({ celsius });
}

function latency(from: MonoMs, to: MonoMs): number {
  return Math.max(0, to - from);
}

function gotOf({ order }: SeenOrder): NonNullable<PassageReport['got']> {
  return { action: order.action, reason: order.reason, passage: order.passage };
}

function orderReport(lane: LaneId, at: EpochMs, seen: SeenOrder, stray: boolean): OrderReport {
  const { passage, nonce, action, reason } = seen.order;
  return { kind: 'order', lane, at, passage, nonce, action, reason, result: seen.result, stray };
}
