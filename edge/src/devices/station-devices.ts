import { uptime } from 'node:os';
import type { LaneId } from '@greengate/contracts/ids';
import type { GatewayConfig, LaneConfig } from '../config.ts';
import type { LaneDevices } from '../gateway.ts';
import type {
  Clock,
  DeviceHealth,
  I2cBus,
  Log,
  Random,
  Scanner,
  Thermometer,
  Timers,
  Turnstile,
} from '../ports.ts';
import { openContactTurnstile } from './contact-turnstile.ts';
import type { GpioTurnstile } from './gpio-turnstile.ts';
import { type I2cThermometer, openI2cThermometer } from './i2c-thermometer.ts';
import type { PowerClock } from './judged-readings.ts';
import { openLinuxI2cBus } from './linux-i2c-bus.ts';
import { createMlx90614 } from './mlx90614.ts';
import { createMlx90632 } from './mlx90632.ts';
import { type MqttBroker, startMqttBroker } from './mqtt-broker.ts';
import { createMqttScanner } from './mqtt-scanner.ts';
import { createMqttThermometer, createProfiledMqttThermometer } from './mqtt-thermometer.ts';
import { createMqttTurnstile } from './mqtt-turnstile.ts';
import { openSerialScanner, scannerSettings } from './serial-scanner.ts';

interface Means {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly timers: Timers;
  /** 16 bytes of this start of the gateway, as hex. */
  readonly boot: string;
}

/** A device of a lane that knows how it is. */
export interface WatchedDevice {
  readonly lane: LaneId;
  readonly device: 'scanner';
  readonly health: DeviceHealth['health'];
}

export interface StationDevices {
  readonly broker: MqttBroker;
  readonly lanes: readonly LaneDevices[];
  readonly watched: readonly WatchedDevice[];
  /** Puts what the gateway drives by itself to rest. The broker has an end of its own. */
  rest(): void;
}

/** Opens the hardware of every lane. Once the broker listens it waits for nothing more. */
export async function openStationDevices(
  config: GatewayConfig,
  means: Means,
): Promise<StationDevices> {
  const broker = await startMqttBroker({
    ...config.mqtt,
    ...means,
    gateway: config.gateway,
    credentials: config.devices,
  });
  const buses = new Map<number, I2cBus>();
  const busOf = (number: number): I2cBus => {
    const bus = buses.get(number) ?? openLinuxI2cBus(number, means.log);
    buses.set(number, bus);
    return bus;
  };
  const contacts: GpioTurnstile[] = [];
  const sensors: I2cThermometer[] = [];
  const turnstileOf = (fitted: LaneConfig['turnstile']): Turnstile => {
    if (fitted.kind === 'mqtt') {
      return createMqttTurnstile({ link: broker, device: fitted.device, ...means });
    }
    const turnstile = openContactTurnstile(fitted, means);
    contacts.push(turnstile);
    return turnstile;
  };
  const watched: WatchedDevice[] = [];
  const hardware: Hardware = {
    ...{ broker, busOf, turnstileOf, sensors },
    watch: (each) => watched.push(each),
  };
  const lanes = config.lanes.map((lane) => laneDevices(lane, hardware, means));
  return {
    ...{ broker, lanes, watched },
    rest: () => {
      for (const turnstile of contacts) turnstile.close();
      for (const sensor of sensors) sensor.close();
    },
  };
}

/** What the devices of all lanes share. */
interface Hardware {
  readonly broker: MqttBroker;
  busOf(number: number): I2cBus;
  turnstileOf(fitted: LaneConfig['turnstile']): Turnstile;
  watch(device: WatchedDevice): void;
  /** Those that ask by themselves, to be stopped. */
  readonly sensors: I2cThermometer[];
}

function laneDevices(
  { lane, scanner, thermometer, turnstile }: LaneConfig,
  hardware: Hardware,
  means: Means,
): LaneDevices {
  return {
    lane,
    scanner: openScanner(lane, scanner, hardware, means),
    thermometer: thermometerOf(thermometer, hardware, means),
    turnstile: hardware.turnstileOf(turnstile),
  };
}

function openScanner(
  lane: LaneId,
  scanner: LaneConfig['scanner'],
  { broker, watch }: Hardware,
  means: Means,
): Scanner {
  if (scanner.kind === 'mqtt') return createMqttScanner(broker, scanner.device);
  const opened = openSerialScanner({ ...scannerSettings(scanner), ...means, lane });
  watch({ lane, device: 'scanner', health: () => opened.health() });
  return opened;
}

function thermometerOf(
  fitted: LaneConfig['thermometer'],
  { broker, busOf, sensors }: Hardware,
  { clock, timers }: Means,
): Thermometer | undefined {
  if (fitted === null) return undefined;
  const powerClock: PowerClock = {
    now: () => clock.now(),
    mono: () => clock.mono(),
    upMs: () => uptime() * 1000,
  };
  if (fitted.kind === 'mqtt') {
    const { device, profile } = fitted;
    return profile === undefined
      ? createMqttThermometer(broker, device)
      : createProfiledMqttThermometer(broker, device, profile, powerClock);
  }
  const createChip = fitted.chip === 'mlx90614' ? createMlx90614 : createMlx90632;
  const chip = createChip(busOf(fitted.bus), fitted.address);
  const { profile } = fitted;
  const sensor = openI2cThermometer({ chip, profile, clock: powerClock, timers });
  sensors.push(sensor);
  return sensor;
}
