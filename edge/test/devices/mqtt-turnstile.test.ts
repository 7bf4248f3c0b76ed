import { deviceIdSchema, passageIdSchema } from '@greengate/contracts/ids';
import type { UplinkChannel } from '@greengate/contracts/wire/topics';
import { describe, expect, it } from 'vitest';
import type { MqttLink, Presence } from '../../src/devices/mqtt-broker.ts';
import type { Uplink } from '../../src/devices/mqtt-guard.ts';
import { createMqttTurnstile } from '../../src/devices/mqtt-turnstile.ts';
import type { TurnstileEvent } from '../../src/ports.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { placeOf } from '../fakes/mqtt-station.ts';
import { seededRandom } from '../fakes/seeded-random.ts';

const own = 'turnstile-1';
const boot = 'ab'.repeat(16);
const passage = passageIdSchema.parse('1'.repeat(32));
const open = { action: 'open', passage, reason: 'status-green' } as const;

class Rig {
  readonly time = new ManualTime();
  readonly log = memoryLog();
  readonly sent: Record<string, unknown>[] = [];
  readonly events: TurnstileEvent[] = [];
  isConnected = true;
  #uplink: (uplink: Uplink) => void = () => {};
  #presence: (presence: Presence) => void = () => {};
  readonly #link: MqttLink = {
    onUplink: (listener) => {
      this.#uplink = listener;
    },
    onPresence: (listener) => {
      this.#presence = listener;
    },
    command: (_device, payload) => {
      if (this.isConnected) this.sent.push(JSON.parse(payload));
      return this.isConnected;
    },
  };
  readonly turnstile = createMqttTurnstile({
    link: this.#link,
    device: deviceIdSchema.parse(own),
    boot,
    clock: this.time.clock,
    timers: this.time.timers,
    random: seededRandom(),
    log: this.log,
  });

  constructor() {
    this.turnstile.onEvent((event) => this.events.push(event));
  }

  is(kind: Presence['kind'], device = own): void {
    this.#presence({ place: placeOf(device), kind });
  }

  says(channel: UplinkChannel, payload: unknown, device = own): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const at = this.time.clock.mono();
    this.#uplink({ channel, place: placeOf(device), payload: text, at, retained: false });
  }

  answers(result: string): void {
    this.says('ack', { nonce: this.sent.at(-1)?.['nonce'], result });
  }
}

const online = () => {
  const rig = new Rig();
  rig.is('online');
  rig.is('listening');
  return rig;
};

describe('the turnstile on MQTT', () => {
  it('greets the device on every connection, before any order', () => {
    const rig = online();
    const hello = { action: 'hello', boot, at: rig.time.clock.now() };
    expect(rig.sent).toEqual([hello]);
    rig.is('offline');
    rig.is('online');
    expect(rig.sent).toHaveLength(1);
    rig.is('listening');
    expect(rig.sent).toEqual([hello, hello]);
  });

  it('orders with boot, nonce and an expiry of two seconds (T14)', async () => {
    const rig = online();
    const taken = rig.turnstile.order(open);
    const at = rig.time.clock.now();
    expect(rig.sent[1]).toEqual({
      ...open,
      boot,
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      at,
      expiresAt: at + 2000,
    });
    rig.answers('accepted');
    expect(await taken).toEqual({ ok: true, value: undefined });
    expect(rig.time.waiting).toBe(0);
  });

  it('gives each order a nonce of its own', () => {
    const rig = online();
    for (let each = 0; each < 5; each++) void rig.turnstile.order(open);
    expect(new Set(rig.sent.map(({ nonce }) => nonce)).size).toBe(6);
  });

  it.each([
    ['repeated', 'turnstile-unreachable', 0],
    ['fault', 'turnstile-unreachable', 0],
    ['busy', 'lane-busy', 0],
    ['expired', 'turnstile-unreachable', 1],
    ['foreign-boot', 'turnstile-unreachable', 1],
  ])("takes '%s' for '%s', with %d greetings more", async (result, code, hellos) => {
    const rig = online();
    const taken = rig.turnstile.order(open);
    rig.answers(result);
    expect(await taken).toEqual({ ok: false, refusal: { code, detail: result } });
    expect(rig.sent).toHaveLength(2 + hellos);
  });

  it("gives up as 'turnstile-unreachable' when no answer comes in two seconds", async () => {
    const rig = online();
    let answer: unknown;
    void rig.turnstile.order(open).then((result) => {
      answer = result;
    });
    rig.time.advance(1999);
    await Promise.resolve();
    expect(answer).toBeUndefined();
    rig.time.advance(1);
    await Promise.resolve();
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'turnstile-unreachable' } });
    rig.answers('accepted');
  });

  it('gives up at once when the device goes, or is not there', async () => {
    const rig = online();
    const under = rig.turnstile.order(open);
    rig.is('offline');
    expect(await under).toMatchObject({ ok: false, refusal: { code: 'turnstile-unreachable' } });
    rig.isConnected = false;
    const later = await rig.turnstile.order(open);
    expect(later).toMatchObject({ ok: false, refusal: { detail: 'offline' } });
    expect(rig.time.waiting).toBe(0);
  });

  it('owes few answers at a time', async () => {
    const rig = online();
    for (let each = 0; each < 8; each++) void rig.turnstile.order(open);
    expect(await rig.turnstile.order(open)).toMatchObject({ refusal: { code: 'lane-busy' } });
    rig.time.advance(2000);
    void rig.turnstile.order(open);
    rig.answers('accepted');
  });

  it('passes on what happened at the arm', () => {
    const rig = online();
    for (const event of ['started', 'completed', 'timed-out', 'reversed']) {
      rig.says('passage', { event, passage });
    }
    rig.says('passage', { event: 'forced' });
    expect(rig.events.slice(1)).toEqual([
      ...['started', 'completed', 'timed-out', 'reversed'].map((kind) => ({ kind, passage })),
      { kind: 'forced' },
    ]);
  });

  it("drops what does not fit its format, as 'payload-invalid'", () => {
    const rig = online();
    rig.says('passage', 'not JSON');
    rig.says('passage', { event: 'started' });
    rig.says('passage', { event: 'opened', passage });
    rig.says('ack', { nonce: 'x', result: 'accepted' });
    rig.says('state', { state: 'tired' });
    expect(rig.events).toHaveLength(1);
    expect(rig.log.lines.map(({ event }) => event)).toEqual(new Array(5).fill('payload-invalid'));
  });

  it('hears of no other device', async () => {
    const rig = online();
    rig.says('passage', { event: 'forced' }, 'turnstile-2');
    rig.is('offline', 'turnstile-2');
    expect(rig.events).toHaveLength(1);
  });

  it('is out of order while the device says that it has a fault', () => {
    const rig = online();
    rig.says('state', { state: 'fault' });
    rig.says('state', { state: 'fault' });
    rig.says('state', { state: 'online' });
    expect(rig.events).toEqual([true, false, true].map((is) => ({ kind: 'presence', online: is })));
  });

  it('tells a new listener what is so, once that is ready', async () => {
    const rig = new Rig();
    expect(rig.events).toEqual([]);
    await Promise.resolve();
    expect(rig.events).toEqual([{ kind: 'presence', online: false }]);
  });
});
