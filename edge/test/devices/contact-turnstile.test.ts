import { passageIdSchema } from '@greengate/contracts/ids';
import { ok, refuse } from '@greengate/contracts/result';
import { expect, test } from 'vitest';
import { openContactTurnstile } from '../../src/devices/contact-turnstile.ts';
import { reopenDelayMsMax } from '../../src/devices/limits.ts';
import type { TurnstileEvent } from '../../src/ports.ts';
import { FakeGpio } from '../fakes/fake-gpio.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { memoryLog } from '../fakes/memory-log.ts';

const passage = passageIdSchema.parse('1'.repeat(32));
const grant = { action: 'open', passage, reason: 'status-green' } as const;
const config = {
  kind: 'gpio',
  grant: { line: 17, activeLow: true },
  refuse: { line: 18, activeLow: true },
  pass: { line: 22, activeLow: true },
  fire: { line: 23, activeLow: true },
} as const;

function station() {
  const time = new ManualTime();
  const gpio = new FakeGpio(time.timers, 58);
  for (const line of [22, 23]) gpio.drive(line, 0);
  const log = memoryLog();
  return { time, gpio, log };
}

test('lines that are refused are asked for again, all of them; until then it is out of order', async () => {
  const { time, gpio, log } = station();
  gpio.busy.add(18);
  const openLines = () => ok(gpio);
  const turnstile = openContactTurnstile(config, { timers: time.timers, log, openLines });
  const events: TurnstileEvent[] = [];
  turnstile.onEvent((event) => events.push(event));
  expect(await turnstile.order(grant)).toEqual(refuse('turnstile-unreachable', 'gpio-line-busy'));
  time.advance(2 * reopenDelayMsMax);
  expect(log.lines).toMatchObject([{ event: 'gpio-refused', fields: { code: 'gpio-line-busy' } }]);
  gpio.busy.clear();
  time.advance(reopenDelayMsMax);
  await Promise.resolve();
  expect(events).toEqual([{ kind: 'presence', online: true }]);
  expect(await turnstile.order(grant)).toMatchObject({ ok: true });
  expect(gpio.level(17)).toBe(0);
  turnstile.close();
  expect(gpio.level(17)).toBe(1);
});

test('without a driver it goes on asking, and the gateway goes on', async () => {
  const { time, log } = station();
  const openLines = () => refuse('gpio-driver-missing');
  const turnstile = openContactTurnstile(config, { timers: time.timers, log, openLines });
  expect(await turnstile.order(grant)).toEqual(
    refuse('turnstile-unreachable', 'gpio-driver-missing'),
  );
  turnstile.close();
  expect(time.waiting).toBe(0);
});
