import { type FaultPlan, type Faults, playFaults } from '../faults.ts';
import type { Clock, Timers } from '../ports.ts';
import type { ModelParts, SentKind, SerialModel } from './serial-model.ts';

/**
 * What may be wrong with a scanner and its line: it speaks at another speed; bytes are lost; nothing comes from it; it hears
 * nothing; its acknowledgements are lost; it is pulled out.
 */
export type WireFault = 'wrong-baud' | 'bytes-lost' | 'stuck' | 'deaf' | 'ack-lost' | 'unplugged';

export interface WireOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly plan?: FaultPlan<WireFault>;
  model(parts: ModelParts): SerialModel;
}

/** What the wire tells whoever has it open; the same shape as the gateway's own line. */
export interface WireEvents {
  onBytes(bytes: Uint8Array): void;
  onGone(why: string): void;
}

export interface SerialWire {
  readonly model: SerialModel;
  /** As a gateway opens its serial port; rejects while the scanner is pulled out. */
  open(
    baudRate: number,
    events: WireEvents,
  ): Promise<{ write(bytes: Uint8Array): void; close(): Promise<void> }>;
  /** Somebody else has the line, and its speed: a pseudo-terminal. What it hears, it says by `fromHost`. */
  attach(baudRate: () => number, events: WireEvents): void;
  fromHost(bytes: Uint8Array, baudRate: number): void;
  /** The scanner sends what is no code and no reply. */
  disturb(bytes: Uint8Array): void;
  unplug(): void;
  plug(): void;
}

/** A scanner and the line to it, in this process, in whatever time it is given. */
export function createSerialWire({ clock, timers, plan, model: make }: WireOptions): SerialWire {
  const faults = playFaults<WireFault>(plan ?? { seed: 0, faults: [] }, clock);
  let host: { readonly baudRate: () => number; readonly events: WireEvents } | undefined;
  let isIn = true;
  const model = make({
    clock,
    timers,
    out: (bytes, kind) => {
      if (host === undefined || !isIn) return;
      const sent = onTheWay(bytes, kind, faults, model.baudRate !== host.baudRate());
      if (sent.length > 0) host.events.onBytes(sent);
    },
  });
  const unplug = (why: string) => {
    const was = host;
    host = undefined;
    was?.events.onGone(why);
  };
  // A fault that begins while nobody does anything pulls it out all the same.
  for (const fault of plan?.faults ?? []) {
    if (fault.kind !== 'unplugged') continue;
    timers.after(fault.fromMs, () => unplug('pulled out'));
    timers.after(fault.toMs, () => model.powerCycle());
  }
  const fromHost = (bytes: Uint8Array, baudRate: number) => {
    if (!isIn || faults.isOn('deaf') || faults.isOn('stuck')) return;
    const isWrong = baudRate !== model.baudRate || faults.isOn('wrong-baud');
    model.receive(isWrong ? garbled(bytes, faults) : bytes);
  };
  return {
    model,
    fromHost,
    open: async (baudRate, events) => {
      if (!isIn || faults.isOn('unplugged')) throw new Error('No such file or directory');
      const mine = { baudRate: () => baudRate, events };
      host = mine;
      return {
        write: (bytes) => host === mine && fromHost(bytes, baudRate),
        close: async () => {
          if (host === mine) host = undefined;
        },
      };
    },
    attach: (baudRate, events) => {
      host = { baudRate, events };
    },
    disturb: (bytes) => isIn && host?.events.onBytes(bytes),
    unplug: () => {
      isIn = false;
      unplug('pulled out');
    },
    plug: () => {
      isIn = true;
      model.powerCycle();
    },
  };
}

/** What is left of a piece when it arrives. */
function onTheWay(
  bytes: Uint8Array,
  kind: SentKind,
  faults: Faults<WireFault>,
  isOtherSpeed: boolean,
): Uint8Array {
  if (faults.isOn('stuck') || (kind === 'reply' && faults.strikes('ack-lost'))) {
    return new Uint8Array();
  }
  if (isOtherSpeed || faults.isOn('wrong-baud')) return garbled(bytes, faults);
  return bytes.filter(() => !faults.strikes('bytes-lost'));
}

/** At another speed every byte is others: stretched or squeezed, and never what was sent. */
function garbled(bytes: Uint8Array, faults: Faults<WireFault>): Uint8Array {
  return bytes.map((byte) => {
    const drawn = faults.below(8) === 0 ? 0x0d : 0x80 | faults.below(128);
    return drawn === byte ? 0x00 : drawn;
  });
}
