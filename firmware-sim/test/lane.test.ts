import { laneIdSchema, passageIdSchema } from '@greengate/contracts/ids';
import type { GateOrder } from '@greengate/contracts/wire/gate-command';
import { beforeEach, describe, expect, test } from 'vitest';
import { createCrowd } from '../src/crowd.ts';
import { createLane } from '../src/lane.ts';
import { patienceMsMax, personRestMsMin } from '../src/limits.ts';
import type { OrderReport, PassageReport } from '../src/messages.ts';
import type { Passenger } from '../src/person.ts';
import type { LaneDevices, SeenOrder } from '../src/ports.ts';
import { createPrng } from '../src/prng.ts';
import { createPeople } from '../src/world.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

// Codes that need no signature: what is shown does not matter to a gateway that is played by hand.
const nobody = createPeople(1, 60).find(({ flaw }) => flaw === 'not-a-code');
const passengers = Array.from({ length: 100 }, (_, at): Passenger => {
  if (!nobody) throw new Error('nobody shows what is no code');
  return { person: { ...nobody, id: `person-${at}` }, token: '00', phoneKey: null };
});
const crypto = { sha256: () => new Uint8Array(32), signP256: () => new Uint8Array(64) };

let time: VirtualTime;
let reports: (OrderReport | PassageReport)[];
let losses: number;
let isStopping: boolean;
const passages = () => reports.filter((report) => report.kind === 'passage');

/** A lane whose gateway answers each scan by `answer`, some milliseconds later. */
function openLane(answer: (text: string) => Partial<GateOrder> | undefined, answerMs = 10) {
  let tell: (seen: SeenOrder) => void = () => undefined;
  let count = 0;
  const send = (change: Partial<GateOrder>) => {
    count += 1;
    const id = String(count).padStart(32, '0');
    const at = time.clock.now();
    const order = {
      ...{ action: 'refuse', boot: 'b'.repeat(32), nonce: id, at, expiresAt: at + 2000 },
      ...{ passage: passageIdSchema.parse(id), reason: 'code-prefix-unknown' },
      ...change,
    } as GateOrder;
    tell({ order, result: 'accepted', at: time.clock.mono() });
  };
  const device = { ready: () => true, close: async () => undefined };
  const devices: LaneDevices = {
    scanner: {
      ...device,
      scan: async (text) => {
        const change = answer(text);
        if (change) time.timers.after(answerMs, () => send(change));
        return time.clock.mono();
      },
    },
    thermometer: { ...device, measure: async () => true },
    turnstile: {
      ...device,
      idle: () => true,
      onOrder: (listener) => {
        tell = listener;
      },
      turnArm: async () => undefined,
    },
  };
  const settings = {
    lane: laneIdSchema.parse('lane-1'),
    devices,
    prng: createPrng(1).fork('lane-1'),
    passagesPerMinute: 60,
    strangerKey: '',
    inTouch: () => true,
    losses: () => losses,
  };
  const { clock, timers } = time;
  const crowd = createCrowd(passengers, clock.now);
  const report = (each: OrderReport | PassageReport) => void reports.push(each);
  const lane = createLane(settings, { clock, timers, crypto, crowd, report });
  return { done: lane.run(() => isStopping), send };
}

beforeEach(() => {
  time = createVirtualTime();
  reports = [];
  losses = 0;
  isStopping = false;
});

describe('a lane', () => {
  test('people come at the rate that was asked for, and rest before they come again', async () => {
    openLane(() => ({}));
    await time.run(60_000);
    const people = passages().map(({ person }) => person);
    expect(people.length).toBeGreaterThan(50);
    expect(people.length).toBeLessThan(70);
    expect(new Set(people).size).toBe(people.length);
    await time.run(4 * personRestMsMin);
    expect(passages().length).toBeGreaterThan(passengers.length);
  });

  test('latency is from the last byte of the scan to the order', async () => {
    openLane(() => ({}), 7);
    await time.run(3000);
    expect(passages().length).toBeGreaterThan(0);
    expect(new Set(passages().map(({ latencyMs }) => latencyMs))).toEqual(new Set([7]));
    expect(passages().every(({ got, excused }) => got !== null && !excused)).toBe(true);
  });

  test('a gateway that is there and says nothing is not excused', async () => {
    openLane(() => undefined);
    await time.run(patienceMsMax + 3000);
    expect(passages()[0]).toMatchObject({ got: null, excused: false, latencyMs: null });
  });

  test('a gateway that went away meanwhile is, and at once', async () => {
    openLane(() => {
      losses += 1;
      return undefined;
    });
    await time.run(3000);
    expect(passages()[0]).toMatchObject({ got: null, excused: true });
    expect(passages().length).toBeGreaterThan(1);
  });

  test('an order for nobody is reported as stray', async () => {
    const lane = openLane(() => ({}));
    lane.send({ action: 'open', reason: 'status-green' });
    expect(reports).toMatchObject([{ kind: 'order', stray: true, action: 'open' }]);
    await time.run(3000);
    expect(reports.filter((report) => report.kind === 'order' && report.stray)).toHaveLength(1);
  });

  test('told to stop, it ends when the last one is through', async () => {
    const { done } = openLane(() => ({ action: 'open', reason: 'status-green' }));
    await time.run(5000);
    isStopping = true;
    await time.run(2000);
    await done;
    const count = passages().length;
    await time.run(5000);
    expect(passages()).toHaveLength(count);
  });
});
