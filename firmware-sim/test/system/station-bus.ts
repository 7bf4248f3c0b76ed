import {
  type DeviceId,
  deviceIdSchema,
  type GatewayId,
  laneIdSchema,
} from '@greengate/contracts/ids';
import { type EpochMs, epochMs, monoMs } from '@greengate/contracts/time';
import { type GateCommand, gateCommandSchema } from '@greengate/contracts/wire/gate-command';
import type { DevicePlace, UplinkChannel } from '@greengate/contracts/wire/topics';
import type { MqttLink, Presence } from '../../../edge/dist/devices/mqtt-broker.js';
import type { Uplink } from '../../../edge/dist/devices/mqtt-guard.js';
import type { Prng } from '../../dist/prng.js';
import {
  reduceTurnstile,
  TURNSTILE_AT_POWER_ON,
  type TurnstileInput,
} from '../../dist/turnstile-model.js';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a turnstile did that an oracle must know. */
export interface TurnstileWatch {
  /** An order reached the arm. */
  ordered(lane: string, command: Exclude<GateCommand, { action: 'hello' }>, result: string): void;
  /** Somebody went through. */
  completed(lane: string, passage: string): void;
}

/** One lane's devices, which outlive the gateway: scanner, thermometer and turnstile. */
export interface LaneBench {
  readonly lane: string;
  readonly scanner: DeviceId;
  readonly thermometer: DeviceId | undefined;
  readonly turnstile: DeviceId;
  /** Reads a code, and a temperature a moment before it and after it. */
  show(text: string, celsius: number | null): void;
  /** Whether the next person whom it lets in goes through, turns back or has gone away. */
  walks: 'through' | 'back' | 'away';
  setOnline(online: boolean): void;
  noisy: boolean;
  /** What is sent to the turnstile is lost, and nobody hears that it is. */
  deaf: boolean;
}

/** The station's network with its devices. A new life of the gateway is plugged in by `plug`. */
export interface StationBus {
  readonly benches: readonly LaneBench[];
  plug(mono: () => number, alive: () => boolean): MqttLink;
  unplug(): void;
}

// When somebody is measured again after the first time, from when they came.
const laterSamplesMs = [400, 800];

interface Plugged {
  readonly mono: () => number;
  readonly alive: () => boolean;
  readonly uplinks: ((uplink: Uplink) => void)[];
  readonly presences: ((presence: Presence) => void)[];
}

export interface BusPorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly prng: Prng;
  readonly watch: TurnstileWatch;
}

export function stationBus(ports: BusPorts, gateway: GatewayId, lanes: number): StationBus {
  let plugged: Plugged | undefined;
  const deliver = (place: DevicePlace, channel: UplinkChannel, payload: string) => {
    const to = plugged;
    if (!to?.alive()) return;
    const at = monoMs(to.mono());
    for (const listener of to.uplinks) listener({ channel, place, payload, at, retained: false });
  };
  const made = Array.from({ length: lanes }, (_, n) => makeBench(ports, gateway, n, deliver, tell));
  function tell(place: DevicePlace, kind: Presence['kind']): void {
    if (!plugged?.alive()) return;
    for (const listener of plugged.presences) listener({ place, kind });
  }
  return {
    benches: made.map(({ bench }) => bench),
    plug(mono, alive) {
      const own: Plugged = { mono, alive, uplinks: [], presences: [] };
      plugged = own;
      // Devices come back one by one, each in its time.
      for (const each of made)
        ports.time.after(100 + ports.prng.below(600), () => plugged === own && each.connect());
      return {
        onUplink: (listener) => void own.uplinks.push(listener),
        onPresence: (listener) => void own.presences.push(listener),
        command: (device, payload) => {
          const to = made.find(({ bench }) => bench.turnstile === device);
          return plugged === own && own.alive() && (to?.command(payload) ?? false);
        },
      };
    },
    unplug() {
      plugged = undefined;
      for (const each of made) each.disconnect();
    },
  };
}

interface Made {
  readonly bench: LaneBench;
  connect(): void;
  disconnect(): void;
  /** False when the device does not listen. */
  command(payload: string): boolean;
}

function makeBench(
  { time, trace, prng, watch }: BusPorts,
  gateway: GatewayId,
  n: number,
  deliver: (place: DevicePlace, channel: UplinkChannel, payload: string) => void,
  tell: (place: DevicePlace, kind: Presence['kind']) => void,
): Made {
  const lane = laneIdSchema.parse(`lane-${n}`);
  const device = (kind: string) => deviceIdSchema.parse(`${kind}-${n}`);
  const place = (of: DeviceId): DevicePlace => ({ gateway, lane, device: of });
  const turnstile = device('turnstile');
  const fitted = n % 2 === 0;
  let state = TURNSTILE_AT_POWER_ON;
  let online = true;
  let connected = false;
  // A device keeps its time by what the gateway says at hello.
  let ahead = 0;
  const now = (): EpochMs => epochMs(Math.floor(time.now() + ahead));

  const uplink = (of: DeviceId, channel: UplinkChannel, payload: unknown) => {
    const text = JSON.stringify(payload);
    const send = (ms: number) => time.after(ms, () => deliver(place(of), channel, text));
    send(bench.noisy ? prng.below(800) : 1 + prng.below(4));
    // At QoS 1 a message may come twice.
    if (bench.noisy && prng.below(2) === 0) send(prng.below(1500));
  };

  const step = (input: TurnstileInput) => {
    const { state: next, outputs } = reduceTurnstile(state, input, now());
    state = next;
    for (const output of outputs) {
      if (output.kind === 'wake') time.after(output.at - now(), () => step({ kind: 'tick' }));
      if (output.kind === 'passage') {
        const { event, passage } = output.passage;
        trace.note('arm', gateway, lane, event);
        if (event === 'completed' && passage) watch.completed(lane, passage);
        uplink(turnstile, 'passage', output.passage);
      }
      if (output.kind === 'ack') {
        watch.ordered(lane, output.order, output.ack.result);
        if (output.order.action === 'open' && output.ack.result === 'accepted') walk();
        uplink(turnstile, 'ack', output.ack);
      }
    }
  };

  const walk = () => {
    const { walks } = bench;
    if (walks === 'away') return;
    const degrees = walks === 'through' ? [20, 130, 0] : [20, 0];
    for (const [i, angle] of degrees.entries()) {
      time.after(400 + 500 * i + prng.below(200), () => step({ kind: 'arm', degrees: angle }));
    }
  };

  const bench: LaneBench = {
    lane,
    scanner: device('scanner'),
    thermometer: fitted ? device('thermometer') : undefined,
    turnstile,
    walks: 'through',
    noisy: false,
    deaf: false,
    show(text, celsius) {
      if (bench.thermometer) {
        const of = bench.thermometer;
        uplink(of, 'temperature', { celsius });
        // It goes on measuring whoever stands before it.
        const sample = JSON.stringify({ celsius });
        for (const ms of laterSamplesMs)
          time.after(ms, () => deliver(place(of), 'temperature', sample));
      }
      time.after(20, () => uplink(bench.scanner, 'scan', { code: text }));
    },
    setOnline(on) {
      online = on;
      if (on) made.connect();
      else made.disconnect();
    },
  };

  const made: Made = {
    bench,
    connect() {
      if (!online || connected) return;
      connected = true;
      tell(place(turnstile), 'online');
      tell(place(turnstile), 'listening');
    },
    disconnect() {
      if (connected) tell(place(turnstile), 'offline');
      connected = false;
    },
    command(payload) {
      if (!connected) return false;
      const command = gateCommandSchema.parse(JSON.parse(payload));
      if (bench.deaf) return true;
      time.after(1 + prng.below(bench.noisy ? 400 : 5), () => {
        if (command.action === 'hello') ahead = command.at - time.now();
        step({ kind: 'command', command, retained: false });
      });
      return true;
    },
  };
  return made;
}
