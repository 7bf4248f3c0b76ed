import type { ScannerCommand, ScannerDialect, ScannerSetting } from './scanner-dialect.ts';
import { ssiChecksum } from './scanner-reply.ts';

const START = 0xe4;
const STOP = 0xe5;
const REQUEST = 0xc7;
const SEND = 0xc6;
const HOST = 0x04;
/** Status bit: keep the parameter over a loss of power. */
const PERMANENT = 0x08;
const NO_BEEP = 0xff;

/** "Scan data transmission format": 0 the code alone, 1 the code and its suffix, which is CR from the factory. */
const FORMAT = 0xeb;

/** `length | opcode | 04: from the host | status | data | checksum`; the length leaves the checksum out. */
function frame(opcode: number, status: number, ...data: readonly number[]): Uint8Array {
  const body = Uint8Array.of(4 + data.length, opcode, HOST, status, ...data);
  const sum = ssiChecksum(body);
  return Uint8Array.of(...body, sum >> 8, sum & 0xff);
}

/** `FF | parameter | value` comes back. */
function readParameter(parameter: number): ScannerCommand {
  return {
    bytes: frame(REQUEST, 0, parameter),
    answers: ({ dialect, ok, data }) =>
      dialect === 'ssi' && ok && data.length === 3 && data[1] === parameter,
  };
}

function parameter(name: string, number: number, wanted: number): ScannerSetting {
  return {
    name,
    read: readParameter(number),
    isTaken: (data) => data[2] === wanted,
    write: () => ({
      bytes: frame(SEND, PERMANENT, NO_BEEP, number, wanted),
      answers: ({ dialect, ok, data }) => dialect === 'ssi' && ok && data.length === 0,
    }),
  };
}

/** Scanners that take SSI-like packets and send codes as plain lines. They do not delay a code that stays: the host does. */
export const ssi: ScannerDialect = {
  name: 'ssi',
  replies: ['ssi'],
  whoIsThere: readParameter(FORMAT),
  triggerOn: frame(START, 0),
  triggerOff: frame(STOP, 0),
  readsWhenTold: true,
  settings: ({ tail }) => [parameter('tail', FORMAT, tail === 'none' ? 0 : 1)],
};
