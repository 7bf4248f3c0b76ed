import { createRequire } from 'node:module';
import type { ReasonCode } from '@greengate/contracts/refusals';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import type { BinaryValue, Gpio } from 'onoff';
import type { GpioLines, InputPlace, LinePlace } from '../gpio-port.ts';
import type { DigitalInput, DigitalOutput, Timers } from '../ports.ts';
import { findSysfsChip, PI_LABELS, type SysfsChip } from './gpio-chip.ts';
import { debounceMsMax } from './limits.ts';
import { type SettledEdges, settleEdges } from './settled-edges.ts';

export interface OnoffOptions {
  readonly timers: Timers;
  /** Labels that the chip may have; those of the Raspberry Pi's header where none are named. */
  readonly labels?: readonly string[];
}

/** Where onoff looks; it is told nothing else. */
const SYSFS = '/sys/class/gpio';

/** Lines over sysfs by onoff. The package is loaded here and not before: other gateways start without it. */
export function openOnoffGpio(
  options: OnoffOptions,
  load: (name: string) => unknown = createRequire(import.meta.url),
): Result<GpioLines> {
  let driver: typeof Gpio;
  try {
    driver = (load('onoff') as { Gpio: typeof Gpio }).Gpio;
  } catch (error) {
    return refuse('gpio-driver-missing', (error as NodeJS.ErrnoException).code ?? 'not built');
  }
  const chip = findSysfsChip(SYSFS, options.labels ?? PI_LABELS);
  return chip.ok ? ok(new OnoffLines(driver, chip.value, options.timers)) : chip;
}

class OnoffLines implements GpioLines {
  readonly #driver: typeof Gpio;
  readonly #chip: SysfsChip;
  readonly #timers: Timers;
  readonly #outputs = new Map<number, { readonly gpio: Gpio; readonly rest: BinaryValue }>();
  readonly #inputs = new Map<number, { readonly gpio: Gpio; readonly edges: SettledEdges }>();

  constructor(driver: typeof Gpio, chip: SysfsChip, timers: Timers) {
    this.#driver = driver;
    this.#chip = chip;
    this.#timers = timers;
  }

  openOutput({ line, isActiveLow }: LinePlace): Result<DigitalOutput> {
    const rest: BinaryValue = isActiveLow ? 1 : 0;
    return this.#open(line, () => {
      // 'out' would drive 0 at once, which fires an active-low board (HARDWARE 3). And the polarity is ours alone: a
      // line that was left inverted by somebody would turn every level around.
      const gpio = this.#make(line, rest === 1 ? 'high' : 'low', 'none');
      this.#outputs.set(line, { gpio, rest });
      // onoff says nothing when a line that was exported before does not take its direction or level.
      if (gpio.direction() !== 'out' || gpio.readSync() !== rest) {
        this.#outputs.delete(line);
        return refuse('gpio-failed', `line ${line} does not take its level of rest`);
      }
      return ok({
        write: (active: boolean) => gpio.writeSync(active === (rest === 0) ? 1 : 0),
      });
    });
  }

  openInput({ line, isActiveLow, debounceMs }: InputPlace): Result<DigitalInput> {
    if (!(debounceMs >= 0 && debounceMs <= debounceMsMax)) {
      throw new RangeError(`debounceMs: 0 to ${debounceMsMax}`);
    }
    return this.#open(line, () => {
      const gpio = this.#make(line, 'in', 'both');
      if (gpio.direction() !== 'in' || gpio.edge() !== 'both') {
        return refuse('gpio-failed', `line ${line} tells no edges`);
      }
      const listeners: ((active: boolean, isEdgeLost?: boolean) => void)[] = [];
      const read = () => gpio.readSync() === (isActiveLow ? 0 : 1);
      const edges = settleEdges({
        ...{ read, timers: this.#timers, debounceMs },
        tell: (active, isEdgeLost) => {
          for (const listener of listeners) listener(active, isEdgeLost);
        },
      });
      // What onoff read for an edge may be stale by now: it is read again.
      gpio.watch(() => edges.edge());
      this.#inputs.set(line, { gpio, edges });
      return ok({ read, onChange: (listener) => void listeners.push(listener) });
    });
  }

  /**
   * An output stays exported: given back, a Raspberry Pi turns it into an input, and what a relay board makes of a
   * line that floats nobody knows.
   */
  close(): void {
    for (const { gpio, rest } of this.#outputs.values()) attempt(() => gpio.writeSync(rest));
    this.#outputs.clear();
    for (const { gpio, edges } of this.#inputs.values()) {
      edges.close();
      attempt(() => gpio.unexport());
    }
    this.#inputs.clear();
  }

  #open<T>(line: number, open: () => Result<T>): Result<T> {
    if (!Number.isInteger(line) || line < 0 || line >= this.#chip.lines) {
      return refuse(
        'gpio-line-missing',
        `${this.#chip.label} has lines 0 to ${this.#chip.lines - 1}`,
      );
    }
    if (this.#outputs.has(line) || this.#inputs.has(line)) {
      return refuse('gpio-line-busy', `line ${line} is open already`);
    }
    try {
      return open();
    } catch (error) {
      const { code = 'unknown', syscall = '' } = error as NodeJS.ErrnoException;
      return refuse(REFUSALS[code] ?? 'gpio-failed', `line ${line}: ${syscall} ${code}`);
    }
  }

  #make(line: number, direction: 'high' | 'low' | 'in', edge: 'none' | 'both'): Gpio {
    const Line = this.#driver;
    return new Line(this.#chip.base + line, direction, edge, { activeLow: false });
  }
}

/** What the kernel says of a line that it does not give. */
const REFUSALS: Readonly<Record<string, ReasonCode>> = {
  EBUSY: 'gpio-line-busy',
  EINVAL: 'gpio-line-missing',
  EACCES: 'gpio-permission',
  EPERM: 'gpio-permission',
  ENOENT: 'gpio-unavailable',
};

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It is closing: the next one to open the line puts it to rest.
  }
}
