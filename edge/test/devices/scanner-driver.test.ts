import { isReasonCode } from '@greengate/contracts/refusals';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGm65, type Gm65Options } from '../../../firmware-sim/src/devices/gm65.ts';
import {
  createOtherScanner,
  type OtherScanner,
} from '../../../firmware-sim/src/devices/other-scanners.ts';
import type { ModelParts, SerialModel } from '../../../firmware-sim/src/devices/serial-model.ts';
import { createSerialWire, type WireFault } from '../../../firmware-sim/src/devices/serial-wire.ts';
import { drawFaults, type Fault } from '../../../firmware-sim/src/faults.ts';
import { factoryReset, writeZone } from '../../src/devices/gm65.ts';
import { driveScanner, type ScannerOptions } from '../../src/devices/scanner-driver.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { seededRandom } from '../fakes/seeded-random.ts';
import { virtualTime } from '../fixtures/virtual-time.ts';

const CODE = `GC1:${'6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK- %'.repeat(6)}`;
const NEEDS = { tail: 'cr', charset: 'unknown', sameCodeMs: 1500 } as const;

interface Asked<Model extends SerialModel> extends Partial<ScannerOptions> {
  readonly model: (parts: ModelParts) => Model;
  readonly faults?: readonly Fault<WireFault>[];
}

/** A driver and a simulated scanner on a wire in virtual time. */
async function station<Model extends SerialModel>({ model, faults = [], ...asked }: Asked<Model>) {
  const time = virtualTime(epochMs(1_700_000_000_000));
  const { clock, timers } = time;
  let made: Model | undefined;
  const wire = createSerialWire({
    clock,
    timers,
    plan: { seed: 7, faults },
    model: (parts) => {
      made = model(parts);
      return made;
    },
  });
  if (made === undefined) throw new Error('no model');
  const log = memoryLog();
  const scanner = driveScanner({
    ...{ open: wire.open, lane: 'lane-1', dialect: 'auto', baudRate: 9600 },
    ...{ needs: NEEDS, format: {}, clock, timers, random: seededRandom(), log },
    ...asked,
  });
  onTestFinished(() => scanner.close());
  const texts: string[] = [];
  const presence: [boolean, number][] = [];
  scanner.onScan((scan) => texts.push(scan.ok ? scan.value.text : `! ${scan.refusal.code}`));
  scanner.onPresence((online) => presence.push([online, clock.mono()]));
  const fault = () => scanner.health().fault;
  const read = async (text: string) => {
    const done = wire.model.read(text);
    await time.advance(1000);
    return done;
  };
  return { time, wire, scanner, log, texts, presence, fault, read, model: made };
}

const gm65 = (options?: Gm65Options) => (parts: ModelParts) => createGm65(parts, options);
const other = (kind: OtherScanner, baudRate?: number) => (parts: ModelParts) =>
  createOtherScanner(kind, parts, baudRate);

describe('a GM65', () => {
  it('is found as it left the factory, set up, and kept so over a loss of power', async () => {
    const at = await station({ model: gm65({ saved: { 96: 0x00, 0: 0xd5 } }) });
    await at.time.advance(3000);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    expect([at.model.zone(0x0060) & 1, at.model.zone(0x0000) & 3, at.model.zone(0x0013)]).toEqual([
      1, 2, 0x8f,
    ]);
    expect(at.model.saves).toBe(1);
    await at.read(CODE);
    expect(at.texts).toEqual([CODE]);

    at.wire.unplug();
    await at.time.advance(500);
    expect(at.scanner.health()).toEqual({ online: false, fault: 'scanner-lost' });
    at.wire.plug();
    await at.time.advance(10_000);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    expect(at.model.saves).toBe(1);
  });

  it('is found at a speed that somebody has left it at', async () => {
    const at = await station({ model: gm65({ saved: { 42: 0x1a, 43: 0x00 } }) });
    await at.time.advance(4000);
    expect(at.model.baudRate).toBe(115_200);
    await at.read(CODE);
    expect(at.texts).toEqual([CODE]);
    expect(at.log.lines).toContainEqual(
      expect.objectContaining({
        event: 'scanner-found',
        fields: expect.objectContaining({ baudRate: 115_200 }),
      }),
    );
  });

  it('that is reset to its factory settings under way, and starts anew, is set up again', async () => {
    const at = await station({ model: gm65({ saved: { 42: 0x1a, 43: 0x00 } }) });
    await at.time.advance(4000);
    at.wire.fromHost(factoryReset.bytes, 115_200);
    await at.time.advance(12_000);
    expect(at.presence.map(([online]) => online)).toEqual([true, false, true]);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    expect(at.model.baudRate).toBe(9600);
    expect(at.model.zone(0x0013)).toBe(0x8f);
    await at.read(CODE);
    expect(at.texts).toEqual([CODE]);
  });

  it('whose settings were changed by hand has them again within a minute', async () => {
    const at = await station({ model: gm65() });
    await at.time.advance(3000);
    at.wire.fromHost(writeZone(0x0013, 0x00).bytes, 9600);
    await at.time.advance(70_000);
    expect(at.model.zone(0x0013)).toBe(0x8f);
  });

  it('that writes Chinese in GBK is read, and is set to UTF-8 where that is asked for', async () => {
    const asIs = await station({ model: gm65() });
    await asIs.time.advance(3000);
    await asIs.read('健康码');
    const set = await station({ model: gm65(), needs: { ...NEEDS, charset: 'utf-8' } });
    await set.time.advance(3000);
    expect(set.model.zone(0x000d) & 0b1100).toBe(0b0100);
    await set.read('健康码');
    expect([...asIs.texts, ...set.texts]).toEqual(['健康码', '健康码']);
  });

  it("whose setting does not take works on, and is told of as 'scanner-settings-refused'", async () => {
    const at = await station({ model: gm65({ fixed: [0x0013] }) });
    await at.time.advance(5000);
    expect(at.scanner.health()).toEqual({ online: true, fault: 'scanner-settings-refused' });
    await at.read(CODE);
    expect(at.texts).toEqual([CODE]);
  });

  it('loses no code to the heartbeat, and no heartbeat to a code', async () => {
    const at = await station({ model: gm65() });
    await at.time.advance(3000);
    const codes = Array.from({ length: 60 }, (_, index) => `${CODE}${index}`);
    for (const code of codes) await at.read(code);
    expect(at.texts).toEqual(codes);
    expect(at.presence).toHaveLength(1);
  });
});

describe('the other dialects', () => {
  it.each(['mt1', 'ssi'] as const)(
    '%s is found, set up and triggered again and again',
    async (kind) => {
      const at = await station({ model: other(kind) });
      await at.time.advance(5000);
      expect(at.log.lines).toContainEqual(
        expect.objectContaining({
          event: 'scanner-found',
          fields: expect.objectContaining({ dialect: kind }),
        }),
      );
      for (const code of ['GC1:A', 'GC1:B', 'GC1:C']) await at.read(code);
      expect(at.texts).toEqual(['GC1:A', 'GC1:B', 'GC1:C']);
      expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    },
  );

  it('a Honeywell is triggered, and a plain line is only listened to', async () => {
    const honeywell = await station({ model: other('honeywell'), dialect: 'honeywell' });
    const line = await station({ model: other('line'), dialect: 'line' });
    for (const at of [honeywell, line]) {
      await at.time.advance(1000);
      await at.read('GC1:A');
      await at.read('GC1:B');
      expect(at.texts).toEqual(['GC1:A', 'GC1:B']);
      expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    }
  });

  it('nobody answers: it is taken for a plain line, and is no fault', async () => {
    const at = await station({ model: other('line') });
    await at.time.advance(8000);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    await at.read('GC1:A');
    expect(at.texts).toEqual(['GC1:A']);
  });
});

describe('what goes wrong', () => {
  const from = 10_000;
  const always = { fromMs: 0, toMs: 1e9 };

  it.each([
    ['stuck', 'scanner-silent'],
    ['unplugged', 'scanner-lost'],
    ['deaf', 'scanner-silent'],
    ['ack-lost', 'scanner-silent'],
    ['wrong-baud', 'scanner-silent'],
  ] as const)(
    'P69 %s is seen within three seconds, told as %s, and over when it is over',
    async (kind, reason) => {
      const at = await station({ model: gm65(), faults: [{ kind, fromMs: from, toMs: 30_000 }] });
      await at.time.advance(from - 1);
      expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
      await at.time.advance(3000);
      expect(at.scanner.health()).toEqual({ online: false, fault: reason });
      await at.time.advance(37_000);
      expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
      await at.read(CODE);
      expect(at.texts.at(-1)).toBe(CODE);
    },
  );

  it("of a scanner that came to another speed says 'scanner-garbled' when codes come as garbage", async () => {
    const at = await station({
      model: gm65(),
      faults: [{ kind: 'wrong-baud', fromMs: from, toMs: 60_000 }],
    });
    await at.time.advance(from + 5000);
    for (let each = 0; each < 12; each++) await at.read(CODE);
    expect(at.fault()).toBe('scanner-garbled');
    await at.time.advance(50_000);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
  });

  it("reads on where it sends and does not hear, and says 'scanner-silent'", async () => {
    const at = await station({
      model: gm65(),
      dialect: 'gm65',
      faults: [{ kind: 'deaf', ...always }],
    });
    await at.time.advance(6000);
    await at.read('GC1:A');
    expect(at.texts).toEqual(['GC1:A']);
    expect(at.scanner.health()).toEqual({ online: true, fault: 'scanner-silent' });
  });

  it("says 'scanner-garbled' of a line at another speed, until a code comes", async () => {
    const at = await station({
      model: other('line', 38_400),
      dialect: 'line',
      baudRate: 9600,
    });
    await at.time.advance(1000);
    for (let each = 0; each < 3; each++) await at.read(CODE);
    expect(at.fault()).toBe('scanner-garbled');
    expect(at.texts).not.toContain(CODE);
    expect(at.texts.some((text) => text.startsWith('! '))).toBe(true);
  });

  it('sets a scanner up over a line that loses half of its acknowledgements', async () => {
    const at = await station({
      model: gm65(),
      faults: [{ kind: 'ack-lost', fromMs: 0, toMs: 20_000, share: 0.5 }],
    });
    await at.time.advance(40_000);
    expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
    expect(at.model.zone(0x0013)).toBe(0x8f);
    expect([at.model.zone(0x0000), at.model.zone(0x0005), at.model.zone(0x0060)]).toEqual([
      0xd6, 0x0a, 0x01,
    ]);
  });

  it.each([
    ['Error Resource temporarily unavailable Cannot lock port', 'scanner-port-taken'],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'scanner-port-denied'],
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'scanner-lost'],
  ])('%s is %s', async (why, reason) => {
    const at = await station({ model: gm65(), open: () => Promise.reject(new Error(why)) });
    await at.time.advance(100);
    expect(at.scanner.health()).toEqual({ online: false, fault: reason });
  });
});

describe('faults drawn from a seed', () => {
  const kinds = ['wrong-baud', 'bytes-lost', 'stuck', 'deaf', 'ack-lost', 'unplugged'] as const;
  const withinMs = 90_000;

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'P69 seed %i: each is told by a reason, and when they are over all is well',
    async (seed) => {
      const { faults } = drawFaults<WireFault>(seed, kinds, { count: 4, withinMs });
      const at = await station({ model: gm65(), faults });
      for (let second = 0; second < withinMs / 1000; second++) await at.time.advance(1000);
      expect(at.scanner.health()).toEqual({ online: true, fault: undefined });
      expect([at.model.zone(0x0000), at.model.zone(0x0013), at.model.zone(0x0060)]).toEqual([
        0xd6, 0x8f, 0x01,
      ]);
      await at.read(CODE);
      expect(at.texts.at(-1)).toBe(CODE);
      const told = at.log.lines.filter(({ event }) => event === 'scanner-fault');
      const reasons = told.map(({ fields }) => fields['reason']);
      expect(reasons.filter((reason) => !isReasonCode(String(reason)))).toEqual([]);
      const isLong = ({ kind, fromMs, toMs }: Fault<WireFault>) =>
        (kind === 'stuck' || kind === 'unplugged') && toMs - fromMs > 5000;
      if (faults.some(isLong)) expect(reasons.length).toBeGreaterThan(0);
      if (faults.some((each) => each.kind === 'unplugged' && isLong(each))) {
        expect(reasons).toContain('scanner-lost');
      }
    },
  );
});

describe('codes', () => {
  it('a code that is held is told once, and again after a while', async () => {
    const at = await station({ model: other('line'), dialect: 'line' });
    await at.time.advance(1000);
    for (let each = 0; each < 9; each++) await at.read('GC1:A');
    expect(at.texts).toEqual(['GC1:A', 'GC1:A']);
    await at.read('GC1:B');
    await at.read('GC1:A');
    await at.time.advance(2000);
    await at.read('GC1:A');
    expect(at.texts.slice(2)).toEqual(['GC1:B', 'GC1:A', 'GC1:A']);
  });

  it('half a code of before the start is dropped', async () => {
    const at = await station({ model: gm65() });
    void at.wire.model.read('GC1:HALF OF IT');
    await at.time.advance(10);
    await at.time.advance(4000);
    await at.read('GC1:WHOLE');
    expect(at.texts.at(-1)).toBe('GC1:WHOLE');
    expect(at.texts.filter((text) => text !== 'GC1:WHOLE' && text !== 'GC1:HALF OF IT')).toEqual(
      [],
    );
  });

  it('ends a code by silence where nothing follows it', async () => {
    const at = await station({
      model: gm65(),
      needs: { ...NEEDS, tail: 'none' },
      format: { endsBySilenceMs: 60 },
    });
    await at.time.advance(4000);
    expect(at.model.zone(0x0060) & 0x61).toBe(0x60);
    await at.read('GC1:A');
    await at.read('GC1:B');
    expect(at.texts).toEqual(['GC1:A', 'GC1:B']);
  });

  it('nothing is left running when it is closed', async () => {
    const at = await station({ model: gm65() });
    await at.time.advance(3000);
    await at.scanner.close();
    await at.time.advance(60_000);
    expect(at.time.waiting).toBe(0);
    expect(at.texts).toEqual([]);
  });
});
