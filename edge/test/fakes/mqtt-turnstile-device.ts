import { type GateOrder, gateCommandSchema } from '@greengate/contracts/wire/gate-command';
import type { MqttClient } from 'mqtt';
import { type MqttStation, topicOf } from './mqtt-station.ts';

/** The least that a turnstile on the station's network does: takes orders of the boot it was greeted with. */
export class MqttTurnstileDevice {
  readonly orders: GateOrder[] = [];
  readonly hellos: string[] = [];
  answer: 'accepted' | 'expired' | 'foreign-boot' | 'repeated' | 'busy' | 'fault' | 'silence' =
    'accepted';
  isOpen = false;
  isReleased = false;
  readonly #station: MqttStation;
  readonly #device: string;
  #client: MqttClient | undefined;
  #granted: string | undefined;

  constructor(station: MqttStation, device: string) {
    this.#station = station;
    this.#device = device;
  }

  async plug(): Promise<void> {
    this.#client = await this.#station.connect(this.#device, (payload) => this.#command(payload));
  }

  async unplug(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  say(channel: string, message: unknown): void {
    this.#client?.publish(topicOf(this.#device, channel), JSON.stringify(message), { qos: 1 });
  }

  /** A person goes through, or the arm is moved with no grant open. */
  pass(): void {
    const passage = this.#granted;
    if (this.isReleased) return;
    if (passage === undefined) {
      this.say('passage', { event: 'forced' });
      return;
    }
    this.say('passage', { event: 'started', passage });
    this.say('passage', { event: 'completed', passage });
    this.#rest();
  }

  /** The time to pass is over. */
  lapse(): void {
    if (this.#granted !== undefined) {
      this.say('passage', { event: 'timed-out', passage: this.#granted });
    }
    this.#rest();
  }

  #command(payload: string): void {
    const command = gateCommandSchema.parse(JSON.parse(payload));
    if (command.action === 'hello') {
      this.hellos.push(command.boot);
      return;
    }
    this.orders.push(command);
    const isBusy = command.action === 'open' && this.#granted !== undefined;
    const result = isBusy ? 'busy' : this.answer;
    if (result !== 'silence') this.say('ack', { nonce: command.nonce, result });
    if (result !== 'accepted') return;
    if (command.action === 'release') this.isReleased = true;
    if (command.action === 'open') {
      this.#granted = command.passage;
      this.isOpen = true;
    }
  }

  #rest(): void {
    this.#granted = undefined;
    this.isOpen = false;
  }
}
