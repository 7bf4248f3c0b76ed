import type { LaneId, PassageId } from '@greengate/contracts/ids';
import { ok, type Result } from '@greengate/contracts/result';
import { monoMs } from '@greengate/contracts/time';
import { createGpioTurnstile } from '../../../edge/dist/devices/gpio-turnstile.js';
import type { LaneDevices } from '../../../edge/dist/gateway.js';
import type { Log, Scan, Timers, Turnstile, TurnstileOrder } from '../../../edge/dist/ports.js';
import type { TurnstileWatch } from './station-bus.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The lane on dry contacts, with the fire contact (HARDWARE 3). Its controller obeys fire and nobody else. */
export interface FireLane {
  readonly lane: LaneId;
  /** Whether the contact is open: the hardware has released the lane. */
  isFire(): boolean;
  setFire(open: boolean): void;
  /** Whether the gateway holds the grant. */
  isGranting(): boolean;
  show(text: string): void;
  plug(timers: Timers, log: Log, alive: () => boolean, mono: () => number): LaneDevices;
  unplug(): void;
}

interface Ports {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly watch: TurnstileWatch;
}

const turnAfterMs = 700;
const turnMs = 600;

export function fireLane({ time, trace, watch }: Ports, lane: LaneId): FireLane {
  let fire = false;
  let atRest = true;
  let granting = false;
  let passage: PassageId | undefined;
  let onScan: ((scan: Result<Scan>) => void) | undefined;
  let listeners: { pass?: (active: boolean) => void; fire?: (active: boolean) => void } = {};
  let mono: () => number = () => 0;

  const grant = (active: boolean) => {
    granting = active;
    trace.note('grant', lane, active);
    // The controller takes a rising edge for one passage, and none while the fire contact is open.
    const through = passage;
    if (!active || fire || through === undefined) return;
    time.after(turnAfterMs, () => move(false));
    time.after(turnAfterMs + turnMs, () => {
      watch.completed(lane, through);
      move(true);
    });
  };
  const move = (rest: boolean) => {
    atRest = rest;
    listeners.pass?.(rest);
  };

  const watched = (made: Turnstile): Turnstile => ({
    onEvent: (listener) => made.onEvent(listener),
    order: async (order: TurnstileOrder) => {
      if (order.action === 'open') passage = order.passage;
      const taken = await made.order(order);
      const command = { ...order, boot: '', nonce: '', at: 0, expiresAt: 0 };
      watch.ordered(lane, command, taken.ok ? 'accepted' : 'refused');
      return taken;
    },
  });

  return {
    lane,
    isFire: () => fire,
    isGranting: () => granting,
    setFire(open) {
      fire = open;
      trace.note('fire', lane, open);
      listeners.fire?.(!open);
    },
    show: (text) => onScan?.(ok({ text, at: monoMs(mono()) })),
    plug(timers, log, alive, clockMono) {
      const own: typeof listeners = {};
      listeners = own;
      mono = clockMono;
      const pins = {
        grant: { write: (active: boolean) => void (alive() && grant(active)) },
        pass: {
          read: () => atRest,
          onChange: (told: (active: boolean) => void) => Object.assign(own, { pass: told }),
        },
        fire: {
          read: () => !fire,
          onChange: (told: (active: boolean) => void) => Object.assign(own, { fire: told }),
        },
      };
      const turnstile = watched(createGpioTurnstile({ pins, timers, log }));
      const scanner = {
        onScan: (listener: (scan: Result<Scan>) => void) => {
          onScan = listener;
        },
      };
      return { lane, scanner, thermometer: undefined, turnstile };
    },
    unplug() {
      listeners = {};
      onScan = undefined;
      // A process that dies lets go of its lines.
      granting = false;
    },
  };
}
