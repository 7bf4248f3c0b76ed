import type { EpochMs, MonoMs } from '@greengate/contracts/time';
import type { GateAck, GateOrder } from '@greengate/contracts/wire/gate-command';

/** The station's time. Durations are measured on `mono` only. */
export interface Clock {
  now(): EpochMs;
  mono(): MonoMs;
}

export interface Timers {
  /** Runs once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** A thing on the station's network, or on a wire, that may be out of touch. */
interface Device {
  ready(): boolean;
  close(): Promise<void>;
}

export interface Scanner extends Device {
  /** Sends a text as one scan. Resolves with the instant of its last byte; undefined when it did not get out. */
  scan(text: string): Promise<MonoMs | undefined>;
}

export interface Thermometer extends Device {
  /** Sends a reading. Resolves once the gateway has it: true, or false when it may not. */
  measure(payload: string): Promise<boolean>;
}

/** An order that reached a turnstile, and what the turnstile made of it. */
export interface SeenOrder {
  readonly order: GateOrder;
  readonly result: GateAck['result'];
  readonly at: MonoMs;
}

export interface Turnstile extends Device {
  /** Nobody is between the arms and no grant is open. */
  idle(): boolean;
  onOrder(listener: (seen: SeenOrder) => void): void;
  /** Moves the arm to an angle, in degrees. Resolves once the gateway knows what came of it. */
  turnArm(degrees: number): Promise<void>;
}

/** The hardware of one lane. */
export interface LaneDevices {
  readonly scanner: Scanner;
  readonly thermometer: Thermometer | undefined;
  readonly turnstile: Turnstile;
}

/** What a device on an I2C bus answers: the bytes asked for; nobody acknowledged; or it holds the data line low. */
export type I2cReply = Uint8Array | 'nack' | 'stuck';

/** A device, or a bus of them, at register level: what is written comes first, then what is read. */
export interface I2cTarget {
  transfer(address: number, write: Uint8Array, readBytes: number): I2cReply;
}
