/**
 * The program that the rig drives: the gateway's own GPIO driver and turnstile, and i2c-bus, told what to do over Node's
 * channel. Started as `node driven.js SPEED`: its timers run so many times as fast.
 */
import { createRequire } from 'node:module';
import type { Result } from '@greengate/contracts/result';
import { openOnoffGpio } from '../../../edge/dist/devices/gpio-onoff.js';
import {
  createGpioTurnstile,
  type GpioTurnstile,
} from '../../../edge/dist/devices/gpio-turnstile.js';
import { type LinuxI2cBus, openLinuxI2cBus } from '../../../edge/dist/devices/linux-i2c-bus.js';
import type { GpioLines, InputPlace, LinePlace } from '../../../edge/dist/gpio-port.js';
import type {
  DigitalInput,
  DigitalOutput,
  TurnstileEvent,
  TurnstileOrder,
} from '../../../edge/dist/ports.js';

/** What it can be asked. Lines are named by their number. */
export interface DrivenCalls {
  /** Answers after so many milliseconds of its own event loop: what fell due before them has been done. */
  wait(ms: number): Promise<void>;
  openGpio(labels?: readonly string[]): unknown;
  openOutput(place: LinePlace): unknown;
  openInput(place: InputPlace): unknown;
  write(line: number, active: boolean): void;
  read(line: number): boolean;
  closeGpio(): void;
  /** A turnstile on lines that are open: a grant relay, and the two contacts. */
  openTurnstile(lines: {
    readonly grant: number;
    readonly pass: number;
    readonly fire: number;
  }): void;
  /** Its events come as messages from now on. */
  watchTurnstile(): void;
  order(order: TurnstileOrder): Promise<Result<void>>;
  closeTurnstile(): void;
  /** By the gateway's own driver of the bus; bytes as numbers. */
  transfer(
    address: number,
    write: readonly number[],
    readBytes: number,
  ): Promise<Result<readonly number[]>>;
  readWord(address: number, register: number): number;
  readBlock(address: number, register: number, bytes: number): number[];
  writeWord(address: number, register: number, value: number): void;
  plainRead(address: number, bytes: number): number[];
}

export interface DrivenCall {
  readonly id: number;
  readonly name: keyof DrivenCalls;
  readonly args: readonly unknown[];
}

export type DrivenMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly event: TurnstileEvent }
  | {
      readonly change: {
        readonly line: number;
        readonly active: boolean;
        readonly isEdgeLost: boolean;
      };
    };

/** What i2c-bus has; its types say more than is asked here. */
interface I2cBus {
  readWordSync(address: number, register: number): number;
  writeWordSync(address: number, register: number, value: number): void;
  readI2cBlockSync(address: number, register: number, bytes: number, into: Buffer): number;
  i2cReadSync(address: number, bytes: number, into: Buffer): number;
}

const outputs = new Map<number, DigitalOutput>();
const inputs = new Map<number, DigitalInput>();
let lines: GpioLines | undefined;
let turnstile: GpioTurnstile | undefined;
let bus: I2cBus | undefined;
let gatewayBus: LinuxI2cBus | undefined;
const silent = () => {};
const LOG = { info: silent, warn: silent, error: silent };
const speed = Number(process.argv[2] ?? 1);

const timers = {
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms / speed);
    return () => clearTimeout(timer);
  },
};

const calls: DrivenCalls = {
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  openGpio(labels) {
    const opened = openOnoffGpio({ timers, ...(labels ? { labels } : {}) });
    if (!opened.ok) return opened;
    lines = opened.value;
    return { ok: true };
  },
  openOutput(place) {
    const opened = theLines().openOutput(place);
    if (!opened.ok) return opened;
    outputs.set(place.line, opened.value);
    return { ok: true };
  },
  openInput(place) {
    const opened = theLines().openInput(place);
    if (!opened.ok) return opened;
    inputs.set(place.line, opened.value);
    opened.value.onChange((active, isEdgeLost = false) =>
      send({ change: { line: place.line, active, isEdgeLost } }),
    );
    return { ok: true };
  },
  write: (line, active) => found(outputs, line).write(active),
  read: (line) => found(inputs, line).read(),
  closeGpio() {
    theLines().close();
    outputs.clear();
    inputs.clear();
  },
  openTurnstile({ grant, pass, fire }) {
    const pins = {
      ...{ grant: found(outputs, grant), pass: found(inputs, pass), fire: found(inputs, fire) },
    };
    turnstile = createGpioTurnstile({ pins, timers, log: LOG });
  },
  watchTurnstile: () => theTurnstile().onEvent((event) => send({ event })),
  order: (order) => theTurnstile().order(order),
  closeTurnstile: () => theTurnstile().close(),
  async transfer(address, write, readBytes) {
    gatewayBus ??= openLinuxI2cBus(1, LOG);
    const answer = await gatewayBus.transfer(address, Uint8Array.from(write), readBytes);
    return answer.ok ? { ok: true, value: [...answer.value] } : answer;
  },
  readWord: (address, register) => theBus().readWordSync(address, register),
  writeWord: (address, register, value) => void theBus().writeWordSync(address, register, value),
  readBlock(address, register, bytes) {
    const into = Buffer.alloc(bytes);
    theBus().readI2cBlockSync(address, register, bytes, into);
    return [...into];
  },
  plainRead(address, bytes) {
    const into = Buffer.alloc(bytes);
    theBus().i2cReadSync(address, bytes, into);
    return [...into];
  },
};

process.on('message', (call: DrivenCall) => void answer(call));

async function answer({ id, name, args }: DrivenCall): Promise<void> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => unknown;
    send({ id, value: await call(...args) });
  } catch (error) {
    const { code, message, errno } = error as NodeJS.ErrnoException;
    // What Node has no name for (EREMOTEIO) comes with an empty code.
    send({ id, error: code || (errno === undefined ? message : `errno ${errno}`) });
  }
}

function send(message: DrivenMessage): void {
  process.send?.(message);
}

function theLines(): GpioLines {
  if (!lines) throw new Error('openGpio comes first');
  return lines;
}

function theTurnstile(): GpioTurnstile {
  if (!turnstile) throw new Error('openTurnstile comes first');
  return turnstile;
}

function theBus(): I2cBus {
  const { openSync } = createRequire(import.meta.url)('i2c-bus') as {
    openSync(bus: number): I2cBus;
  };
  bus ??= openSync(1);
  return bus;
}

function found<T>(all: ReadonlyMap<number, T>, line: number): T {
  const one = all.get(line);
  if (!one) throw new Error(`line ${line} is not open`);
  return one;
}
