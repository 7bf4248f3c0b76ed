import type { PassageId } from '@greengate/contracts/ids';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import type {
  DigitalInput,
  DigitalOutput,
  Log,
  Timers,
  Turnstile,
  TurnstileEvent,
  TurnstileOrder,
} from '../ports.ts';
import { bounceMs, grantPulseMs, grantWindowMs, restRetryMs, signMs, stallMs } from './limits.ts';
import { TurnstileListeners } from './turnstile-listeners.ts';

/** The lines to a turnstile's controller (HARDWARE 3). An input reads true while its contact is closed. */
export interface TurnstilePins {
  readonly grant: DigitalOutput;
  /** Lamps of the sign, where there are some. */
  readonly refuse?: DigitalOutput;
  readonly refer?: DigitalOutput;
  /** PASS: closed in rest, open while the arm is away from it; so a broken wire is seen. */
  readonly pass: DigitalInput;
  /** Fire: normally closed; open = the hardware has released the lane. */
  readonly fire: DigitalInput;
}

export interface GpioTurnstileOptions {
  readonly pins: TurnstilePins;
  readonly timers: Timers;
  readonly log: Log;
}

export interface GpioTurnstile extends Turnstile {
  /** Puts every output to rest. */
  close(): void;
}

/**
 * A turnstile on dry contacts, in pulse mode: one pulse is one passage. Nothing is written when it is made.
 * The fire path does not run through here: this observes it, and orders nothing while it is open.
 */
export function createGpioTurnstile(options: GpioTurnstileOptions): GpioTurnstile {
  const turnstile = new ContactTurnstile(options);
  turnstile.watch();
  return turnstile;
}

type Arm =
  | { readonly at: 'rest' }
  | { readonly at: 'granted'; readonly passage: PassageId }
  | { readonly at: 'passing'; readonly passage: PassageId }
  /** Away from rest, and no passage of ours: forced, or open when nobody knows why. */
  | { readonly at: 'astray' }
  /** Away from rest for too long: stalled, or its wire is broken. */
  | { readonly at: 'stalled' };

const nothing = () => {};

class ContactTurnstile implements GpioTurnstile {
  readonly #pins: TurnstilePins;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #listeners: TurnstileListeners;
  /** Outputs that are active, and how to forget the timer that puts each to rest. */
  readonly #active = new Map<DigitalOutput, () => void>();
  #arm: Arm;
  #isFire: boolean;
  #isReleaseOrdered = false;
  #cancelArm = nothing;
  #cancelPassBounce = nothing;
  #cancelFireBounce = nothing;

  constructor({ pins, timers, log }: GpioTurnstileOptions) {
    this.#pins = pins;
    this.#timers = timers;
    this.#log = log;
    // Open from the start: whether somebody stands in it or its wire is cut, it cannot be used.
    const isAtRest = isClosed(pins.pass);
    this.#arm = { at: isAtRest ? 'rest' : 'stalled' };
    this.#listeners = new TurnstileListeners(isAtRest);
    this.#isFire = !isClosed(pins.fire);
    this.#listeners.tellFire(this.#isFire);
  }

  watch(): void {
    // Edges only say that something changed: the level is read when it has settled.
    this.#pins.pass.onChange(() => {
      this.#cancelPassBounce();
      this.#cancelPassBounce = this.#timers.after(bounceMs, () => this.#passSettled());
    });
    this.#pins.fire.onChange(() => {
      this.#cancelFireBounce();
      // Opening is believed at once, closing when it has settled.
      if (!isClosed(this.#pins.fire)) return this.#fireOpened();
      this.#cancelFireBounce = this.#timers.after(bounceMs, () => this.#fireSettled());
    });
  }

  onEvent(listener: (event: TurnstileEvent) => void): void {
    this.#listeners.add(listener);
  }

  order(order: TurnstileOrder): Promise<Result<void>> {
    return Promise.resolve(this.#order(order));
  }

  close(): void {
    this.#cancelArm();
    this.#cancelPassBounce();
    this.#cancelFireBounce();
    for (const output of [...this.#active.keys()]) this.#rest(output, false);
  }

  #order({ action, passage }: TurnstileOrder): Result<void> {
    if (action === 'release') return this.#orderRelease();
    if (this.#isReleased()) return refuse('fire-release');
    if (action === 'refuse') return this.#pulse(this.#pins.refuse, signMs);
    if (action === 'refer') return this.#pulse(this.#pins.refer, signMs);
    if (this.#arm.at === 'stalled') return refuse('turnstile-unreachable', 'pass contact open');
    if (this.#arm.at !== 'rest') return refuse('lane-busy');
    // Sooner than the bounce filter knows: an arm that has just left its rest is not granted to the next one.
    if (!isClosed(this.#pins.pass)) return refuse('lane-busy');
    const pulsed = this.#pulse(this.#pins.grant, grantPulseMs);
    if (pulsed.ok) {
      this.#move({ at: 'granted', passage }, grantWindowMs, () => {
        this.#move({ at: 'rest' });
        this.#listeners.tell({ kind: 'timed-out', passage });
      });
    }
    return pulsed;
  }

  #isReleased(): boolean {
    return this.#isFire || this.#isReleaseOrdered;
  }

  /** Open for all: the grant is held until the fire contact has been open and closed again, or for good. */
  #orderRelease(): Result<void> {
    // The hardware has done it, and would not listen.
    if (this.#isFire) return ok(undefined);
    this.#isReleaseOrdered = true;
    this.#move({ at: 'rest' });
    return this.#write(this.#pins.grant, nothing);
  }

  #fireOpened(): void {
    this.#isFire = true;
    this.#move({ at: 'rest' });
    // The hardware ignores us from here on; what we held must not open the lane once it is armed again.
    for (const output of [...this.#active.keys()]) this.#rest(output);
    this.#listeners.tellFire(true);
  }

  #fireSettled(): void {
    if (!this.#isFire || !isClosed(this.#pins.fire)) return;
    this.#isFire = false;
    this.#isReleaseOrdered = false;
    this.#listeners.tellFire(false);
    // Who stands in the arm when it is armed again has forced nothing.
    if (isClosed(this.#pins.pass)) this.#listeners.tellPresence(true);
    else this.#move({ at: 'astray' }, stallMs, () => this.#stall());
  }

  #passSettled(): void {
    if (this.#isReleased()) return;
    if (isClosed(this.#pins.pass)) this.#armBack();
    else this.#armAway();
  }

  #armAway(): void {
    const arm = this.#arm;
    if (arm.at === 'granted') {
      const { passage } = arm;
      this.#move({ at: 'passing', passage }, stallMs, () => {
        this.#stall();
        // Whether they got through is not known: the contact never said so.
        this.#listeners.tell({ kind: 'timed-out', passage });
      });
      this.#listeners.tell({ kind: 'started', passage });
    } else if (arm.at === 'rest') {
      this.#move({ at: 'astray' }, stallMs, () => this.#stall());
      this.#listeners.tell({ kind: 'forced' });
    }
  }

  #armBack(): void {
    const arm = this.#arm;
    if (arm.at === 'rest' || arm.at === 'granted') return;
    this.#move({ at: 'rest' });
    if (arm.at === 'passing') {
      this.#listeners.tell({ kind: 'completed', passage: arm.passage });
    }
    this.#listeners.tellPresence(true);
  }

  #stall(): void {
    this.#move({ at: 'stalled' });
    this.#log.warn('turnstile-stalled');
    this.#listeners.tellPresence(false);
  }

  #move(arm: Arm, afterMs?: number, then?: () => void): void {
    this.#cancelArm();
    this.#arm = arm;
    this.#cancelArm = afterMs === undefined || !then ? nothing : this.#timers.after(afterMs, then);
  }

  #pulse(output: DigitalOutput | undefined, ms: number): Result<void> {
    if (!output) return ok(undefined);
    const cancel = this.#timers.after(ms, () => this.#rest(output));
    return this.#write(output, cancel);
  }

  #write(output: DigitalOutput, cancelRest: () => void): Result<void> {
    this.#active.get(output)?.();
    this.#active.set(output, cancelRest);
    try {
      output.write(true);
      return ok(undefined);
    } catch {
      // Nobody knows what the line does now: put it to rest.
      this.#rest(output);
      return refuse('turnstile-unreachable', 'output failed');
    }
  }

  /** Goes on until it is done: an output that stays active is an open gate (THREATS F11). */
  #rest(output: DigitalOutput, again = true): void {
    this.#active.get(output)?.();
    this.#active.delete(output);
    try {
      output.write(false);
    } catch {
      this.#log.error('output-stuck');
      if (again) {
        this.#active.set(
          output,
          this.#timers.after(restRetryMs, () => this.#rest(output)),
        );
      }
    }
  }
}

/** A contact that cannot be read is taken for a broken wire. */
function isClosed(input: DigitalInput): boolean {
  try {
    return input.read();
  } catch {
    return false;
  }
}
