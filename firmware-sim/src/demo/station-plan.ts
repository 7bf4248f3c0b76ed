import { createHash, randomBytes } from 'node:crypto';
import { deviceIdSchema, gatewayIdSchema, laneIdSchema } from '@greengate/contracts/ids';
import type { Passenger } from '../person.ts';
import type { LaneConfig, StationConfig } from '../station-config.ts';
import { GATEWAY, GUEST_LANE, GUEST_SCANNER, GUEST_SERIAL_LANE, HOST } from './config.ts';

/** The same station as its two sides see it: the devices, and the gateway that they report to. */
export interface StationPlan {
  readonly lanes: readonly LaneConfig[];
  /** Who may speak on the network, and with what password. */
  readonly passwords: ReadonlyMap<string, { readonly lane: string; readonly password: string }>;
}

/** Lane 1 has a serial scanner, the others network ones; two more lanes are for whoever watches the demo. */
export function planStation(lanes: number): StationPlan {
  const passwords = new Map<string, { lane: string; password: string }>();
  const device = (name: string, lane: string) => {
    const password = randomBytes(12).toString('hex');
    passwords.set(name, { lane, password });
    return { device: deviceIdSchema.parse(name), password };
  };
  const plans = Array.from({ length: lanes }, (_, at): LaneConfig => {
    const number = at + 1;
    const lane = `lane-${number}`;
    return {
      lane: laneIdSchema.parse(lane),
      scanner:
        number === 1 ? { kind: 'pty' } : { kind: 'mqtt', ...device(`scanner-${number}`, lane) },
      thermometer: device(`thermometer-${number}`, lane),
      turnstile: device(`turnstile-${number}`, lane),
    };
  });
  device(GUEST_SCANNER, GUEST_LANE);
  plans.push({
    lane: laneIdSchema.parse(GUEST_LANE),
    scanner: { kind: 'none' },
    thermometer: null,
    turnstile: device('turnstile-guest', GUEST_LANE),
  });
  plans.push({
    lane: laneIdSchema.parse(GUEST_SERIAL_LANE),
    scanner: { kind: 'hand' },
    thermometer: null,
    turnstile: device('turnstile-guest-serial', GUEST_SERIAL_LANE),
  });
  return { lanes: plans, passwords };
}

export function stationConfig(
  plan: StationPlan,
  mqttPort: number,
  passengers: readonly Passenger[],
  { seed, rate }: { seed: number; rate: number },
): StationConfig {
  return {
    gateway: gatewayIdSchema.parse(GATEWAY),
    mqtt: { host: HOST, port: mqttPort },
    seed,
    passagesPerMinute: rate,
    lanes: [...plan.lanes],
    passengers: [...passengers],
  };
}

export interface GatewaySettings {
  readonly dataDir: string;
  readonly cloudPort: number;
  readonly mqttPort: number;
  readonly panelPort: number;
  readonly rootKey: string;
  readonly streams: readonly string[];
  /** Pseudo-terminals by lane. */
  readonly serial: Readonly<Record<string, string>>;
}

/** The gateway's configuration file, as `edge/src/config.ts` reads it. */
export function gatewayConfig(plan: StationPlan, settings: GatewaySettings): unknown {
  const { dataDir, cloudPort, mqttPort, panelPort, rootKey, streams, serial } = settings;
  return {
    gateway: GATEWAY,
    dataDir,
    cloud: { url: `http://${HOST}:${cloudPort}` },
    rootKey,
    streams,
    mqtt: { host: HOST, port: mqttPort },
    panel: { host: HOST, port: panelPort },
    lanes: plan.lanes.map((each) => ({
      lane: each.lane,
      scanner: scannerOf(each, serial[each.lane]),
      thermometer: each.thermometer?.device ?? null,
      turnstile: { kind: 'mqtt', device: each.turnstile.device },
    })),
    devices: [...plan.passwords].map(([device, { lane, password }]) => ({
      device,
      lane,
      passwordSha256: createHash('sha256').update(password).digest('hex'),
    })),
  };
}

function scannerOf({ scanner }: LaneConfig, path: string | undefined): unknown {
  switch (scanner.kind) {
    // Before the station runs there is no path yet; the gateway only has to show its key then.
    case 'pty':
      return { kind: 'serial', path: path ?? '/dev/null' };
    case 'hand':
      return { kind: 'serial', path: path ?? '/dev/null', dialect: 'line' };
    case 'mqtt':
      return { kind: 'mqtt', device: scanner.device };
    case 'none':
      return { kind: 'mqtt', device: GUEST_SCANNER };
  }
}
