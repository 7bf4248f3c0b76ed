import type { ReasonCode } from '@greengate/contracts/refusals';
import { type MonoMs, monoMs } from '@greengate/contracts/time';
import { replyBytesMax, scanIdleMsMax, scanLineBytesMax, scanQuietMs } from './limits.ts';
import { decodeScan, type ScanCharset } from './scan-text.ts';
import {
  REPLY_READERS,
  type ReplyDialect,
  type ReplyReader,
  type ScannerReply,
} from './scanner-reply.ts';

/** How a scanner writes a code. Whatever is said here, a CR, LF or TAB ends one. */
export interface ScanFormat {
  readonly prefix?: string;
  readonly suffix?: string;
  /** What the scanner sends when it could not read what was shown. */
  readonly readFail?: string;
  readonly charset?: ScanCharset;
  /** Set: nothing follows a code, and a silence of this long ends it. Else a silence drops what has not ended. */
  readonly endsBySilenceMs?: number;
  /** Dialects whose replies may come; a code never looks like one, but noise may. */
  readonly replies?: readonly ReplyDialect[];
}

/** What comes out of the bytes of a scanner. `at` is when the last byte of it came in. */
export type ScanFrame =
  | { readonly kind: 'code'; readonly text: string; readonly at: MonoMs }
  | { readonly kind: 'read-fail'; readonly at: MonoMs }
  | { readonly kind: 'noise'; readonly reason: ReasonCode; readonly at: MonoMs }
  | { readonly kind: 'reply'; readonly reply: ScannerReply; readonly at: MonoMs };

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;

/** What a byte is to a line: nothing of note, a control or a high byte, its end, or perhaps the beginning of a reply. */
const CONTROL = 1;
const HIGH = 2;
const TEXT_MAX = CONTROL | HIGH;
const END = 4;
const REPLY = 8;

function kindOf(byte: number): number {
  if (byte === CR || byte === LF || byte === TAB) return END;
  if (byte < 0x20 || byte === 0x7f) return CONTROL;
  return byte >= 0x80 ? HIGH : 0;
}

/**
 * Takes the bytes of a scanner apart (THREATS T17): codes, replies to commands that are glued on to them, read-fails, noise.
 * It keeps one line and one reply of bounded length, whatever comes; the same bytes at the same times give the same frames
 * however they were chopped; and no byte is looked at more often than a reply is long.
 */
export class ScanDemux {
  readonly #format: Required<Omit<ScanFormat, 'endsBySilenceMs' | 'replies'>>;
  readonly #silenceEndsIt: boolean;
  readonly #silenceMs: number;
  readonly #sink: (frame: ScanFrame) => void;
  /** By the byte that a reply may begin with. */
  readonly #anywhere: readonly (ReplyReader | undefined)[];
  readonly #betweenCodes: readonly (ReplyReader | undefined)[];
  readonly #kinds: Uint8Array;
  readonly #line = Buffer.alloc(scanLineBytesMax);
  #filled = 0;
  /** Of the line: CONTROL, HIGH, both or nothing. */
  #holds = 0;
  #isTooLong = false;
  /** What may be a reply and is not whole. */
  readonly #held = Buffer.alloc(4 * replyBytesMax);
  #heldFrom = 0;
  #heldTo = 0;
  /** It cannot be told before so much is held. */
  #wanted = 0;
  #at: MonoMs | undefined;
  /** While it is not over, and no end of a line came, what comes may be the rest of something. */
  #doubtedUntil = Number.NEGATIVE_INFINITY;

  constructor(format: ScanFormat, sink: (frame: ScanFrame) => void) {
    const { prefix = '', suffix = '', readFail = '', charset = 'unknown' } = format;
    this.#format = { prefix, suffix, readFail, charset };
    this.#silenceEndsIt = format.endsBySilenceMs !== undefined;
    this.#silenceMs = format.endsBySilenceMs ?? scanIdleMsMax;
    this.#sink = sink;
    const readers = (format.replies ?? []).map((dialect) => REPLY_READERS[dialect]);
    const table = (where: string) =>
      Array.from({ length: 256 }, (_, byte) =>
        readers.find((reader) => reader.begins(byte) === where),
      );
    this.#anywhere = table('anywhere');
    this.#betweenCodes = table('between-codes');
    this.#kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
      readers.some((reader) => reader.begins(byte) !== 'no') ? REPLY : kindOf(byte),
    );
  }

  /** Something has begun and has not ended. */
  get isOpen(): boolean {
    return this.#filled > 0 || this.#isHolding;
  }

  /** Bytes whose last one came in at `at`. */
  push(chunk: Uint8Array, at: MonoMs): void {
    if (chunk.length === 0) return;
    this.idle(at);
    this.#at = at;
    const isDoubtful = at < this.#doubtedUntil;
    if (isDoubtful) this.#doubtedUntil = at + scanQuietMs;
    const rest = isDoubtful ? this.#behindAnEnd(chunk) : chunk;
    this.#take(rest);
  }

  /** It is `at`, and nothing came since the last bytes. */
  idle(at: MonoMs): void {
    if (this.#at === undefined || at - this.#at <= this.#silenceMs) return;
    // Part of a reply and then silence was none.
    while (this.#isHolding) {
      this.#letGo();
      this.#settle();
    }
    if (this.#silenceEndsIt) this.#end();
    else this.#forgetLine();
  }

  /** Forgets what has begun. */
  forget(): void {
    this.#heldFrom = this.#heldTo;
    this.#forgetLine();
  }

  /** Forgets what has begun, and holds what comes next for the rest of it, until a line ends or it is quiet for a moment. */
  resync(at: MonoMs): void {
    this.forget();
    this.#doubtedUntil = at + scanQuietMs;
  }

  /** What of a doubtful chunk stands behind the end of a line. */
  #behindAnEnd(chunk: Uint8Array): Uint8Array {
    const end = chunk.findIndex((byte) => byte === CR || byte === LF || byte === TAB);
    if (end < 0) return new Uint8Array();
    this.#doubtedUntil = Number.NEGATIVE_INFINITY;
    return chunk.subarray(end + 1);
  }

  get #isHolding(): boolean {
    return this.#heldFrom < this.#heldTo;
  }

  #take(bytes: Uint8Array): void {
    const kinds = this.#kinds;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at] ?? 0;
      const kind = kinds[byte] ?? 0;
      if (this.#isHolding) this.#holdOn(byte);
      else if (kind === END) this.#end();
      else if (kind === REPLY) this.#mayBegin(byte);
      else {
        at = this.#run(bytes, at);
        continue;
      }
      at += 1;
    }
  }

  /** A run of text at once: this is what nearly all bytes are. Answers where it ends. */
  #run(bytes: Uint8Array, from: number): number {
    const kinds = this.#kinds;
    let holds = 0;
    let to = from;
    for (; to < bytes.length; to++) {
      const kind = kinds[bytes[to] ?? 0] ?? 0;
      if (kind > TEXT_MAX) break;
      holds |= kind;
    }
    if (this.#isTooLong) return to;
    this.#holds |= holds;
    const end = Math.min(to, from + this.#line.length - this.#filled);
    for (let at = from; at < end; at++) this.#line[this.#filled++] = bytes[at] ?? 0;
    if (end < to) this.#tellTooLong();
    return to;
  }

  #holdOn(byte: number): void {
    this.#hold(byte);
    if (this.#heldTo - this.#heldFrom >= this.#wanted) this.#settle();
  }

  #mayBegin(byte: number): void {
    if (this.#readerOf(byte) === undefined) {
      this.#one(byte);
    } else {
      this.#wanted = 2;
      this.#hold(byte);
    }
  }

  #hold(byte: number): void {
    if (this.#heldTo === this.#held.length) {
      this.#held.copyWithin(0, this.#heldFrom, this.#heldTo);
      this.#heldTo -= this.#heldFrom;
      this.#heldFrom = 0;
    }
    this.#held[this.#heldTo] = byte;
    this.#heldTo += 1;
  }

  #readerOf(byte: number): ReplyReader | undefined {
    return this.#anywhere[byte] ?? (this.#filled === 0 ? this.#betweenCodes[byte] : undefined);
  }

  /** What is held is a reply, or may become one, or its first byte is let go and the rest is looked at. */
  #settle(): void {
    while (this.#isHolding) {
      const from = this.#heldFrom;
      const reader = this.#readerOf(this.#held[from] ?? 0);
      const length = reader?.lengthOf(this.#held, from, this.#heldTo) ?? 0;
      if (length > this.#heldTo - from) {
        this.#wanted = length;
        return;
      }
      const reply = length > 0 ? reader?.read(this.#held, from, from + length) : undefined;
      if (reply === undefined) {
        this.#letGo();
      } else {
        this.#heldFrom += length;
        this.#sink({ kind: 'reply', reply, at: this.#now() });
      }
    }
  }

  #letGo(): void {
    const byte = this.#held[this.#heldFrom] ?? 0;
    this.#heldFrom += 1;
    this.#one(byte);
  }

  #one(byte: number): void {
    const kind = kindOf(byte);
    if (kind === END) this.#end();
    else if (this.#isTooLong) return;
    else if (this.#filled === this.#line.length) this.#tellTooLong();
    else {
      this.#holds |= kind;
      this.#line[this.#filled++] = byte;
    }
  }

  /** Now and once: a scanner that is jammed may never end its line. */
  #tellTooLong(): void {
    this.#isTooLong = true;
    this.#sink({ kind: 'noise', reason: 'scan-line-too-long', at: this.#now() });
  }

  #end(): void {
    const length = this.#filled;
    const holds = this.#holds;
    const isTold = this.#isTooLong;
    this.#forgetLine();
    // The LF of a CRLF ends an empty line.
    if (length === 0 || isTold) return;
    const at = this.#now();
    const text = this.#decoded(length, holds);
    this.#sink(
      text === undefined ? { kind: 'noise', reason: 'code-malformed', at } : this.#code(text, at),
    );
  }

  #decoded(length: number, holds: number): string | undefined {
    if ((holds & CONTROL) !== 0) return undefined;
    if (holds === 0) return this.#line.toString('latin1', 0, length);
    return decodeScan(this.#line.subarray(0, length), this.#format.charset);
  }

  #code(text: string, at: MonoMs): ScanFrame {
    const { prefix, suffix, readFail } = this.#format;
    if (readFail !== '' && text === readFail) return { kind: 'read-fail', at };
    const isWhole =
      text.length >= prefix.length + suffix.length &&
      text.startsWith(prefix) &&
      text.endsWith(suffix);
    if (!isWhole) return { kind: 'noise', reason: 'code-truncated', at };
    return { kind: 'code', text: text.slice(prefix.length, text.length - suffix.length), at };
  }

  #forgetLine(): void {
    this.#filled = 0;
    this.#holds = 0;
    this.#isTooLong = false;
  }

  #now(): MonoMs {
    return this.#at ?? monoMs(0);
  }
}
