import type { Result } from '@greengate/contracts/result';
import type { HardwareModule } from '@greengate/tools/hardware-modules';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type GpioRig, gpioCase } from '../../../edge/test/ports/gpio.case.ts';
import { GpioBank } from '../../dist/devices/gpio-bank.js';
import { fuseMachine } from './fuse-machine.ts';
import { piBank, startDriven } from './fuse-rig.ts';

const modules = fuseMachine();
/** Longer than the driver waits before it reads a line by itself. */
const SETTLE_MS = 900;

if (modules) gpioCase('onoff, over FUSE', () => startOnFuse(modules));

async function startOnFuse(built: readonly HardwareModule[]): Promise<GpioRig> {
  const { rig, bank, client, said } = startDriven(built);
  expect(await client.call('openGpio'), said()).toEqual({ ok: true });
  return {
    openOutput: async (place) => (await client.call('openOutput', place)) as Result<unknown>,
    openInput: async (place) => (await client.call('openInput', place)) as Result<unknown>,
    write: (line, active) => client.call('write', line, active),
    read: (line) => client.call('read', line),
    closeLines: () => client.call('closeGpio'),
    levels: (line) => {
      const seen = bank.trace.filter((change) => change.line === line).map(({ level }) => level);
      bank.trace.length = 0;
      return seen.length > 0 ? seen : [bank.level(line)];
    },
    drive: (line, level) => bank.drive(line, level),
    settle: () => client.call('wait', SETTLE_MS),
    changes: () => client.changes,
    faults: {
      busy: (line) => void bank.faults.busy.add(line),
      broken: (line, isBroken) => void bank.faults.broken[isBroken ? 'add' : 'delete'](line),
      loseEdges: (count) => {
        bank.faults.edgesToLose = count;
      },
    },
    close: () => rig.stop(),
  };
}

describe.runIf(modules !== undefined)('onoff, over FUSE', () => {
  const start = (bank?: GpioBank) => {
    const driven = startDriven(modules ?? [], bank ? { bank } : {});
    onTestFinished(() => driven.rig.stop());
    return driven;
  };

  test.each([
    ['pinctrl-bcm2835', 0],
    ['pinctrl-bcm2711', 399],
    ['pinctrl-rp1', 571],
  ] as const)('finds %s at base %i', async (label, base) => {
    const bank = new GpioBank({ label, base, lines: 54 });
    const { client } = start(bank);
    expect(await client.call('openGpio')).toEqual({ ok: true });
    await client.call('openOutput', { line: 4, isActiveLow: true });
    expect(bank.isOutput(4)).toBe(true);
  });

  test('says which chips there are when it finds none of its own', async () => {
    const { client } = start();
    expect(await client.call('openGpio', ['gpio-sim'])).toMatchObject({
      refusal: { code: 'gpio-chip-missing', detail: 'there is pinctrl-bcm2711@512' },
    });
  });

  test('a refused line is told with what the kernel said, or what the chip has', async () => {
    const { client, bank } = start();
    bank.faults.busy.add(5);
    await client.call('openGpio');
    expect(await client.call('openOutput', { line: 5, isActiveLow: true })).toMatchObject({
      refusal: { code: 'gpio-line-busy', detail: 'line 5: write EBUSY' },
    });
    expect(await client.call('openOutput', { line: 58, isActiveLow: true })).toMatchObject({
      refusal: { code: 'gpio-line-missing', detail: 'pinctrl-bcm2711 has lines 0 to 57' },
    });
  });

  test('who may not export a line is told so', async () => {
    const { client, bank } = start();
    bank.faults.isForbidden = true;
    await client.call('openGpio');
    expect(await client.call('openOutput', { line: 4, isActiveLow: true })).toMatchObject({
      refusal: { code: 'gpio-permission' },
    });
  });

  test('an output that does not take its level of rest is refused', async () => {
    const { client, bank } = start();
    bank.faults.stuck.add(4);
    await client.call('openGpio');
    expect(await client.call('openOutput', { line: 4, isActiveLow: true })).toMatchObject({
      refusal: { code: 'gpio-failed' },
    });
  });

  test('a line that somebody left inverted is not: the next start turns it right without a pulse', async () => {
    const bank = piBank();
    const first = start(bank);
    await first.client.call('openGpio');
    await first.client.call('openOutput', { line: 4, isActiveLow: true });
    await first.client.call('write', 4, true);
    await first.rig.stop();
    expect(bank.level(4)).toBe(0);
    bank.trace.length = 0;
    const second = start(bank);
    await second.client.call('openGpio');
    await second.client.call('openOutput', { line: 4, isActiveLow: true });
    expect(bank.trace).toEqual([{ line: 4, level: 1 }]);
  });
});
