import type { LaneId } from '@greengate/contracts/ids';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import { monoMs } from '@greengate/contracts/time';
import { describe, expect, test, vi } from 'vitest';
import { type LaneDevices, runGateway } from '../src/gateway.ts';
import { grantMsMax, journalWaitMsMax, passingMsMax, readingLateMsMax } from '../src/limits.ts';
import type { Reading, Scan } from '../src/ports.ts';
import { codeAt, NOW, newHolder } from './fixtures/codes.ts';
import { fakeTurnstile, LANE_1, LANE_2, station } from './fixtures/station.ts';
import { settle } from './fixtures/virtual-time.ts';

/** A lane's devices, played by the test. */
function playedLane(lane: LaneId, fitted: boolean, trace: string[]) {
  let onScan: (scan: Result<Scan>) => void = () => undefined;
  let onReading: (reading: Reading) => void = () => undefined;
  const turnstile = fakeTurnstile(trace);
  const devices: LaneDevices = {
    lane,
    turnstile,
    scanner: {
      onScan: (listener) => {
        onScan = listener;
      },
    },
    thermometer: fitted
      ? {
          onReading: (listener) => {
            onReading = listener;
          },
        }
      : undefined,
  };
  return {
    devices,
    turnstile,
    scan: (scan: Result<Scan>) => onScan(scan),
    read: (r: Reading) => onReading(r),
  };
}

async function gatewayOf(policy: Partial<AdmissionPolicy> = {}, fitted = false) {
  const at = await station(policy);
  const lanes = [LANE_1, LANE_2].map((lane) => playedLane(lane, fitted, at.trace));
  const [one, two] = lanes;
  if (!one || !two) throw new Error('two lanes');
  const onDecision = vi.fn();
  const onRecorded = vi.fn();
  const gateway = runGateway(
    { ...at.ports, timers: at.time.timers, log: at.log, onDecision, onRecorded },
    lanes.map((lane) => lane.devices),
  );
  for (const lane of lanes) lane.turnstile.say({ kind: 'presence', online: true });
  const { clock } = at.time;
  const states = () => gateway.lanes().map((lane) => lane.state);
  const scan = (lane: typeof one, text: string) => lane.scan(ok({ text, at: clock.mono() }));
  const lastPassage = (lane: typeof one) => {
    const last = lane.turnstile.orders.at(-1);
    if (!last) throw new Error('nothing was ordered');
    return last.passage;
  };
  const outcomes = () =>
    at.journal.drafts.flatMap((draft) => (draft.kind === 'outcome' ? [draft.outcome] : []));
  return { ...at, gateway, one, two, onDecision, onRecorded, states, scan, lastPassage, outcomes };
}

describe('whole passages', () => {
  test('scan, intent, order, passage, outcome, and the next person', async () => {
    const g = await gatewayOf();
    expect(g.states()).toEqual(['idle', 'idle']);
    g.scan(g.one, codeAt(newHolder()));
    expect(g.states()).toEqual(['deciding', 'idle']);
    await g.time.advance(10);
    expect(g.states()[0]).toBe('granted');
    const passage = g.lastPassage(g.one);
    g.one.turnstile.say({ kind: 'started', passage });
    expect(g.states()[0]).toBe('passing');
    g.one.turnstile.say({ kind: 'completed', passage });
    await settle();
    expect(g.states()[0]).toBe('idle');
    expect(g.trace).toEqual(['durable intent', 'order open', 'durable outcome']);
    expect(g.onDecision.mock.calls).toMatchObject([
      [
        'lane-1',
        { verdict: 'admit', reason: 'status-green', rung: 'code-colour', at: NOW, latencyMs: 0 },
      ],
    ]);
    expect(g.onRecorded).toHaveBeenCalled();
    expect(g.gateway.lanes()[0]?.last).toMatchObject({ reason: 'status-green' });
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.states()[0]).toBe('granted');
  });

  test('a thermometer is waited for, and its reading decides', async () => {
    const g = await gatewayOf({}, true);
    g.scan(g.one, codeAt(newHolder()));
    await g.time.advance(1000);
    expect(g.states()[0]).toBe('measuring');
    g.one.read({ centiC: ok(3900), at: g.time.clock.mono() });
    await settle();
    expect(g.one.turnstile.orders).toMatchObject([
      { action: 'refuse', reason: 'temperature-fever' },
    ]);
    expect(g.outcomes()).toEqual(['refused']);
    // The second was the person's, and no slowness of the gateway.
    expect(g.onDecision.mock.calls).toMatchObject([['lane-1', { latencyMs: 0 }]]);
  });

  test('whoever presses on behind one who waits is told to wait, recorded, and let in when the code is shown again', async () => {
    const g = await gatewayOf();
    const third = newHolder();
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    const first = g.lastPassage(g.one);
    g.scan(g.one, codeAt(newHolder()));
    g.scan(g.one, codeAt(third));
    await settle();
    expect(g.one.turnstile.orders.slice(1)).toMatchObject([
      { action: 'refuse', reason: 'lane-busy' },
    ]);
    expect(g.outcomes()).toEqual(['refused']);
    expect(g.states()[0]).toBe('granted');
    g.one.turnstile.say({ kind: 'completed', passage: first });
    await settle();
    g.one.turnstile.say({ kind: 'completed', passage: g.lastPassage(g.one) });
    await settle();
    await g.time.advance(3000);
    g.scan(g.one, codeAt(third));
    await settle();
    expect(g.one.turnstile.orders.map(({ action }) => action)).toEqual([
      'open',
      'refuse',
      'open',
      'open',
    ]);
  });

  test('who would not be let through anyway does not wait for a thermometer', async () => {
    const g = await gatewayOf({}, true);
    g.scan(g.one, 'GC1::::');
    await settle();
    expect(g.one.turnstile.orders).toMatchObject([{ action: 'refuse', reason: 'code-malformed' }]);
    expect(g.states()[0]).toBe('idle');
  });

  test('F11: a thermometer that is silent ends in "temperature-missing" when policy says so', async () => {
    const g = await gatewayOf({ measureSecondsMax: 3 }, true);
    g.scan(g.one, codeAt(newHolder()));
    await g.time.advance(2999);
    expect(g.one.turnstile.orders).toEqual([]);
    await g.time.advance(1);
    await settle();
    expect(g.one.turnstile.orders).toMatchObject([
      { action: 'refer', reason: 'temperature-missing' },
    ]);
  });

  test('a fitted thermometer is not asked where policy is off or does not check', async () => {
    for (const policy of [{ temperature: 'off' }, { mode: 'do-not-check' }] as const) {
      const g = await gatewayOf(policy, true);
      g.scan(g.one, codeAt(newHolder()));
      await settle();
      expect(g.one.turnstile.orders).toMatchObject([{ action: 'open' }]);
    }
  });

  test('a turnstile without a last word: the grant ends by time, also when timers fire early', async () => {
    const g = await gatewayOf();
    const text = codeAt(newHolder());
    g.scan(g.one, text);
    await g.time.advance(grantMsMax + 10, 0.7);
    expect(g.states()[0]).toBe('idle');
    expect(g.outcomes()).toEqual(['timed-out']);
    g.scan(g.one, codeAt(newHolder(), g.time.clock.now()));
    await settle();
    g.one.turnstile.say({ kind: 'started', passage: g.lastPassage(g.one) });
    await g.time.advance(passingMsMax + 10, 0.7);
    expect(g.states()[0]).toBe('idle');
    expect(g.outcomes()).toEqual(['timed-out', 'timed-out']);
  });

  test('the person who waits is taken when the lane is free', async () => {
    const g = await gatewayOf();
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.one.turnstile.orders).toHaveLength(1);
    g.one.turnstile.say({ kind: 'completed', passage: g.lastPassage(g.one) });
    await settle();
    expect(g.one.turnstile.orders.map((order) => order.action)).toEqual(['open', 'open']);
    expect(g.outcomes()).toEqual(['completed']);
  });

  test('S5: fire frees the lane, voids the grant and tells everyone; who went through meanwhile is not known', async () => {
    const g = await gatewayOf();
    const text = codeAt(newHolder());
    g.scan(g.one, text);
    await settle();
    g.one.turnstile.say({ kind: 'fire', active: true });
    await settle();
    expect(g.states()).toEqual(['released', 'idle']);
    expect(g.outcomes()).toEqual(['interrupted']);
    expect(g.journal.drafts.at(-1)).toMatchObject({ kind: 'alarm', reason: 'fire-release' });
    const ordered = g.one.turnstile.orders.length;
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.one.turnstile.orders).toHaveLength(ordered);
    g.one.turnstile.say({ kind: 'fire', active: false });
    await g.time.advance(2000);
    g.scan(g.one, text);
    await settle();
    expect(g.one.turnstile.orders.at(-1)?.reason).toBe('code-already-used');
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.one.turnstile.orders.at(-1)?.action).toBe('open');
  });

  test('a forced arm is written down', async () => {
    const g = await gatewayOf();
    g.two.turnstile.say({ kind: 'forced' });
    await settle();
    expect(g.journal.drafts).toMatchObject([
      { kind: 'alarm', lane: 'lane-2', reason: 'turnstile-forced' },
    ]);
    expect(g.onRecorded).toHaveBeenCalled();
  });

  test('an order that the turnstile does not take is a fault of that lane, and tried again', async () => {
    const g = await gatewayOf();
    g.one.turnstile.answer = refuse('turnstile-unreachable');
    const text = codeAt(newHolder());
    g.scan(g.one, text);
    await settle();
    expect(g.states()).toEqual(['fault', 'idle']);
    expect(g.outcomes()).toEqual(['unreachable']);
    g.one.turnstile.answer = ok(undefined);
    await g.time.advance(2000);
    // An answer that was lost does not say that nothing moved.
    g.scan(g.one, text);
    await settle();
    expect(g.one.turnstile.orders.at(-1)?.reason).toBe('code-already-used');
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.states()).toEqual(['granted', 'idle']);
  });

  test.for(['scan-line-too-long', 'payload-invalid'] as const)(
    'T17: a line that is no text (%s) is told to the person, logged by its reason, and opens nothing',
    async (reason) => {
      const g = await gatewayOf();
      g.one.scan(refuse(reason, 'never logged'));
      await settle();
      expect(g.one.turnstile.orders).toMatchObject([{ action: 'refuse', reason }]);
      expect(g.journal.drafts).toMatchObject([{ verdict: 'refuse', reason, key: null }, {}]);
      expect(g.log.lines).toEqual([`warn scan-unreadable {"lane":"lane-1","reason":"${reason}"}`]);
      expect(g.states()[0]).toBe('idle');
    },
  );

  test('F10: noise on the line displaces nobody', async () => {
    const g = await gatewayOf({}, true);
    g.scan(g.one, codeAt(newHolder()));
    g.one.scan(refuse('scan-line-too-long'));
    await g.time.advance(readingLateMsMax);
    g.one.read({ centiC: ok(3650), at: g.time.clock.mono() });
    await settle();
    expect(g.one.turnstile.orders).toMatchObject([{ action: 'open' }]);
    g.one.scan(refuse('scan-line-too-long'));
    g.one.turnstile.say({ kind: 'completed', passage: g.lastPassage(g.one) });
    await settle();
    expect(g.one.turnstile.orders).toHaveLength(1);
    expect(g.states()[0]).toBe('idle');
  });

  test('F4: a disk that hangs slows each lane by the deadline, not by each other’s', async () => {
    const g = await gatewayOf();
    g.journal.disk = 'hangs';
    g.scan(g.one, codeAt(newHolder()));
    g.scan(g.two, codeAt(newHolder()));
    await g.time.advance(journalWaitMsMax);
    await settle();
    expect(g.states()).toEqual(['granted', 'granted']);
    expect(g.recorder.counts().late).toBe(2);
  });
});

describe('F19: a bug in one lane', () => {
  test('frees that lane, is logged, and leaves the other alone', async () => {
    const g = await gatewayOf();
    g.one.turnstile.order = () => Promise.reject(new TypeError('a bug'));
    g.scan(g.one, codeAt(newHolder()));
    g.scan(g.two, codeAt(newHolder()));
    await settle();
    expect(g.states()).toEqual(['idle', 'granted']);
    expect(g.log.lines).toEqual(['error lane-bug {"lane":"lane-1","why":"TypeError: a bug"}']);
  });

  test('in what watches decisions does not hold the lane', async () => {
    const g = await gatewayOf();
    g.onDecision.mockImplementation(() => {
      throw new Error('metrics');
    });
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    expect(g.states()[0]).toBe('granted');
    g.one.turnstile.say({ kind: 'completed', passage: g.lastPassage(g.one) });
    await settle();
    expect(g.states()[0]).toBe('idle');
    expect(g.outcomes()).toEqual(['completed']);
  });
});

describe('stop', () => {
  test('waits for what is being decided, and listens to nothing any more', async () => {
    const g = await gatewayOf();
    g.journal.disk = 'hangs';
    g.scan(g.one, codeAt(newHolder()));
    await settle();
    let stopped = false;
    const stopping = g.gateway.stop().then(() => {
      stopped = true;
    });
    await g.time.advance(journalWaitMsMax - 1);
    expect(stopped).toBe(false);
    await g.time.advance(1);
    await stopping;
    expect(g.one.turnstile.orders).toHaveLength(1);
    g.scan(g.two, codeAt(newHolder()));
    g.one.turnstile.say({ kind: 'forced' });
    await g.time.advance(60_000);
    expect(g.one.turnstile.orders).toHaveLength(1);
    expect(g.two.turnstile.orders).toHaveLength(0);
    expect(g.journal.drafts).toEqual([]);
  });

  test('a gateway at rest stops at once', async () => {
    const g = await gatewayOf();
    await g.gateway.stop();
    expect(g.time.clock.mono()).toBe(monoMs(1000));
  });
});
