import type { Result } from '@greengate/contracts/result';
import type { DigitalInput, DigitalOutput } from './ports.ts';

/** Where a line is and which level is active. `line` counts from 0 on its chip, as `gpioinfo` and BCM numbers do. */
export interface LinePlace {
  readonly line: number;
  /** A relay board that fires on 0, a contact to ground: the low level is the active one. */
  readonly isActiveLow: boolean;
}

export interface InputPlace extends LinePlace {
  /** A level must hold for this long before it is told; 0: every edge is told. At most debounceMsMax. */
  readonly debounceMs: number;
}

/** The digital lines of one chip. Opening refuses with a code that says what stands in the way; nothing throws. */
export interface GpioLines {
  /** The line at rest. Opening it moves it to rest in one step: a line that is at rest already never moves. */
  openOutput(place: LinePlace): Result<DigitalOutput>;
  openInput(place: InputPlace): Result<DigitalInput>;
  /** Puts the outputs to rest and ends the inputs. What is open is not to be used afterwards. */
  close(): void;
}
