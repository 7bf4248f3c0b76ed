import type { GatewayConfig, LaneConfig } from '../config.ts';
import type { LaneDevices } from '../gateway.ts';
import type { Clock, Log, Random, Timers } from '../ports.ts';
import { type MqttBroker, startMqttBroker } from './mqtt-broker.ts';
import { createMqttScanner } from './mqtt-scanner.ts';
import { createMqttThermometer } from './mqtt-thermometer.ts';
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

/** Opens the hardware of every lane. Once the broker listens it waits for nothing more. */
export async function openStationDevices(
  config: GatewayConfig,
  means: Means,
): Promise<{ readonly broker: MqttBroker; readonly lanes: readonly LaneDevices[] }> {
  const broker = await startMqttBroker({
    ...config.mqtt,
    ...means,
    gateway: config.gateway,
    credentials: config.devices,
  });
  return { broker, lanes: config.lanes.map((lane) => laneDevices(lane, broker, means)) };
}

function laneDevices(
  { lane, scanner, thermometer, turnstile }: LaneConfig,
  broker: MqttBroker,
  means: Means,
): LaneDevices {
  return {
    lane,
    scanner:
      scanner.kind === 'serial'
        ? openSerialScanner({ ...scanner, ...means })
        : createMqttScanner(broker, scanner.device),
    thermometer: thermometer === null ? undefined : createMqttThermometer(broker, thermometer),
    turnstile: createMqttTurnstile({ link: broker, device: turnstile.device, ...means }),
  };
}
