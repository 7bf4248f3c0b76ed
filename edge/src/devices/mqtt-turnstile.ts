import type { DeviceId } from '@greengate/contracts/ids';
import { commandLifetimeMs } from '@greengate/contracts/limits';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import {
  deviceStateSchema,
  type GateAck,
  type GateCommand,
  gateAckSchema,
  type TurnstilePassage,
  turnstilePassageSchema,
} from '@greengate/contracts/wire/gate-command';
import type {
  Clock,
  Log,
  Random,
  Timers,
  Turnstile,
  TurnstileEvent,
  TurnstileOrder,
} from '../ports.ts';
import { readJson } from './json.ts';
import { ordersPendingCountMax } from './limits.ts';
import type { MqttLink, Presence } from './mqtt-broker.ts';
import type { Uplink } from './mqtt-guard.ts';
import { TurnstileListeners } from './turnstile-listeners.ts';

export interface MqttTurnstileOptions {
  readonly link: MqttLink;
  readonly device: DeviceId;
  /** 16 bytes of this start of the gateway, as hex: a device ignores orders of another (THREATS T14). */
  readonly boot: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

const nonceBytes = 16;

/** A turnstile on the station's network (PROTOCOLS 2). */
export function createMqttTurnstile(options: MqttTurnstileOptions): Turnstile {
  const turnstile = new MqttTurnstile(options);
  options.link.onPresence((presence) => turnstile.presence(presence));
  options.link.onUplink((uplink) => turnstile.uplink(uplink));
  return turnstile;
}

class MqttTurnstile implements Turnstile {
  readonly #options: MqttTurnstileOptions;
  readonly #listeners = new TurnstileListeners();
  /** Orders that the device has not answered, by nonce. */
  readonly #pending = new Map<string, (answer: Result<void>) => void>();
  #isListening = false;
  #hasFault = false;

  constructor(options: MqttTurnstileOptions) {
    this.#options = options;
  }

  onEvent(listener: (event: TurnstileEvent) => void): void {
    this.#listeners.add(listener);
  }

  order(order: TurnstileOrder): Promise<Result<void>> {
    const { clock, random, boot, timers } = this.#options;
    if (this.#pending.size >= ordersPendingCountMax) return Promise.resolve(refuse('lane-busy'));
    const nonce = random.hex(nonceBytes);
    const at = clock.now();
    const expiresAt = at + commandLifetimeMs;
    return new Promise((resolve) => {
      // An answer that comes when the order is void already would be to nobody.
      const cancel = timers.after(commandLifetimeMs, () => {
        this.#answer(nonce, refuse('turnstile-unreachable', 'no answer'));
      });
      this.#pending.set(nonce, (answer) => {
        cancel();
        resolve(answer);
      });
      if (!this.#send({ ...order, boot, nonce, at, expiresAt })) {
        this.#answer(nonce, refuse('turnstile-unreachable', 'offline'));
      }
    });
  }

  presence({ place, kind }: Presence): void {
    if (place.device !== this.#options.device) return;
    this.#isListening = kind === 'listening';
    if (kind === 'online') this.#hasFault = false;
    if (this.#isListening) this.#hello();
    else this.#answerAll(refuse('turnstile-unreachable', 'disconnected'));
    this.#listeners.tellPresence(this.#isUsable());
  }

  uplink(uplink: Uplink): void {
    if (uplink.place.device !== this.#options.device) return;
    if (uplink.channel === 'ack') {
      const ack = readJson(gateAckSchema, uplink.payload);
      if (ack.ok) this.#read(ack.value);
      else this.#invalid(uplink);
    }
    if (uplink.channel === 'passage') {
      const passage = readJson(turnstilePassageSchema, uplink.payload);
      if (passage.ok) this.#passage(uplink, passage.value);
      else this.#invalid(uplink);
    }
    if (uplink.channel === 'state') {
      const state = readJson(deviceStateSchema, uplink.payload);
      if (state.ok) {
        this.#hasFault = state.value.state !== 'online';
        this.#listeners.tellPresence(this.#isUsable());
      } else this.#invalid(uplink);
    }
  }

  #read({ nonce, result }: GateAck): void {
    if (result === 'accepted') {
      this.#answer(nonce, ok(undefined));
      return;
    }
    // The device's clock or its idea of our boot is off: tell it again, for the next order.
    if (result === 'expired' || result === 'foreign-boot') this.#hello();
    const reason = result === 'busy' ? 'lane-busy' : 'turnstile-unreachable';
    this.#answer(nonce, refuse(reason, result));
  }

  #passage(uplink: Uplink, { event, passage }: TurnstilePassage): void {
    if (event === 'forced') this.#listeners.tell({ kind: 'forced' });
    else if (passage) this.#listeners.tell({ kind: event, passage });
    else this.#invalid(uplink);
  }

  #isUsable(): boolean {
    return this.#isListening && !this.#hasFault;
  }

  #hello(): void {
    const { boot, clock } = this.#options;
    this.#send({ action: 'hello', boot, at: clock.now() });
  }

  #send(command: GateCommand): boolean {
    return this.#options.link.command(this.#options.device, JSON.stringify(command));
  }

  #answer(nonce: string, answer: Result<void>): void {
    const resolve = this.#pending.get(nonce);
    this.#pending.delete(nonce);
    resolve?.(answer);
  }

  #answerAll(answer: Result<void>): void {
    for (const nonce of [...this.#pending.keys()]) this.#answer(nonce, answer);
  }

  #invalid({ place, channel }: Uplink): void {
    const { device, lane } = place;
    this.#options.log.warn('payload-invalid', { device, lane, channel });
  }
}
