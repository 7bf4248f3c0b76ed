import { deviceIdSchema } from '@greengate/contracts/ids';
import { createGpioTurnstile } from '../../src/devices/gpio-turnstile.ts';
import { createMqttTurnstile } from '../../src/devices/mqtt-turnstile.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { memoryLog } from '../fakes/memory-log.ts';
import { MqttStation } from '../fakes/mqtt-station.ts';
import { MqttTurnstileDevice } from '../fakes/mqtt-turnstile-device.ts';
import { FakeInput, FakeOutput } from '../fakes/pins.ts';
import { realClock, realTimers, until } from '../fakes/real-time.ts';
import { seededRandom } from '../fakes/seeded-random.ts';
import { type TurnstileRig, turnstileCase } from './turnstile.case.ts';

turnstileCase('MQTT, on a real broker', startMqtt);
turnstileCase('GPIO, on fake pins', startGpio);

async function startMqtt(): Promise<TurnstileRig> {
  const station = await MqttStation.start(['turnstile-1']);
  const random = seededRandom();
  const turnstile = createMqttTurnstile({
    link: station.broker,
    device: deviceIdSchema.parse('turnstile-1'),
    boot: random.hex(16),
    clock: realClock,
    timers: realTimers,
    random,
    log: station.log,
  });
  let isOnline = false;
  turnstile.onEvent((event) => {
    if (event.kind === 'presence') isOnline = event.online;
  });
  const device = new MqttTurnstileDevice(station, 'turnstile-1');
  const settle = () => new Promise<void>((done) => setTimeout(done, 40));
  const regain = async () => {
    await device.plug();
    await until('the turnstile', () => isOnline && device.hellos.length > 0);
  };
  await regain();
  return {
    turnstile,
    isOpen: () => device.isOpen,
    pass: () => device.pass(),
    lapse: () => device.lapse(),
    lose: async () => {
      await device.unplug();
      await until('the loss', () => !isOnline);
    },
    regain,
    settle,
    close: () => station.close(),
  };
}

async function startGpio(): Promise<TurnstileRig> {
  const time = new ManualTime();
  const grant = new FakeOutput();
  const pins = { grant, pass: new FakeInput(true), fire: new FakeInput(true) };
  const turnstile = createGpioTurnstile({ pins, timers: time.timers, log: memoryLog() });
  // What the controller makes of the line: a pulse opens for one, a held line for all.
  let isGranted = false;
  const { write } = grant;
  grant.write = (active) => {
    write.call(grant, active);
    if (active) isGranted = true;
  };
  const settle = async () => {
    await new Promise<void>((done) => setImmediate(done));
    time.advance(50);
  };
  return {
    turnstile,
    isOpen: () => isGranted,
    pass: () => {
      pins.pass.set(false);
      time.advance(400);
      pins.pass.set(true);
      time.advance(400);
      isGranted = grant.active;
    },
    lapse: () => {
      time.advance(5000);
      isGranted = false;
    },
    // A cut wire: first it looks like a forced arm, then it never comes back.
    lose: async () => {
      pins.pass.set(false);
      time.advance(40_000);
    },
    regain: async () => {
      pins.pass.set(true);
      await settle();
    },
    settle,
    close: async () => turnstile.close(),
  };
}
