import { deviceIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import { createGm65 } from '../../../firmware-sim/src/devices/gm65.ts';
import { createSerialWire } from '../../../firmware-sim/src/devices/serial-wire.ts';
import type { ByteLineEvents, OpenByteLine } from '../../src/devices/byte-line.ts';
import { createMqttScanner } from '../../src/devices/mqtt-scanner.ts';
import { driveScanner } from '../../src/devices/scanner-driver.ts';
import { openSerialScanner } from '../../src/devices/serial-scanner.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { PtyLine } from '../fakes/pty-line.ts';
import { realClock, realTimers, until } from '../fakes/real-time.ts';
import { seededRandom } from '../fakes/seeded-random.ts';
import { virtualTime } from '../fixtures/virtual-time.ts';
import { type ScannerRig, scannerCase } from './scanner.case.ts';

scannerCase('MQTT, on a real broker', startMqtt);
scannerCase('a plain line, on a fake', startFake);
scannerCase('a plain line, on a pseudo-terminal', startSerial);
scannerCase('GM65, simulated in virtual time', startSimulated);
scannerCase('GM65, simulated behind a pseudo-terminal', startPtyGm65);

const realTime = { clock: realClock, timers: realTimers };
const garbage = Buffer.from('GC1:\u001b[A\r');

function settings(dialect: 'line' | 'auto') {
  return {
    ...{ dialect, baudRate: 9600, format: {}, lane: 'lane-1' },
    needs: { tail: 'cr', charset: 'unknown', sameCodeMs: 1500 },
    ...{ random: seededRandom(), log: memoryLog() },
  } as const;
}

async function startMqtt(): Promise<ScannerRig> {
  const station = await MqttStation.start(['scanner-1']);
  const scanner = createMqttScanner(station.broker, deviceIdSchema.parse('scanner-1'));
  let client = await station.connect('scanner-1');
  const say = (payload: string) =>
    client.publish(topicOf('scanner-1', 'scan'), payload, { qos: 1 });
  return {
    scanner,
    show: (code) => say(JSON.stringify({ code })),
    garbage: { send: () => say('GC1:RAW TEXT'), reason: 'payload-invalid' },
    lose: async () => {
      await client.endAsync(true);
      await until('the loss', () => station.broker.counters().devices === 0);
    },
    regain: async () => {
      client = await station.connect('scanner-1');
    },
    close: () => station.close(),
  };
}

async function startSerial(): Promise<ScannerRig> {
  const line = new PtyLine();
  line.plug();
  const scanner = openSerialScanner({ path: line.path, ...settings('line'), ...realTime });
  let isOnline = false;
  scanner.onPresence((online) => {
    isOnline = online;
  });
  const isThere = () => until('the port', () => isOnline);
  await isThere();
  return {
    scanner,
    show: (code) => line.say(`${code}\r\n`),
    garbage: { send: () => line.say(garbage), reason: 'code-malformed' },
    lose: async () => {
      line.unplug();
      await until('the loss', () => !isOnline);
    },
    regain: async () => {
      line.plug();
      await isThere();
    },
    close: async () => {
      await scanner.close();
      line.close();
    },
  };
}

/** Bytes that go nowhere but to the driver. */
async function startFake(): Promise<ScannerRig> {
  let events: ByteLineEvents | undefined;
  let isPlugged = true;
  const open: OpenByteLine = async (_baudRate, told) => {
    if (!isPlugged) throw new Error('No such file or directory');
    events = told;
    return { write: () => {}, close: async () => {} };
  };
  const scanner = driveScanner({ open, ...settings('line'), ...realTime });
  const isOnline = () => scanner.health().online;
  await until('the line', isOnline);
  const say = (bytes: Buffer) => events?.onBytes(bytes);
  return {
    scanner,
    show: (code) => say(Buffer.from(`${code}\r\n`)),
    garbage: { send: () => say(garbage), reason: 'code-malformed' },
    lose: async () => {
      isPlugged = false;
      events?.onGone('pulled out');
      await until('the loss', () => !isOnline());
    },
    regain: async () => {
      isPlugged = true;
      await until('the line again', isOnline);
    },
    close: () => scanner.close(),
  };
}

async function startSimulated(): Promise<ScannerRig> {
  const time = virtualTime(epochMs(1_700_000_000_000));
  const { clock, timers } = time;
  const wire = createSerialWire({ clock, timers, model: (parts) => createGm65(parts) });
  const scanner = driveScanner({ open: wire.open, ...settings('auto'), clock, timers });
  const pass = async (what: string, isSo: () => boolean) => {
    for (let left = 3000; !isSo(); left--) {
      if (left === 0) throw new Error(`waited in vain for: ${what}`);
      await time.advance(10);
    }
  };
  const isWell = () => scanner.health().online && scanner.health().fault === undefined;
  await pass('the scanner', isWell);
  return {
    scanner,
    time: { mono: () => clock.mono(), until: pass },
    show: (code) => void wire.model.read(code),
    garbage: { send: () => wire.disturb(garbage), reason: 'code-malformed' },
    lose: async () => {
      wire.unplug();
      await pass('the loss', () => !scanner.health().online);
    },
    regain: async () => {
      wire.plug();
      await pass('the scanner again', isWell);
    },
    close: () => scanner.close(),
  };
}

async function startPtyGm65(): Promise<ScannerRig> {
  const line = new PtyLine();
  const wire = createSerialWire({ ...realTime, model: (parts) => createGm65(parts) });
  wire.attach(() => 9600, {
    onBytes: (bytes) => line.say(Buffer.from(bytes)),
    onGone: () => {},
  });
  line.onHost = (bytes) => wire.fromHost(bytes, 9600);
  line.plug();
  const scanner = openSerialScanner({ path: line.path, ...settings('auto'), ...realTime });
  const isWell = () => scanner.health().online && scanner.health().fault === undefined;
  await until('the scanner', isWell);
  return {
    scanner,
    show: (code) => void wire.model.read(code),
    garbage: { send: () => wire.disturb(garbage), reason: 'code-malformed' },
    lose: async () => {
      line.unplug();
      await until('the loss', () => !scanner.health().online);
    },
    regain: async () => {
      line.plug();
      await until('the scanner again', isWell, 10_000);
    },
    close: async () => {
      await scanner.close();
      line.close();
    },
  };
}
