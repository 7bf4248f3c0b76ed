import type { MqttGuard } from './mqtt-guard.ts';

export interface SocketCaps {
  readonly socketsCountMax: number;
  readonly socketsPerAddressCountMax: number;
}

/**
 * The open sockets of the broker's port. When there are too many, the oldest one that has not proved who it
 * is gives way: strangers that hold sockets open cannot keep a device out, and a device in is never put out.
 */
export class MqttSockets {
  readonly #caps: SocketCaps;
  readonly #open = new Map<MqttGuard, string>();

  constructor(caps: SocketCaps) {
    this.#caps = caps;
  }

  get count(): number {
    return this.#open.size;
  }

  /** False when there is no room; the guard is closed then. */
  add(guard: MqttGuard, address: string): boolean {
    const hasRoom =
      this.#makeRoom(this.#caps.socketsPerAddressCountMax, address) &&
      this.#makeRoom(this.#caps.socketsCountMax);
    if (!hasRoom) {
      guard.close('overloaded', 'sockets');
      return false;
    }
    this.#open.set(guard, address);
    guard.once('close', () => this.#open.delete(guard));
    return true;
  }

  closeAll(): void {
    for (const guard of this.#open.keys()) guard.destroy();
  }

  #makeRoom(countMax: number, address?: string): boolean {
    const rivals = [...this.#open].filter(([, from]) => address === undefined || from === address);
    if (rivals.length < countMax) return true;
    const oldest = rivals.find(([guard]) => guard.place === undefined)?.[0];
    if (!oldest) return false;
    this.#open.delete(oldest);
    oldest.close('overloaded', 'sockets');
    return true;
  }
}
