import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { MonoMs } from '@greengate/contracts/time';
import type { Scan } from '../ports.ts';
import { scanIdleMsMax, scanLineBytesMax } from './limits.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts the bytes of a line scanner into codes (THREATS T17). A line ends with CR, LF, CRLF or TAB (HARDWARE 1)
 * and holds printable ASCII only. It keeps one line of bounded length, whatever comes; the same bytes give
 * the same lines however they were chopped.
 */
export class SerialFramer {
  readonly #line = Buffer.alloc(scanLineBytesMax);
  #filledBytes = 0;
  #isText = true;
  #isTooLong = false;
  #lastByteAt: MonoMs | undefined;

  /** The lines that end in this chunk, whose last byte came in at `at`. */
  push(chunk: Uint8Array, at: MonoMs): Result<Scan>[] {
    if (chunk.length === 0) return [];
    // Half a line and then silence was noise, or a scanner unplugged in mid-code.
    if (this.#lastByteAt !== undefined && at - this.#lastByteAt > scanIdleMsMax) this.reset();
    this.#lastByteAt = at;
    const scans: Result<Scan>[] = [];
    for (const byte of chunk) {
      const scan = byte === CR || byte === LF || byte === TAB ? this.#end(at) : this.#add(byte);
      if (scan) scans.push(scan);
    }
    return scans;
  }

  /** Forgets a line that is not whole. */
  reset(): void {
    this.#filledBytes = 0;
    this.#isText = true;
    this.#isTooLong = false;
  }

  #add(byte: number): Result<Scan> | undefined {
    if (this.#isTooLong) return undefined;
    if (this.#filledBytes === this.#line.length) {
      // Told now and once: a scanner that is jammed may never end its line.
      this.#isTooLong = true;
      return refuse('scan-line-too-long');
    }
    if (byte < 0x20 || byte > 0x7e) this.#isText = false;
    this.#line[this.#filledBytes] = byte;
    this.#filledBytes += 1;
    return undefined;
  }

  #end(at: MonoMs): Result<Scan> | undefined {
    const length = this.#filledBytes;
    const wasTold = this.#isTooLong;
    const isText = this.#isText;
    this.reset();
    // The LF of a CRLF ends an empty line.
    if (length === 0 || wasTold) return undefined;
    if (!isText) return refuse('code-malformed', 'not printable ASCII');
    return ok({ text: this.#line.toString('latin1', 0, length), at });
  }
}
