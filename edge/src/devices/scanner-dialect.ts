import type { ScanCharset } from './scan-text.ts';
import type { ReplyDialect, ScannerReply } from './scanner-reply.ts';

/** What stands behind a code. */
export type ScanTail = 'cr' | 'crlf' | 'tab' | 'none';

/** What a lane needs of its scanner. */
export interface ScannerNeeds {
  readonly tail: ScanTail;
  /** `unknown`: whatever the scanner is set to. */
  readonly charset: ScanCharset;
  /** How long a scanner keeps a code to itself that it has just sent, milliseconds. */
  readonly sameCodeMs: number;
}

/** Bytes to a scanner, and which of its replies is the answer to them. */
export interface ScannerCommand {
  readonly bytes: Uint8Array;
  answers(reply: ScannerReply): boolean;
}

/** One setting of a scanner. */
export interface ScannerSetting {
  readonly name: string;
  /** Absent: the dialect has no way to read it back, and its acknowledgement is all there is. */
  readonly read?: ScannerCommand;
  /** Whether what was read back is what is needed. */
  isTaken(data: Uint8Array): boolean;
  /** The command that sets it; what else stands in `data`, which was read before, stays as it is. */
  write(data: Uint8Array): ScannerCommand;
}

/** How one family of scanners is spoken to. */
export interface ScannerDialect {
  readonly name: 'gm65' | 'mt1' | 'ssi' | 'honeywell' | 'line';
  readonly replies: readonly ReplyDialect[];
  /** Asks who is there and changes nothing; absent: it never answers. */
  readonly whoIsThere?: ScannerCommand;
  readonly triggerOn?: Uint8Array;
  readonly triggerOff?: Uint8Array;
  /** It reads only while it is told to, so the host triggers it again and again. */
  readonly readsWhenTold: boolean;
  settings(needs: ScannerNeeds): readonly ScannerSetting[];
  /** Keeps the settings over a loss of power; absent: they are kept as they are set. */
  readonly save?: ScannerCommand;
}

const SYN = 0x16;
const CR = 0x0d;

/** A hand-held scanner that is triggered over its line and answers nothing. */
const honeywell: ScannerDialect = {
  name: 'honeywell',
  replies: [],
  triggerOn: Uint8Array.of(SYN, 0x54, CR),
  triggerOff: Uint8Array.of(SYN, 0x55, CR),
  readsWhenTold: true,
  settings: () => [],
};

/** A scanner that sends codes and hears nothing. */
const line: ScannerDialect = {
  name: 'line',
  replies: [],
  readsWhenTold: false,
  settings: () => [],
};

export const MUTE_DIALECTS = { honeywell, line } as const;
