import { execFile, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import * as nodePty from '@lydell/node-pty';
import type { Clock, Scanner, Timers } from '../ports.ts';
import { createGm65 } from './gm65.ts';
import { createSerialWire } from './serial-wire.ts';

/** A serial scanner behind a pseudo-terminal; a gateway opens `path` as if it were /dev/ttyUSB0. */
export interface PtyScanner extends Scanner {
  readonly path: string;
}

/** Makes a pseudo-terminal and puts a GM65 as it left the factory behind it, at the speed of its line. */
export function openPtyScanner({ clock, timers }: { clock: Clock; timers: Timers }): PtyScanner {
  const line = openLine();
  const wire = createSerialWire({ clock, timers, model: (parts) => createGm65(parts) });
  let open = true;
  let baudRate = wire.model.baudRate;
  wire.attach(() => baudRate, {
    onBytes: (bytes) => open && void line.master.write(bytes),
    onGone: () => undefined,
  });
  let heard = Promise.resolve();
  line.master.on('data', (bytes: Buffer) => {
    heard = heard.then(async () => {
      // A pseudo-terminal carries bytes at any speed; what the gateway has set it to is what a scanner would hear.
      baudRate = (await speedOf(line.path)) ?? baudRate;
      if (open) wire.fromHost(bytes, baudRate);
    });
  });
  return {
    path: line.path,
    ready: () => open,
    close: async () => {
      if (!open) return;
      open = false;
      line.close();
    },
    scan: async (text) => {
      const at = await wire.model.read(text);
      return open ? at : undefined;
    },
  };
}

function speedOf(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('stty', ['-F', path, 'speed'], (error, stdout) =>
      resolve(error === null ? Number(stdout) || undefined : undefined),
    );
  });
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
