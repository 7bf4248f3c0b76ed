import { passageIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { GateCommand, GateOrder } from '@greengate/contracts/wire/gate-command';
import { describe, expect, test } from 'vitest';
import { grantMsMax, noncesCountMax, passageMsMax } from '../src/limits.ts';
import {
  ARM_THROUGH_DEGREES,
  reduceTurnstile,
  TURNSTILE_AT_POWER_ON,
  type TurnstileInput,
  type TurnstileOutput,
} from '../src/turnstile-model.ts';

const BOOT = 'b'.repeat(32);
const NEXT_BOOT = 'c'.repeat(32);
const passage = passageIdSchema.parse('a'.repeat(32));

/** A turnstile under test: feeds inputs at instants and keeps what came out. */
function turnstile() {
  let state = TURNSTILE_AT_POWER_ON;
  let outputs: readonly TurnstileOutput[] = [];
  const feed = (input: TurnstileInput, now: number) => {
    const step = reduceTurnstile(state, input, now as EpochMs);
    state = step.state;
    outputs = step.outputs;
  };
  return {
    command: (command: GateCommand, now: number, retained = false) =>
      feed({ kind: 'command', command, retained }, now),
    arm: (degrees: number, now: number) => feed({ kind: 'arm', degrees }, now),
    tick: (now: number) => feed({ kind: 'tick' }, now),
    powerCycle: () => {
      state = TURNSTILE_AT_POWER_ON;
    },
    barrier: () => state.barrier.name,
    acks: () => outputs.flatMap((output) => (output.kind === 'ack' ? output.ack.result : [])),
    events: () =>
      outputs.flatMap((output) => (output.kind === 'passage' ? output.passage.event : [])),
    states: () => outputs.flatMap((output) => (output.kind === 'state' ? output.state : [])),
    nonces: () => state.nonces.length,
  };
}

function hello(boot = BOOT, at = 0): GateCommand {
  return { action: 'hello', boot, at };
}

function order(at: number, change: Partial<GateOrder> = {}): GateOrder {
  return {
    action: 'open',
    boot: BOOT,
    nonce: '1'.repeat(32),
    at,
    expiresAt: at + 2000,
    passage,
    reason: 'status-green',
    ...change,
  };
}

describe('P23 turnstile, stale commands (T14)', () => {
  test('a fresh open after hello opens', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1010);
    expect(gate.acks()).toEqual(['accepted']);
    expect(gate.barrier()).toBe('granted');
  });

  test('a retained open moves nothing and is not answered', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1010, true);
    expect(gate.acks()).toEqual([]);
    expect(gate.barrier()).toBe('shut');
  });

  test('a retained hello names no boot', () => {
    const gate = turnstile();
    gate.command(hello(), 0, true);
    gate.command(order(1000), 1010);
    expect(gate.acks()).toEqual(['foreign-boot']);
    expect(gate.barrier()).toBe('shut');
  });

  test('a replay after the gateway rebooted stays shut', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1010);
    gate.tick(1010 + grantMsMax);
    gate.command(hello(NEXT_BOOT), 7000);
    gate.command(order(1000, { expiresAt: 9999 }), 7001);
    expect(gate.acks()).toEqual(['foreign-boot']);
    expect(gate.barrier()).toBe('shut');
  });

  test('a replay after its own reboot stays shut until the gateway has said hello again', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1010);
    gate.powerCycle();
    gate.command(order(1000), 1500);
    expect(gate.acks()).toEqual(['foreign-boot']);
    expect(gate.barrier()).toBe('shut');
  });

  test('an open delayed by 3 s stays shut, and so does one at the very instant of its expiry', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 4000);
    expect(gate.acks()).toEqual(['expired']);
    gate.command(order(1000), 3000);
    expect(gate.acks()).toEqual(['expired']);
    expect(gate.barrier()).toBe('shut');
  });

  test('a repeated nonce opens once', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1010);
    gate.arm(20, 1100);
    gate.arm(ARM_THROUGH_DEGREES, 1500);
    gate.command(order(1000), 1600);
    expect(gate.acks()).toEqual(['repeated']);
    expect(gate.barrier()).toBe('shut');
  });

  test('remembers a bounded number of nonces', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    for (let i = 0; i < noncesCountMax + 10; i++) {
      gate.command(order(0, { action: 'refuse', nonce: String(i).padStart(32, '0') }), 1);
    }
    expect(gate.nonces()).toBe(noncesCountMax);
  });
});

describe('turnstile, passages (HARDWARE 3)', () => {
  const granted = () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(1000), 1000);
    return gate;
  };

  test('one passage a grant: started at 8 degrees, completed when through', () => {
    const gate = granted();
    gate.arm(7, 1100);
    expect(gate.events()).toEqual([]);
    gate.arm(8, 1200);
    expect(gate.events()).toEqual(['started']);
    gate.arm(60, 1300);
    expect(gate.events()).toEqual([]);
    gate.arm(ARM_THROUGH_DEGREES, 1500);
    expect(gate.events()).toEqual(['completed']);
    expect(gate.barrier()).toBe('shut');
  });

  test('nobody goes within 5 s: timed out and shut', () => {
    const gate = granted();
    gate.tick(1000 + grantMsMax - 1);
    expect(gate.barrier()).toBe('granted');
    gate.tick(1000 + grantMsMax);
    expect(gate.events()).toEqual(['timed-out']);
    expect(gate.barrier()).toBe('shut');
  });

  test('somebody goes back: reversed', () => {
    const gate = granted();
    gate.arm(30, 1200);
    gate.arm(0, 1500);
    expect(gate.events()).toEqual(['reversed']);
    expect(gate.barrier()).toBe('shut');
  });

  test('the arm turns without a grant: forced, once, until it is home again', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.arm(9, 100);
    expect(gate.events()).toEqual(['forced']);
    gate.arm(40, 200);
    expect(gate.events()).toEqual([]);
    gate.command(order(200), 210);
    expect(gate.acks()).toEqual(['busy']);
    gate.arm(0, 300);
    expect(gate.barrier()).toBe('shut');
  });

  test('a second open while one is granted is busy; a refusal only lights the sign', () => {
    const gate = granted();
    gate.command(order(1000, { nonce: '2'.repeat(32) }), 1001);
    expect(gate.acks()).toEqual(['busy']);
    gate.command(order(1000, { nonce: '3'.repeat(32), action: 'refuse' }), 1002);
    expect(gate.acks()).toEqual(['accepted']);
    expect(gate.barrier()).toBe('granted');
  });

  test('somebody stands between the arms for 30 s: a fault is shown', () => {
    const gate = granted();
    gate.arm(30, 1200);
    gate.tick(1200 + passageMsMax);
    expect(gate.states()).toEqual(['fault']);
    expect(gate.barrier()).toBe('passing');
  });

  test('fire release opens for all; arms turn and nothing is forced', () => {
    const gate = turnstile();
    gate.command(hello(), 0);
    gate.command(order(0, { action: 'release', reason: 'fire-release' }), 1);
    gate.arm(ARM_THROUGH_DEGREES, 100);
    expect(gate.events()).toEqual([]);
    expect(gate.barrier()).toBe('released');
  });

  test('a grant survives the gateway that gave it, for its 5 s', () => {
    const gate = granted();
    gate.command(hello(NEXT_BOOT, 1500), 1500);
    expect(gate.barrier()).toBe('granted');
    gate.tick(epochMs(1000 + grantMsMax));
    expect(gate.barrier()).toBe('shut');
  });
});
