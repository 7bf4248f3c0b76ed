import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadStream } from 'node:tty';
import * as nodePty from '@lydell/node-pty';

/** What `open()` gives; it is in the package but not in its types. */
interface Pair {
  readonly _fd: number;
  readonly _pty: string;
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
}

const { open } = nodePty as unknown as { open(options: { encoding: null }): Pair };

/** A serial line that can be unplugged: a pseudo-terminal (HARDWARE 5.1) behind a path that stays the same. */
export class PtyLine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'greengate-line-'));
  readonly path = join(this.#folder, 'scanner');
  #pair: Pair | undefined;
  #holder: number | undefined;
  /** Hears what the driver writes. */
  onHost: ((bytes: Uint8Array) => void) | undefined;

  plug(): void {
    const pair = open({ encoding: null });
    // Its own reader of our end would take the bytes before the driver sees them; but somebody must hold
    // that end open, or the line counts as hung up while the driver is away.
    this.#holder = openSync(pair._pty, constants.O_RDWR | constants.O_NOCTTY);
    pair._slave.destroy();
    pair._master.on('error', () => {});
    if (this.onHost) pair._master.on('data', this.onHost);
    execFileSync('stty', ['-F', pair._pty, 'raw', '-echo']);
    rmSync(this.path, { force: true });
    symlinkSync(pair._pty, this.path);
    this.#pair = pair;
  }

  say(text: string | Buffer): void {
    if (this.#pair) writeSync(this.#pair._fd, Buffer.from(text));
  }

  unplug(): void {
    if (this.#holder !== undefined) closeSync(this.#holder);
    this.#holder = undefined;
    this.#pair?._master.destroy();
    this.#pair = undefined;
    rmSync(this.path, { force: true });
  }

  close(): void {
    this.unplug();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
