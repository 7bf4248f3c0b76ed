import { passageIdSchema } from '@greengate/contracts/ids';
import { describe, expect, it } from 'vitest';
import { createGpioTurnstile } from '../../src/devices/gpio-turnstile.ts';
import type { TurnstileEvent, TurnstileOrder } from '../../src/ports.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { FakeInput, FakeOutput } from '../fakes/pins.ts';

const passage = passageIdSchema.parse('1'.repeat(32));

class Rig {
  readonly time = new ManualTime();
  readonly log = memoryLog();
  readonly grant = new FakeOutput();
  readonly refuse = new FakeOutput();
  readonly refer = new FakeOutput();
  readonly pass: FakeInput;
  readonly fire: FakeInput;
  readonly events: TurnstileEvent[] = [];
  readonly turnstile;

  constructor(isPassClosed = true, isFireClosed = true) {
    this.pass = new FakeInput(isPassClosed);
    this.fire = new FakeInput(isFireClosed);
    const { grant, refuse, refer, pass, fire } = this;
    const pins = { grant, refuse, refer, pass, fire };
    this.turnstile = createGpioTurnstile({ pins, timers: this.time.timers, log: this.log });
    this.turnstile.onEvent((event) => this.events.push(event));
  }

  order(action: TurnstileOrder['action']) {
    return this.turnstile.order({ action, passage, reason: 'status-green' });
  }

  outputs() {
    return [this.grant, this.refuse, this.refer];
  }
}

const refusedAs = (code: string) => ({ ok: false, refusal: { code } });

describe('the turnstile on dry contacts', () => {
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])(
    'writes nothing when it is made: PASS closed %s, fire closed %s',
    (isPassClosed, isFireClosed) => {
      const rig = new Rig(isPassClosed, isFireClosed);
      rig.time.advance(60_000);
      expect(rig.outputs().map(({ written }) => written)).toEqual([[], [], []]);
      rig.turnstile.close();
      expect(rig.outputs().map(({ written }) => written)).toEqual([[], [], []]);
    },
  );

  it('grants by one pulse of 100 ms or more, then gives five seconds', async () => {
    const rig = new Rig();
    expect((await rig.order('open')).ok).toBe(true);
    expect(rig.grant.written).toEqual([true]);
    rig.time.advance(100);
    expect(rig.grant.active).toBe(true);
    rig.time.advance(100);
    expect(rig.grant.written).toEqual([true, false]);
    rig.time.advance(4799);
    expect(rig.events).toHaveLength(1);
    rig.time.advance(1);
    expect(rig.events.slice(1)).toEqual([{ kind: 'timed-out', passage }]);
    expect(rig.grant.written).toEqual([true, false]);
  });

  it('is started when the arm leaves its rest and completed when it is back', async () => {
    const rig = new Rig();
    await rig.order('open');
    rig.time.advance(4900);
    rig.pass.set(false);
    rig.time.advance(20);
    expect(rig.events.at(-1)).toEqual({ kind: 'started', passage });
    rig.time.advance(10_000);
    rig.pass.set(true);
    rig.time.advance(20);
    expect(rig.events.at(-1)).toEqual({ kind: 'completed', passage });
    rig.time.advance(60_000);
    expect(rig.events).toHaveLength(3);
  });

  it('hears one passage through a bouncing relay', async () => {
    const rig = new Rig();
    await rig.order('open');
    for (const isClosed of [false, true]) {
      for (let bounce = 0; bounce < 7; bounce++) {
        rig.pass.set(bounce % 2 === 0 ? isClosed : !isClosed);
        rig.time.advance(5);
      }
      rig.time.advance(300);
    }
    expect(rig.events.slice(1).map(({ kind }) => kind)).toEqual(['started', 'completed']);
  });

  it('takes a lone edge for what it is: nothing, when the level is as before', () => {
    const rig = new Rig();
    rig.pass.edge(false);
    rig.fire.edge(false);
    rig.time.advance(1000);
    expect(rig.events).toEqual([]);
  });

  it('tells of an arm turned without a grant, once', () => {
    const rig = new Rig();
    rig.pass.set(false);
    rig.time.advance(1000);
    rig.pass.set(true);
    rig.time.advance(1000);
    expect(rig.events.slice(0)).toEqual([{ kind: 'forced' }]);
  });

  it('grants nothing while the arm is away from its rest', async () => {
    const rig = new Rig();
    rig.pass.set(false);
    expect(await rig.order('open')).toMatchObject(refusedAs('lane-busy'));
    rig.time.advance(1000);
    expect(await rig.order('open')).toMatchObject(refusedAs('lane-busy'));
    expect(rig.grant.written).toEqual([]);
  });

  it('is out of order after 30 s away from rest: a stall, and the passage is not known to be done', async () => {
    const rig = new Rig();
    await rig.order('open');
    rig.pass.set(false);
    rig.time.advance(30_020);
    expect(rig.events.slice(1)).toEqual([
      { kind: 'started', passage },
      { kind: 'presence', online: false },
      { kind: 'timed-out', passage },
    ]);
    expect(await rig.order('open')).toMatchObject(refusedAs('turnstile-unreachable'));
    rig.pass.set(true);
    rig.time.advance(20);
    expect(rig.events.at(-1)).toEqual({ kind: 'presence', online: true });
    expect((await rig.order('open')).ok).toBe(true);
  });

  it('sees a broken wire at the start', async () => {
    const rig = new Rig(false);
    await Promise.resolve();
    expect(rig.events).toEqual([{ kind: 'presence', online: false }]);
    expect(await rig.order('open')).toMatchObject(refusedAs('turnstile-unreachable'));
    rig.pass.set(true);
    rig.time.advance(20);
    expect(rig.events.at(-1)).toEqual({ kind: 'presence', online: true });
  });

  it('takes a contact that cannot be read for a broken wire', async () => {
    const rig = new Rig();
    rig.pass.broken = true;
    expect(await rig.order('open')).toMatchObject(refusedAs('lane-busy'));
    rig.fire.broken = true;
    rig.fire.edge(true);
    expect(rig.events).toEqual([
      { kind: 'presence', online: true },
      { kind: 'fire', active: true },
    ]);
  });

  it.each(['refuse', 'refer'] as const)(
    'lights the sign for %s and grants nothing',
    async (action) => {
      const rig = new Rig();
      expect((await rig.order(action)).ok).toBe(true);
      expect(rig[action].active).toBe(true);
      rig.time.advance(2000);
      await rig.order(action);
      rig.time.advance(2000);
      expect(rig[action].active).toBe(true);
      rig.time.advance(1000);
      expect(rig[action].active).toBe(false);
      expect(rig.grant.written).toEqual([]);
    },
  );
});

describe('S5 the fire contact of the turnstile on dry contacts', () => {
  it.each([
    ['rest', 0],
    ['the pulse', 50],
    ['the grant', 1000],
    ['the passage', 2000],
  ])('releases in %s at once, and puts every output to rest', async (_name, afterMs) => {
    const rig = new Rig();
    if (afterMs > 0) await rig.order('open');
    await rig.order('refuse');
    rig.time.advance(Math.min(afterMs, 1000));
    if (afterMs === 2000) rig.pass.set(false);
    rig.time.advance(Math.max(0, afterMs - 1000));
    rig.fire.set(false);
    expect(rig.events.at(-1)).toEqual({ kind: 'fire', active: true });
    expect(rig.outputs().map(({ active }) => active)).toEqual([false, false, false]);
    const told = rig.events.length;
    rig.pass.set(false);
    rig.time.advance(60_000);
    rig.pass.set(true);
    rig.time.advance(60_000);
    expect(rig.events).toHaveLength(told);
  });

  it('ignores every order while it is open', async () => {
    const rig = new Rig();
    rig.fire.set(false);
    for (const action of ['open', 'refuse', 'refer'] as const) {
      expect(await rig.order(action)).toMatchObject(refusedAs('fire-release'));
    }
    expect((await rig.order('release')).ok).toBe(true);
    expect(rig.outputs().map(({ written }) => written)).toEqual([[], [], []]);
  });

  it('P25 is known at the start: a gateway that starts during a fire writes nothing', async () => {
    const rig = new Rig(true, false);
    await Promise.resolve();
    expect(rig.events).toEqual([
      { kind: 'presence', online: true },
      { kind: 'fire', active: true },
    ]);
    expect(await rig.order('open')).toMatchObject(refusedAs('fire-release'));
  });

  it('is armed again when the contact has settled closed, with nothing open', async () => {
    const rig = new Rig();
    await rig.order('open');
    rig.fire.set(false);
    rig.fire.set(true);
    rig.time.advance(10);
    rig.fire.set(false);
    rig.fire.set(true);
    rig.time.advance(19);
    expect(rig.events.at(-1)).toEqual({ kind: 'fire', active: true });
    rig.time.advance(1);
    expect(rig.events.at(-1)).toEqual({ kind: 'fire', active: false });
    expect(rig.grant.active).toBe(false);
    expect((await rig.order('open')).ok).toBe(true);
  });

  it('calls nobody forced who stands in the arm when it is armed again', () => {
    const rig = new Rig();
    rig.fire.set(false);
    rig.pass.set(false);
    rig.fire.set(true);
    rig.time.advance(1000);
    rig.pass.set(true);
    rig.time.advance(1000);
    expect(rig.events.map(({ kind }) => kind)).toEqual(['fire', 'fire']);
  });

  it('holds the grant for a release by order, until the contact was opened and closed', async () => {
    const rig = new Rig();
    await rig.order('release');
    rig.time.advance(3_600_000);
    expect(rig.grant.active).toBe(true);
    expect(await rig.order('open')).toMatchObject(refusedAs('fire-release'));
    rig.fire.edge(true);
    rig.time.advance(100);
    expect(rig.grant.active).toBe(true);
    rig.fire.set(false);
    rig.fire.set(true);
    rig.time.advance(20);
    expect(rig.grant.active).toBe(false);
    expect((await rig.order('open')).ok).toBe(true);
  });
});

describe('F11 an output of the turnstile that fails', () => {
  it('refuses the order and is put to rest as soon as it can be', async () => {
    const rig = new Rig();
    rig.grant.broken = true;
    expect(await rig.order('open')).toMatchObject(refusedAs('turnstile-unreachable'));
    rig.time.advance(1000);
    expect(rig.log.lines.length).toBeGreaterThan(1);
    rig.grant.broken = false;
    rig.time.advance(250);
    expect(rig.grant.written).toEqual([false]);
    expect(rig.events.map(({ kind }) => kind)).not.toContain('timed-out');
    expect((await rig.order('open')).ok).toBe(true);
  });

  it('that fails at the end of its pulse is tried until it rests', async () => {
    const rig = new Rig();
    await rig.order('open');
    rig.grant.broken = true;
    rig.time.advance(3000);
    expect(rig.grant.active).toBe(true);
    rig.grant.broken = false;
    rig.time.advance(250);
    expect(rig.grant.active).toBe(false);
    expect(rig.time.waiting).toBe(1);
  });

  it('is left alone when the gateway stops, after one try', async () => {
    const rig = new Rig();
    await rig.order('open');
    rig.turnstile.close();
    expect(rig.grant.written).toEqual([true, false]);
    expect(rig.time.waiting).toBe(0);
  });
});
