import type {
  ScannerCommand,
  ScannerDialect,
  ScannerNeeds,
  ScannerSetting,
  ScanTail,
} from './scanner-dialect.ts';
import { crcCcitt } from './scanner-reply.ts';

const READ = 0x07;
const WRITE = 0x08;
const SAVE = 0x09;

/** Zones of a GM65 that a lane cares about (GM65-S manual, appendix of zone bits). */
const ZONE = { mode: 0x0000, trigger: 0x0002, output: 0x000d, sameCode: 0x0013, tail: 0x0060 };
const SOFTWARE_VERSION = 0x00e2;

const MODE_BITS = 0b11;
const CONTINUOUS = 0b10;
const CHARSET_BITS = 0b1100;
const CHARSETS = { gbk: 0b0000, 'utf-8': 0b0100 } as const;
const TAIL_BITS = 0b0110_0001;
const TAILS: Readonly<Record<ScanTail, number>> = {
  cr: 0b0000_0001,
  crlf: 0b0010_0001,
  tab: 0b0100_0001,
  none: 0b0110_0000,
};
const DELAYED = 0x80;
const DELAY_STEP_MS = 100;
const DELAY_STEPS_MAX = 0x7f;

/** `7E 00 | type | length | zone | data | CRC` (HARDWARE 1). */
function frame(type: number, zone: number, data: readonly number[]): Uint8Array {
  const body = Uint8Array.of(
    type,
    type === READ ? 1 : data.length,
    zone >> 8,
    zone & 0xff,
    ...data,
  );
  const crc = crcCcitt(body);
  return Uint8Array.of(0x7e, 0x00, ...body, crc >> 8, crc & 0xff);
}

/**
 * Reads two bytes from a zone on: the reply cannot be taken for a late acknowledgement, which is one byte long and looks
 * like a zone that holds 0.
 */
export function readZone(zone: number): ScannerCommand {
  return {
    bytes: frame(READ, zone, [2]),
    answers: (reply) => reply.dialect === 'gm65' && reply.data.length === 2,
  };
}

function acknowledged(bytes: Uint8Array): ScannerCommand {
  return { bytes, answers: ({ dialect, data }) => dialect === 'gm65' && data.length === 1 };
}

export function writeZone(zone: number, ...data: readonly number[]): ScannerCommand {
  return acknowledged(frame(WRITE, zone, data));
}

/** The settings become what they are after a loss of power. The memory wears out: only when something has changed. */
export const saveZones = acknowledged(frame(SAVE, 0, [0x00]));

/** All zones as they left the factory, 9600 baud among them; the scanner starts anew and hears nothing meanwhile. */
export const factoryReset = acknowledged(frame(SAVE, 0, [0xff]));

function bits(
  name: string,
  zone: number,
  mask: number,
  accepted: readonly number[],
): ScannerSetting {
  const [wanted = 0] = accepted;
  return {
    name,
    read: readZone(zone),
    isTaken: ([now = 0]) => accepted.includes(now & mask),
    write: ([now = 0]) => writeZone(zone, (now & ~mask) | wanted),
  };
}

function settings({ tail, charset, sameCodeMs }: ScannerNeeds): ScannerSetting[] {
  const steps = Math.min(Math.round(sameCodeMs / DELAY_STEP_MS), DELAY_STEPS_MAX);
  return [
    // Continuous, or by induction: what waits for a button or a command reads nobody at a gate.
    bits('mode', ZONE.mode, MODE_BITS, [CONTINUOUS, 0b11]),
    bits('tail', ZONE.tail, TAIL_BITS, [TAILS[tail]]),
    bits('same-code-delay', ZONE.sameCode, 0xff, [steps === 0 ? 0 : DELAYED | steps]),
    ...(charset === 'unknown'
      ? []
      : [bits('charset', ZONE.output, CHARSET_BITS, [CHARSETS[charset]])]),
  ];
}

/** The GM65 family: GM65, GM65-S, GM805, GM812 and what is sold under other names. */
export const gm65: ScannerDialect = {
  name: 'gm65',
  replies: ['gm65'],
  whoIsThere: readZone(SOFTWARE_VERSION),
  triggerOn: writeZone(ZONE.trigger, 0x01).bytes,
  triggerOff: writeZone(ZONE.trigger, 0x00).bytes,
  readsWhenTold: false,
  settings,
  save: saveZones,
};
