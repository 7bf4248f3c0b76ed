import type { ImportCode } from './import-problem.ts';
import { importRowBytesMax } from './limits.ts';

/** Of a CSV file. JSON is UTF-8 (RFC 8259). */
export const IMPORT_ENCODINGS = ['utf-8', 'gb18030'] as const;
export type ImportEncoding = (typeof IMPORT_ENCODINGS)[number];

/** Bytes of one row, or an end: `code` says what was met, and nothing comes after it. */
export type Piece =
  | { readonly row: number; readonly bytes: Uint8Array }
  | { readonly row: number; readonly code: ImportCode };

/** Cuts a stream of bytes, however it is chunked, into the same pieces. */
export interface Cutter {
  push(chunk: Uint8Array): readonly Piece[];
  end(): readonly Piece[];
}

/** Lines, without their ends (LF or CR LF). LF is no part of another character in UTF-8 and in GB 18030. */
export function cutLines(lineBytesMax = importRowBytesMax): Cutter {
  let row = 0;
  let pending: Uint8Array[] = [];
  let length = 0;
  let ended = false;

  const take = (part: Uint8Array): void => {
    pending.push(part);
    length += part.length;
  };
  const line = (): Piece => {
    row += 1;
    const whole = Buffer.concat(pending);
    pending = [];
    length = 0;
    const bytes = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    return { row, bytes };
  };
  const overrun = (): Piece => {
    ended = true;
    return { row: row + 1, code: 'row-too-long' };
  };
  return {
    push: (chunk) => {
      const pieces: Piece[] = [];
      for (let at = 0; at < chunk.length && !ended; ) {
        const found = chunk.indexOf(LF, at);
        const end = found === -1 ? chunk.length : found;
        take(chunk.subarray(at, end));
        if (length > lineBytesMax + 1) pieces.push(overrun());
        else if (found !== -1) pieces.push(line());
        at = end + 1;
      }
      return pieces;
    },
    end: () => (ended || length === 0 ? [] : [line()]),
  };
}

const LF = 0x0a;
const CR = 0x0d;

/** The text of a row; undefined where it is not in that encoding. A byte order mark is left out. */
export function rowDecoder(encoding: ImportEncoding): (bytes: Uint8Array) => string | undefined {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}
