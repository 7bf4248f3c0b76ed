import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import * as nodePty from '@lydell/node-pty';
import type { Clock, Scanner, Timers } from '../ports.ts';

/** A serial scanner behind a pseudo-terminal; a gateway opens `path` as if it were /dev/ttyUSB0. */
export interface PtyScanner extends Scanner {
  readonly path: string;
}

// 9600 baud 8N1 is 960 bytes a second (HARDWARE 1); a UART hands them on in FIFO-sized pieces.
const BYTES_A_CHUNK = 64;
const CHUNK_MS = (BYTES_A_CHUNK / 960) * 1000;

/** Makes a pseudo-terminal and plays a GM65 in continuous mode on it: the code, then CR, at 9600 baud. */
export function openPtyScanner({ clock, timers }: { clock: Clock; timers: Timers }): PtyScanner {
  const line = openLine();
  // The gateway's configuration commands end here: this scanner is configured on paper.
  line.master.on('data', () => undefined);
  let open = true;

  const wait = (ms: number) => new Promise<void>((resolve) => void timers.after(ms, resolve));
  return {
    path: line.path,
    ready: () => open,
    close: async () => {
      if (!open) return;
      open = false;
      line.close();
    },
    scan: async (text) => {
      const bytes = Buffer.from(`${text}\r`, 'latin1');
      let at = clock.mono();
      for (let from = 0; from < bytes.length; from += BYTES_A_CHUNK) {
        if (from > 0) await wait(CHUNK_MS);
        if (!open) return undefined;
        at = clock.mono();
        line.master.write(bytes.subarray(from, from + BYTES_A_CHUNK));
      }
      return at;
    },
  };
}

/** A serial scanner that somebody plays by hand: what is written to `handPath` comes to the gateway on `path`. */
export interface HandScanner {
  readonly path: string;
  readonly handPath: string;
  close(): void;
}

/** Two pseudo-terminals back to back, as `socat pty pty` would make them. */
export function openHandScanner(): HandScanner {
  const gate = openLine();
  const hand = openLine();
  gate.master.on('data', () => undefined);
  hand.master.on('data', (bytes: Buffer) => gate.master.write(bytes));
  return {
    path: gate.path,
    handPath: hand.path,
    close: () => {
      gate.close();
      hand.close();
    },
  };
}

interface Line {
  readonly path: string;
  readonly master: PtyPair['_master'];
  close(): void;
}

function openLine(): Line {
  const pair = openPair();
  const path = pair.ptsName;
  // Kept open, so that the line survives a gateway's restart; never read, so that no byte is stolen from it.
  const slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  pair._slave.destroy();
  const stty = spawnSync('stty', ['-F', path, 'raw', '-echo'], { encoding: 'utf8' });
  if (stty.status !== 0) throw new Error(`stty failed on ${path}: ${stty.stderr}`);
  return {
    path,
    master: pair._master,
    close: () => {
      pair._master.on('error', () => undefined);
      pair._master.destroy();
      closeSync(slave);
    },
  };
}

/** What `open()` answers; the package's types leave it out. */
interface PtyPair {
  readonly ptsName: string;
  readonly _master: ReadStream & { write(bytes: Uint8Array): boolean };
  readonly _slave: ReadStream;
}

function openPair(): PtyPair {
  const { open } = nodePty as unknown as { open(options: { encoding: null }): PtyPair };
  return open({ encoding: null });
}
