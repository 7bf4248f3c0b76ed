import type { Result } from '@greengate/contracts/result';
import { ok, refuse } from '@greengate/contracts/result';
import type { TurnstileConfig } from '../config.ts';
import type { GpioLines, InputPlace, LinePlace } from '../gpio-port.ts';
import type { DigitalInput, Log, Timers, TurnstileEvent, TurnstileOrder } from '../ports.ts';
import { openOnoffGpio } from './gpio-onoff.ts';
import { createGpioTurnstile, type GpioTurnstile, type TurnstilePins } from './gpio-turnstile.ts';
import { reopenDelayMsMax } from './limits.ts';

type ContactConfig = Extract<TurnstileConfig, { kind: 'gpio' }>;

interface Means {
  readonly timers: Timers;
  readonly log: Log;
  /** How its lines are opened; by onoff where nothing else is said. */
  readonly openLines?: () => Result<GpioLines>;
}

/**
 * A turnstile on lines of this machine. Lines that are refused are asked for again until they are given: until then it
 * is out of order, like one that is not plugged in, and the other lanes go on.
 */
export function openContactTurnstile(config: ContactConfig, means: Means): GpioTurnstile {
  return new LateTurnstile(config, means);
}

class LateTurnstile implements GpioTurnstile {
  readonly #config: ContactConfig;
  readonly #means: Means;
  readonly #listeners: ((event: TurnstileEvent) => void)[] = [];
  #made: { readonly lines: GpioLines; readonly turnstile: GpioTurnstile } | undefined;
  #why = '';
  #cancelRetry: () => void = () => {};

  constructor(config: ContactConfig, means: Means) {
    this.#config = config;
    this.#means = means;
    this.#open();
  }

  order(order: TurnstileOrder): Promise<Result<void>> {
    if (this.#made) return this.#made.turnstile.order(order);
    return Promise.resolve(refuse('turnstile-unreachable', this.#why));
  }

  onEvent(listener: (event: TurnstileEvent) => void): void {
    if (this.#made) this.#made.turnstile.onEvent(listener);
    else this.#listeners.push(listener);
  }

  close(): void {
    this.#cancelRetry();
    this.#made?.turnstile.close();
    this.#made?.lines.close();
  }

  #open(): void {
    const { timers, log } = this.#means;
    const opened = this.#openLines();
    if (opened.ok) {
      const { lines, pins } = opened.value;
      const turnstile = createGpioTurnstile({ pins, timers, log });
      this.#made = { lines, turnstile };
      for (const listener of this.#listeners) turnstile.onEvent(listener);
      if (this.#why !== '') log.info('gpio-open', { grant: this.#config.grant.line });
      return;
    }
    const { code, detail = '' } = opened.refusal;
    if (code !== this.#why) log.error('gpio-refused', { code, detail });
    this.#why = code;
    this.#cancelRetry = timers.after(reopenDelayMsMax, () => this.#open());
  }

  /** All of its lines, or none. */
  #openLines(): Result<{ readonly lines: GpioLines; readonly pins: TurnstilePins }> {
    const { chips } = this.#config;
    const { timers, openLines } = this.#means;
    const given = openLines?.() ?? openOnoffGpio({ timers, ...(chips ? { labels: chips } : {}) });
    if (!given.ok) return given;
    const pins = pinsOf(this.#config, given.value);
    if (pins.ok) return ok({ lines: given.value, pins: pins.value });
    given.value.close();
    return pins;
  }
}

function pinsOf(config: ContactConfig, lines: GpioLines): Result<TurnstilePins> {
  // Contacts first: a lane whose fire contact cannot be read gets no relay at all.
  const fire = inputOf(lines, config.fire);
  if (!fire.ok) return fire;
  const pass = inputOf(lines, config.pass);
  if (!pass.ok) return pass;
  const grant = lines.openOutput(placeOf(config.grant));
  if (!grant.ok) return grant;
  const pins = { fire: fire.value, pass: pass.value, grant: grant.value };
  const refused = config.refuse && lines.openOutput(placeOf(config.refuse));
  if (refused && !refused.ok) return refused;
  const referred = config.refer && lines.openOutput(placeOf(config.refer));
  if (referred && !referred.ok) return referred;
  return ok({
    ...pins,
    ...(refused ? { refuse: refused.value } : {}),
    ...(referred ? { refer: referred.value } : {}),
  });
}

function placeOf({ line, activeLow }: ContactConfig['grant']): LinePlace {
  return { line, isActiveLow: activeLow };
}

/** The turnstile settles its contacts by itself: opening of the fire contact is believed at once. */
function inputOf(lines: GpioLines, place: ContactConfig['fire']): Result<DigitalInput> {
  const input: InputPlace = { ...placeOf(place), debounceMs: 0 };
  return lines.openInput(input);
}
