import type { LaneId } from '@greengate/contracts/ids';
import { createCrowd } from './crowd.ts';
import { createLane } from './lane.ts';
import { settleMsMin } from './limits.ts';
import type { StationReport } from './messages.ts';
import type { Clock, LaneDevices, Timers, Turnstile } from './ports.ts';
import { createPrng } from './prng.ts';
import type { PhoneCrypto } from './shown-code.ts';
import type { StationConfig } from './station-config.ts';
import { walkThrough } from './walk.ts';

/** A lane's hardware as it stands in the station. */
export interface PluggedLane {
  readonly lane: LaneId;
  /** Null on a lane where somebody else scans. */
  readonly devices: LaneDevices | null;
  readonly turnstile: Turnstile;
  /** How often a device of this lane lost its gateway. */
  readonly losses: () => number;
}

export interface StationPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: PhoneCrypto;
  readonly report: (report: StationReport) => void;
}

export interface Station {
  start(): void;
  gateway(up: boolean): void;
  /** Resolves when nobody is in the gates any more. */
  stop(): Promise<void>;
}

/** A station in use: a crowd, its lanes, and whether there is a gateway to ask. */
export function createStation(
  config: StationConfig,
  plugged: readonly PluggedLane[],
  strangerKey: string,
  ports: StationPorts,
): Station {
  const { clock, timers, crypto, report } = ports;
  const prng = createPrng(config.seed).fork('station');
  const crowd = createCrowd(config.passengers, clock.now);
  let stopping = false;
  let gatewayUpAt: number | undefined;
  let gatewayLosses = 0;
  let running: Promise<void>[] = [];

  const settled = () => gatewayUpAt !== undefined && clock.mono() - gatewayUpAt >= settleMsMin;
  const lanes = plugged.flatMap(({ lane, devices, losses }) => {
    if (devices === null) return [];
    const all = [devices.scanner, devices.thermometer, devices.turnstile];
    const settings = {
      lane,
      devices,
      prng: prng.fork(lane),
      passagesPerMinute: config.passagesPerMinute,
      strangerKey,
      inTouch: () => settled() && all.every((device) => device?.ready() ?? true),
      losses: () => losses() + gatewayLosses,
    };
    return [createLane(settings, { clock, timers, crypto, crowd, report })];
  });
  for (const { lane, devices, turnstile } of plugged) {
    if (devices === null) attendGuest(lane, turnstile, prng.fork(lane), ports);
  }

  return {
    start: () => {
      running = lanes.map((lane) => lane.run(() => stopping));
    },
    gateway: (up) => {
      if (!up) gatewayLosses += 1;
      gatewayUpAt = up ? clock.mono() : undefined;
    },
    stop: async () => {
      stopping = true;
      await Promise.all(running);
    },
  };
}

/** On a lane that is scanned by hand a guest walks through whenever the gate opens. */
function attendGuest(
  lane: LaneId,
  turnstile: Turnstile,
  prng: ReturnType<typeof createPrng>,
  { clock, timers, report }: StationPorts,
): void {
  const sleep = (ms: number) => new Promise<void>((resolve) => void timers.after(ms, resolve));
  turnstile.onOrder(({ order, result }) => {
    const { passage, nonce, action, reason } = order;
    const at = clock.now();
    report({ kind: 'order', lane, at, passage, nonce, action, reason, result, stray: false });
    if (action === 'open' && result === 'accepted') void walkThrough(turnstile, prng, sleep);
  });
}
