import type { Cutter, Piece } from './import-lines.ts';
import { importRowBytesMax } from './limits.ts';

/**
 * Cuts a JSON array of objects into its elements without parsing the whole. Works on bytes: in UTF-8 no other
 * character holds the bytes of brackets, quotes, commas and backslashes. What is inside an element is for
 * `JSON.parse` to judge.
 */
export function cutElements(): Cutter {
  const state: State = {
    at: 'start',
    row: 0,
    depth: 0,
    escaped: false,
    inText: false,
    element: [],
    bytes: 0,
  };
  return {
    push: (chunk) => {
      const pieces: Piece[] = [];
      let begin = 0;
      for (let i = 0; i < chunk.length && state.at !== 'over'; i++) {
        const byte = chunk[i] ?? 0;
        if (state.at !== 'inside') {
          begin = i;
          between(state, byte, pieces);
        } else if (inside(state, byte)) {
          keep(state, chunk.subarray(begin, i + 1));
          pieces.push({ row: state.row, bytes: Buffer.concat(state.element.splice(0)) });
          Object.assign(state, { at: 'after', bytes: 0 });
        } else if (state.bytes + i - begin > importRowBytesMax) {
          fail(state, pieces, 'row-too-long');
        }
      }
      if (state.at === 'inside') keep(state, chunk.subarray(begin));
      return pieces;
    },
    end: () => {
      const pieces: Piece[] = [];
      if (state.at !== 'end' && state.at !== 'over') fail(state, pieces, 'json-malformed');
      return pieces;
    },
  };
}

interface State {
  /** `first`: after the bracket, where the array may end at once; `over`: nothing is read any more. */
  at: 'start' | 'first' | 'next' | 'inside' | 'after' | 'end' | 'over';
  row: number;
  depth: number;
  escaped: boolean;
  inText: boolean;
  readonly element: Uint8Array[];
  /** Of `element`. */
  bytes: number;
}

const [OPEN, CLOSE, BEGIN, END, COMMA, QUOTE, BACKSLASH] = Buffer.from('[]{},"\\');

function between(state: State, byte: number, pieces: Piece[]): void {
  if (isSpace(byte)) return;
  if (state.at === 'start' && byte === OPEN) state.at = 'first';
  else if (state.at === 'after' && byte === COMMA) state.at = 'next';
  else if ((state.at === 'first' || state.at === 'after') && byte === CLOSE) state.at = 'end';
  else if ((state.at === 'first' || state.at === 'next') && byte === BEGIN) {
    Object.assign(state, { at: 'inside', row: state.row + 1, depth: 1 });
  } else {
    state.row += 1;
    fail(state, pieces, 'json-malformed');
  }
}

/** Whether the element ends with this byte. */
function inside(state: State, byte: number): boolean {
  if (state.inText) {
    if (state.escaped) state.escaped = false;
    else if (byte === BACKSLASH) state.escaped = true;
    else if (byte === QUOTE) state.inText = false;
    return false;
  }
  if (byte === QUOTE) state.inText = true;
  else if (byte === BEGIN || byte === OPEN) state.depth += 1;
  else if (byte === END || byte === CLOSE) state.depth -= 1;
  return state.depth === 0;
}

function keep(state: State, part: Uint8Array): void {
  state.element.push(part);
  state.bytes += part.length;
}

function fail(state: State, pieces: Piece[], code: 'json-malformed' | 'row-too-long'): void {
  pieces.push({ row: Math.max(1, state.row), code });
  state.at = 'over';
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
