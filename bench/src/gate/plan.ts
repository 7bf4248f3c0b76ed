import { credentialOf, GATEWAY, type PlannedDevice, planDevice } from '../mqtt/plan.ts';
import { REGION } from './holders.ts';

/** Station profile S: sixteen lanes (HARDWARE 6). The first one's scanner is on a serial line. */
export const lanesCount = 16;

const frozenLane = 'lane-frozen';
export const FROZEN_TURNSTILE = planDevice('turnstile-frozen', frozenLane);
export const FROZEN_SCANNER = planDevice('scanner-frozen', frozenLane);

export const FLOOD_DEVICES: readonly PlannedDevice[] = Array.from({ length: 20 }, (_, at) =>
  planDevice(`flood-${at + 1}`, laneName(at % lanesCount)),
);

export interface PlannedLane {
  readonly lane: string;
  /** Undefined: on the serial line. */
  readonly scanner: PlannedDevice | undefined;
  readonly turnstile: PlannedDevice;
}

export function planLanes(): PlannedLane[] {
  return Array.from({ length: lanesCount }, (_, at) => ({
    lane: laneName(at),
    scanner: at === 0 ? undefined : planDevice(`scanner-${at + 1}`, laneName(at)),
    turnstile: planDevice(`turnstile-${at + 1}`, laneName(at)),
  }));
}

/** The configuration of the gateway under measurement. */
export function gatewayConfig(with_: {
  dataDir: string;
  cloudPort: number;
  rootKey: string;
  serialPath: string;
}) {
  const lanes = planLanes();
  const lane = (name: string, scanner: object, turnstile: string) => ({
    lane: name,
    scanner,
    thermometer: null,
    turnstile: { kind: 'mqtt', device: turnstile },
  });
  const mqtt = (device: string) => ({ kind: 'mqtt', device });
  const devices = [
    ...lanes.flatMap(({ scanner, turnstile }) => (scanner ? [scanner, turnstile] : [turnstile])),
    ...FLOOD_DEVICES,
    FROZEN_SCANNER,
    FROZEN_TURNSTILE,
  ];
  return {
    gateway: GATEWAY,
    dataDir: with_.dataDir,
    cloud: { url: `http://127.0.0.1:${with_.cloudPort}` },
    rootKey: with_.rootKey,
    streams: ['control', 'red', `region/${REGION}`],
    mqtt: { host: '127.0.0.1', port: 0 },
    panel: { host: '127.0.0.1', port: 0 },
    lanes: [
      ...lanes.map(({ lane: name, scanner, turnstile }) =>
        lane(
          name,
          scanner ? mqtt(scanner.device) : { kind: 'serial', path: with_.serialPath },
          turnstile.device,
        ),
      ),
      lane(FROZEN_TURNSTILE.lane, mqtt(FROZEN_SCANNER.device), FROZEN_TURNSTILE.device),
    ],
    devices: devices.map(credentialOf),
  };
}

function laneName(at: number): string {
  return `lane-${at + 1}`;
}
