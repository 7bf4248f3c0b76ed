import { deviceIdSchema } from '@greengate/contracts/ids';
import { createMqttScanner } from '../../src/devices/mqtt-scanner.ts';
import { openSerialScanner } from '../../src/devices/serial-scanner.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { PtyLine } from '../fakes/pty-line.ts';
import { realClock, realTimers, until } from '../fakes/real-time.ts';
import { seededRandom } from '../fakes/seeded-random.ts';
import { type ScannerRig, scannerCase } from './scanner.case.ts';

scannerCase('MQTT, on a real broker', startMqtt);
scannerCase('serial, on a pseudo-terminal', startSerial);

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
  const scanner = openSerialScanner({
    path: line.path,
    baudRate: 9600,
    clock: realClock,
    timers: realTimers,
    random: seededRandom(),
    log: memoryLog(),
  });
  let isOnline = false;
  scanner.onPresence((online) => {
    isOnline = online;
  });
  const isThere = () => until('the port', () => isOnline);
  await isThere();
  return {
    scanner,
    show: (code) => line.say(`${code}\r\n`),
    garbage: { send: () => line.say(Buffer.from('GC1:\u001b[A\r')), reason: 'code-malformed' },
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
