import type { Command } from 'commander';
import type { Clock, Random } from '../ports.ts';

/** Everything outside the process that a command may touch; cli.ts builds the real one. */
export interface Shell {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The result, to standard output. */
  print(text: string): void;
  /** What is not the result, to standard error. */
  tell(text: string): void;
  wait(ms: number): Promise<void>;
  /** Begins to show progress on standard error: a bar on a terminal, else a line now and then. */
  progress(title: string, total: number, asJson: boolean): Progress;
  /** The process will end with code 1: a command ran, and found or was refused something. */
  found(): void;
}

export interface Files {
  exists(file: string): boolean;
  /** UTF-8. Throws what node:fs throws. */
  read(file: string): string;
  chunks(file: string): AsyncIterable<Uint8Array>;
  sizeOf(file: string): number;
  /** Whether anybody but the owner may read it. */
  isOpenToOthers(file: string): boolean;
  /** Never overwrites. `secret`: for its owner alone. */
  writeNew(file: string, text: string, secret: boolean): void;
}

export interface Progress {
  update(done: number, total?: number): void;
  stop(): void;
}

/** A command could not run: a wrong file, address or token. Exit code 2, and `message` says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Adds the commands of one noun. */
export type AddCommands = (program: Command, shell: Shell) => void;

export type Language = 'zh' | 'en';

/** Prints a result for a program, or for a person. */
export function show(
  shell: Shell,
  asJson: boolean | undefined,
  result: object,
  text: string,
): void {
  shell.print(asJson ? JSON.stringify(result) : text);
}

/** The JSON in a file. Throws `CommandError`. */
export function readJsonFile(shell: Shell, file: string): unknown {
  let text: string;
  try {
    text = shell.files.read(file);
  } catch {
    throw new CommandError(`${file} cannot be read.`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new CommandError(`${file} is not JSON.`);
  }
}
