import { describe, expect, test } from 'vitest';
import { createGm65, type Gm65Options } from '../src/devices/gm65.ts';
import { createSerialWire, type WireFault } from '../src/devices/serial-wire.ts';
import { drawFaults, type Fault, playFaults } from '../src/faults.ts';
import { createVirtualTime } from './virtual-time.ts';

const READ_MODE = '7e000701000001abcd';
const ACK = '02000001003331';

async function bench(options: Gm65Options = {}, faults: readonly Fault<WireFault>[] = []) {
  const time = createVirtualTime();
  const model: { now?: ReturnType<typeof createGm65> } = {};
  const wire = createSerialWire({
    ...{ clock: time.clock, timers: time.timers, plan: { seed: 3, faults } },
    model: (parts) => {
      model.now = createGm65(parts, options);
      return model.now;
    },
  });
  if (model.now === undefined) throw new Error('no model');
  let heard = Buffer.alloc(0);
  const events = {
    onBytes: (bytes: Uint8Array) => {
      heard = Buffer.concat([heard, bytes]);
    },
    onGone: () => undefined,
  };
  let line = await wire.open(9600, events);
  return {
    ...{ time, wire, gm65: model.now },
    /** What comes in answer to these bytes within so long. */
    ask: async (hex: string, ms = 100) => {
      heard = Buffer.alloc(0);
      line.write(Buffer.from(hex, 'hex'));
      await time.run(ms);
      return heard.toString('hex');
    },
    /** What comes in that time. */
    listen: async (ms: number) => {
      heard = Buffer.alloc(0);
      await time.run(ms);
      return heard;
    },
    reopen: async (baudRate: number) => {
      await line.close();
      line = await wire.open(baudRate, events);
    },
  };
}

describe('a GM65 at byte level (HARDWARE 1)', () => {
  test('answers as its manual prints it', async () => {
    const { ask } = await bench();
    expect(await ask('7e000701000a01ee8a')).toBe('02000001003331');
    expect(await ask('7e000801000a3e4ccf')).toBe(ACK);
    expect(await ask('7e000701000a01ee8a')).toBe('020000013ee4ac');
    expect(await ask('7e000901000000dec8')).toBe(ACK);
    expect(await ask('7e000801000a3eabcd')).toBe(ACK);
  });

  test.each([
    ['a wrong checksum', '7e000701000a01ee8b'],
    ['an unknown type', '7e000601000a01abcd'],
    ['a zone that it has not', '7e000701ff0001abcd'],
    ['no head', '55000701000a01abcd'],
    ['half a command', '7e000701'],
  ])('is silent at %s', async (_, hex) => {
    const { ask } = await bench();
    expect(await ask(hex, 1000)).toBe('');
    expect(await ask(READ_MODE)).toMatch(/^02000001d6/);
  });

  test('forgets half a command after 400 ms, and joins it before', async () => {
    const { ask } = await bench();
    expect(await ask('7e00070100', 300)).toBe('');
    expect(await ask('0a01ee8a')).toBe('02000001003331');
    expect(await ask('7e00070100', 401)).toBe('');
    expect(await ask('0a01ee8a')).toBe('');
  });

  test('what is not saved is lost with power, and it hears nothing while it starts', async () => {
    const { ask, wire, gm65, time } = await bench();
    await ask('7e000801000a3eabcd');
    await ask('7e000801001385abcd');
    await ask('7e000901000000dec8');
    await ask('7e000801000a11abcd');
    expect([gm65.zone(0x0a), gm65.saves]).toEqual([0x11, 1]);
    wire.model.powerCycle();
    expect(await ask('7e000701000a01ee8a', 500)).toBe('');
    await time.run(1000);
    expect([gm65.zone(0x0a), gm65.zone(0x13)]).toEqual([0x3e, 0x85]);
    expect(await ask('7e000701000a01ee8a')).toMatch(/^020000013e/);
  });

  test('takes a new speed behind its acknowledgement, and a factory reset takes it back and starts anew', async () => {
    const { ask, gm65, reopen, time } = await bench();
    expect(await ask('7e000802002a1a00abcd')).toBe(ACK);
    expect(gm65.baudRate).toBe(115_200);
    expect(await ask('7e000701000a01ee8a')).toBe('');
    await reopen(115_200);
    expect(await ask('7e000901000000dec8')).toBe(ACK);
    expect(await ask('7e0009010000ffc038')).toBe(ACK);
    expect(gm65.baudRate).toBe(9600);
    expect(await ask('7e000701000a01ee8a')).toBe('');
    await reopen(9600);
    expect(await ask('7e000701000a01ee8a', 500)).toBe('');
    await time.run(1000);
    expect(await ask('7e000701000a01ee8a')).toBe(ACK);
  });

  test('sends a code that is held every second, in GBK, with CR, and glues acknowledgements on', async () => {
    const { wire, listen, ask } = await bench();
    wire.model.hold('健康码');
    const gbk = 'bda1bfb5c2eb0d';
    expect((await listen(2900)).toString('hex')).toBe(gbk.repeat(3));
    wire.model.hold(undefined);
    void wire.model.read('GC1:A');
    expect(await ask('7e000801000a3e4ccf')).toBe(`${Buffer.from('GC1:A\r').toString('hex')}${ACK}`);
    await ask('7e000801000d04abcd');
    void wire.model.read('健康码');
    expect((await listen(100)).toString('utf8')).toBe('健康码\r');
  });

  test('keeps a code to itself for its same-code delay', async () => {
    const { wire, listen } = await bench({ saved: { 19: 0x80 | 30 } });
    wire.model.hold('A');
    expect((await listen(3900)).toString()).toBe('A\rA\r');
  });

  test('reads nothing by itself where it waits for a button or a command, and once when it is triggered', async () => {
    const { wire, ask, listen } = await bench({ saved: { 0: 0xd5 } });
    wire.model.hold('A');
    expect((await listen(3000)).toString()).toBe('');
    expect(await ask('7e000801000201abcd', 3000)).toContain('410d');
    expect((await listen(3000)).toString()).toBe('');
  });

  test('at another speed nothing that was sent arrives, neither way', async () => {
    const { wire, ask, reopen, listen } = await bench();
    await reopen(115_200);
    expect(await ask(READ_MODE)).toBe('');
    void wire.model.read('GC1:A');
    const heard = await listen(100);
    expect(heard).toHaveLength(6);
    expect(heard.toString()).not.toContain('GC');
  });
});

describe('faults', () => {
  test('strike from when to when they say, and in their share', async () => {
    const time = createVirtualTime();
    const faults = playFaults<'a' | 'b'>(
      { seed: 5, faults: [{ kind: 'a', fromMs: 100, toMs: 200, share: 0.25 }] },
      time.clock,
    );
    expect([faults.isOn('a'), faults.strikes('a')]).toEqual([false, false]);
    await time.run(150);
    const struck = Array.from({ length: 4000 }, () => faults.strikes('a')).filter(Boolean).length;
    expect(struck).toBeGreaterThan(850);
    expect(struck).toBeLessThan(1150);
    expect(faults.strikes('b')).toBe(false);
    await time.run(50);
    expect(faults.isOn('a')).toBe(false);
  });

  test('a plan of one seed is the same plan, and leaves time to be well again', () => {
    const plan = drawFaults(9, ['a', 'b', 'c'], { count: 20, withinMs: 9000 });
    expect(drawFaults(9, ['a', 'b', 'c'], { count: 20, withinMs: 9000 })).toEqual(plan);
    expect(drawFaults(8, ['a', 'b', 'c'], { count: 20, withinMs: 9000 })).not.toEqual(plan);
    expect(new Set(plan.faults.map(({ kind }) => kind)).size).toBe(3);
    expect(Math.max(...plan.faults.map(({ toMs }) => toMs))).toBeLessThanOrEqual(6000);
  });

  test('a scanner that is pulled out is not there, and one that is stuck says nothing', async () => {
    const at = await bench({}, [
      { kind: 'stuck', fromMs: 1000, toMs: 2000 },
      { kind: 'unplugged', fromMs: 3000, toMs: 4000 },
    ]);
    await at.time.run(1500);
    expect(await at.ask('7e000701000a01ee8a')).toBe('');
    await at.time.run(1500);
    await expect(at.reopen(9600)).rejects.toThrow('No such file');
    await at.time.run(3000);
    await at.reopen(9600);
    expect(await at.ask('7e000701000a01ee8a')).toBe(ACK);
  });
});
