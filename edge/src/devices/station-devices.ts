import { uptime } from 'node:os';
import type { GatewayConfig, LaneConfig } from '../config.ts';
import type { LaneDevices } from '../gateway.ts';
import type { Clock, I2cBus, Log, Random, Thermometer, Timers, Turnstile } from '../ports.ts';
import { openContactTurnstile } from './contact-turnstile.ts';
import type { GpioTurnstile } from './gpio-turnstile.ts';
import { openI2cThermometer } from './i2c-thermometer.ts';
import type { PowerClock } from './judged-readings.ts';
import { openLinuxI2cBus } from './linux-i2c-bus.ts';
import { createMlx90614 } from './mlx90614.ts';
import { createMlx90632 } from './mlx90632.ts';
import { type MqttBroker, startMqttBroker } from './mqtt-broker.ts';
import { createMqttScanner } from './mqtt-scanner.ts';
import { createMqttThermometer, createProfiledMqttThermometer } from './mqtt-thermometer.ts';
import { createMqttTurnstile } from './mqtt-turnstile.ts';
import { openSerialScanner } from './serial-scanner.ts';

interface Means {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly timers: Timers;
  /** 16 bytes of this start of the gateway, as hex. */
  readonly boot: string;
}

export interface StationDevices {
  readonly broker: MqttBroker;
  readonly lanes: readonly LaneDevices[];
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
  const turnstileOf = (fitted: LaneConfig['turnstile']): Turnstile => {
    if (fitted.kind === 'mqtt') {
      return createMqttTurnstile({ link: broker, device: fitted.device, ...means });
    }
    const turnstile = openContactTurnstile(fitted, means);
    contacts.push(turnstile);
    return turnstile;
  };
  return {
    broker,
    lanes: config.lanes.map((lane) => ({
      ...laneDevices(lane, broker, busOf, means),
      turnstile: turnstileOf(lane.turnstile),
    })),
    rest: () => {
      for (const turnstile of contacts) turnstile.close();
    },
  };
}

function laneDevices(
  { lane, scanner, thermometer }: LaneConfig,
  broker: MqttBroker,
  busOf: (number: number) => I2cBus,
  means: Means,
): Omit<LaneDevices, 'turnstile'> {
  return {
    lane,
    scanner:
      scanner.kind === 'serial'
        ? openSerialScanner({ ...scanner, ...means })
        : createMqttScanner(broker, scanner.device),
    thermometer: thermometerOf(thermometer, broker, busOf, means),
  };
}

function thermometerOf(
  fitted: LaneConfig['thermometer'],
  broker: MqttBroker,
  busOf: (number: number) => I2cBus,
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
  return openI2cThermometer({ chip, profile: fitted.profile, clock: powerClock, timers });
}
