import type {
  ScannerCommand,
  ScannerDialect,
  ScannerNeeds,
  ScannerSetting,
} from './scanner-dialect.ts';
import { xorOf } from './scanner-reply.ts';

/** `5A 00 | length, two bytes | command in ASCII | XOR of all since the 5A | A5`. What it does not understand gets silence. */
function frame(command: string): Uint8Array {
  const body = Uint8Array.of(0x00, 0x00, command.length, ...Buffer.from(command, 'latin1'));
  return Uint8Array.of(0x5a, ...body, xorOf(body, 0, body.length), 0xa5);
}

function acknowledged(command: string): ScannerCommand {
  return {
    bytes: frame(command),
    answers: ({ dialect, ok, data }) => dialect === 'mt1' && ok && data.length === 2,
  };
}

/** There is no command that reads a setting: it is set at every start, and its acknowledgement is what there is. */
function setting(name: string, ...commands: readonly string[]): ScannerSetting[] {
  return commands.map((command) => ({
    name,
    isTaken: () => false,
    write: () => acknowledged(command),
  }));
}

/** CR and LF behind a code, whichever end was asked for: the driver takes either byte of it. */
const CRLF_BEHIND = 'S_CMD_059A';
const DELAY_MS_MAX = 9999;

function settings({ tail, sameCodeMs }: ScannerNeeds): ScannerSetting[] {
  const delay = String(Math.min(Math.round(sameCodeMs), DELAY_MS_MAX)).padStart(4, '0');
  return [
    ...setting('mode', 'S_CMD_020D', 'S_CMD_MTRS0000'),
    ...(tail === 'none' ? [] : setting('tail', CRLF_BEHIND)),
    ...setting('same-code-delay', 'S_CMD_MA31', `S_CMD_MARI${delay}`),
  ];
}

/** MT1, as the M3Y modules speak it too. */
export const mt1: ScannerDialect = {
  name: 'mt1',
  replies: ['mt1'],
  whoIsThere: {
    bytes: frame('T_OUT_CVER'),
    answers: ({ dialect, ok }) => dialect === 'mt1' && ok,
  },
  triggerOn: frame('SR030301'),
  triggerOff: frame('SR030300'),
  readsWhenTold: true,
  settings,
};
