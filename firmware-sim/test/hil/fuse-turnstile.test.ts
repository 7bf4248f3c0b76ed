import { setTimeout as sleep } from 'node:timers/promises';
import { type PassageId, passageIdSchema } from '@greengate/contracts/ids';
import type { Result } from '@greengate/contracts/result';
import type { HardwareModule } from '@greengate/tools/hardware-modules';
import { describe, expect, test } from 'vitest';
import { type TurnstileRig, turnstileCase } from '../../../edge/test/ports/turnstile.case.ts';
import type { GpioBank } from '../../dist/devices/gpio-bank.js';
import { fuseMachine } from './fuse-machine.ts';
import { piBank, startDriven } from './fuse-rig.ts';

const modules = fuseMachine();
const LINES = { grant: 17, pass: 22, fire: 23 };
/** The driver's timers run so much faster: a stall of 30 s is one of 1.5 s. */
const SPEED = 20;
const AWAY_MS = 100;
const WINDOW_MS = 5000 / SPEED;
const STALL_MS = 30_000 / SPEED;
const SETTLE_MS = 100;
/** Contacts pull to ground, the relay fires on 0. */
const CLOSED = 0;
const OPEN = 1;
const ON = 0;

if (modules) turnstileCase('GPIO, on onoff over FUSE', () => startOnFuse(modules));

async function startOnFuse(built: readonly HardwareModule[]): Promise<TurnstileRig> {
  const bank = turnstileBank();
  const { rig, client, said } = startDriven(built, { bank, speed: SPEED });
  await open(client).catch((error: unknown) => {
    throw new Error(`${error}: ${said()}`);
  });
  let moves: Promise<unknown> = Promise.resolve();
  const then = (move: () => Promise<unknown>) => {
    moves = moves.then(move);
  };
  // What the controller makes of the line: a pulse opens for one, a held line for all.
  let seen = bank.trace.length;
  const shut = () => {
    seen = bank.trace.length;
  };
  const isOpen = () =>
    bank.level(LINES.grant) === ON || bank.trace.slice(seen).some(isGrantOf(LINES.grant));
  return {
    turnstile: {
      order: (order) => client.call('order', order),
      onEvent: (listener) => {
        client.onEvent = listener;
        then(() => client.call('watchTurnstile'));
      },
    },
    isOpen,
    pass: () =>
      then(async () => {
        bank.drive(LINES.pass, OPEN);
        await client.call('wait', AWAY_MS);
        bank.drive(LINES.pass, CLOSED);
        shut();
        await client.call('wait', AWAY_MS);
      }),
    lapse: () => then(() => client.call('wait', WINDOW_MS + SETTLE_MS).then(shut)),
    lose: async () => {
      bank.drive(LINES.pass, OPEN);
      await client.call('wait', STALL_MS + 5 * SETTLE_MS);
    },
    regain: async () => {
      bank.drive(LINES.pass, CLOSED);
      await client.call('wait', AWAY_MS);
    },
    settle: () => moves.then(() => client.call('wait', SETTLE_MS)),
    close: () => rig.stop(),
  };
}

type Client = ReturnType<typeof startDriven>['client'];

async function open(client: Client): Promise<void> {
  const taken = [
    await client.call('openGpio'),
    await client.call('openOutput', { line: LINES.grant, isActiveLow: true }),
    await client.call('openInput', { line: LINES.pass, isActiveLow: true, debounceMs: 0 }),
    await client.call('openInput', { line: LINES.fire, isActiveLow: true, debounceMs: 0 }),
  ] as Result<unknown>[];
  const refused = taken.find(({ ok }) => !ok);
  if (refused) throw new Error(JSON.stringify(refused));
  await client.call('openTurnstile', LINES);
}

function turnstileBank(): GpioBank {
  const bank = piBank();
  bank.drive(LINES.grant, 1);
  bank.drive(LINES.pass, CLOSED);
  bank.drive(LINES.fire, CLOSED);
  bank.trace.length = 0;
  return bank;
}

function isGrantOf(grant: number) {
  return ({ line, level }: { line: number; level: number }) => line === grant && level === ON;
}

const passage: PassageId = passageIdSchema.parse('1'.repeat(32));
const grant = { action: 'open', passage, reason: 'status-green' } as const;

describe.runIf(modules !== undefined)('a turnstile on onoff, killed', () => {
  test('P68 F11 at every step of a passage: the relay has no pulse that was not ordered, and fire none at all', {
    timeout: 300_000,
  }, async () => {
    // Two at a time, each on hardware of its own.
    const [odd, even] = await Promise.all([livesFrom(1), livesFrom(2)]);
    expect(odd.lives + even.lives).toBeGreaterThan(60);
    expect(odd.leftOn + even.leftOn).toBeGreaterThan(0);
  });
});

/** Every other life, until one is not killed any more; the machine starts anew before some, and it burns in some. */
async function livesFrom(first: number): Promise<{ lives: number; leftOn: number }> {
  const bank = turnstileBank();
  let lives = 0;
  let leftOn = 0;
  for (let killAt = first, isWhole = false; !isWhole; killAt += 2) {
    if (killAt % 3 === 0) bank.reboot();
    isWhole = await live(bank, killAt, false);
    if (bank.level(LINES.grant) === ON) leftOn += 1;
    if (killAt % 4 === first % 4) await live(bank, killAt, true);
    lives += 1;
  }
  expect(bank.level(LINES.grant)).toBe(1 - ON);
  return { lives, leftOn };
}

/** One life of the driver, killed at its `killAt`th request to the kernel; true: it came to its end. */
async function live(bank: GpioBank, killAt: number, isFire: boolean): Promise<boolean> {
  bank.drive(LINES.fire, isFire ? OPEN : CLOSED);
  bank.drive(LINES.pass, CLOSED);
  bank.trace.length = 0;
  const wasOn = bank.level(LINES.grant) === ON;
  let requests = 0;
  let isOrdered = false;
  const { rig, client } = startDriven(modules ?? [], {
    ...{ bank, speed: SPEED },
    onRequest: (pid) => {
      requests += 1;
      if (requests === killAt) process.kill(pid, 'SIGKILL');
    },
  });
  const life = async () => {
    await open(client);
    await client.call('watchTurnstile');
    isOrdered = !isFire;
    const taken = await client.call('order', grant);
    if (isFire) return expect(taken).toMatchObject({ refusal: { code: 'fire-release' } });
    expect(taken).toMatchObject({ ok: true });
    bank.drive(LINES.pass, OPEN);
    await told(client, 'started');
    bank.drive(LINES.pass, CLOSED);
    await told(client, 'completed');
    await client.call('closeTurnstile');
    await client.call('closeGpio');
  };
  let isWhole = true;
  try {
    await life();
  } catch (error) {
    if (requests < killAt) throw error;
    isWhole = false;
  }
  await rig.stop();
  const levels = bank.trace.filter(({ line }) => line === LINES.grant).map(({ level }) => level);
  // What the life before left on is ended first; then comes the one pulse, if it was ordered.
  const allowed = [...(wasOn ? [1 - ON] : []), ...(isOrdered ? [ON, 1 - ON] : [])];
  expect(levels, `killed at request ${killAt}`).toEqual(allowed.slice(0, levels.length));
  if (isWhole) expect(levels).toEqual(allowed);
  return isWhole;
}

/** Waits for an event; fails when the driver is gone, as any call to it does. */
async function told(client: Client, kind: string): Promise<void> {
  while (!client.events.some((event) => event.kind === kind)) {
    await client.call('read', LINES.pass);
    await sleep(2);
  }
}
