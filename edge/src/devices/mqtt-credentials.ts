import { createHash, timingSafeEqual } from 'node:crypto';
import type { GatewayId } from '@greengate/contracts/ids';
import type { DevicePlace } from '@greengate/contracts/wire/topics';
import type { DeviceCredential } from '../ports.ts';

/** The devices that the technician paired with this gateway. */
export class MqttCredentials {
  readonly #gateway: GatewayId;
  readonly #byDevice: ReadonlyMap<string, DeviceCredential>;

  constructor(gateway: GatewayId, credentials: readonly DeviceCredential[]) {
    this.#gateway = gateway;
    this.#byDevice = new Map(credentials.map((credential) => [credential.device, credential]));
  }

  placeOf(clientId: string): DevicePlace | undefined {
    const credential = this.#byDevice.get(clientId);
    return (
      credential && { gateway: this.#gateway, lane: credential.lane, device: credential.device }
    );
  }

  /** Client id = user name = device id, and its password. An unknown device costs the same time as a wrong password. */
  isGenuine(
    clientId: string,
    userName: string | undefined,
    password: Uint8Array | undefined,
  ): boolean {
    const credential = this.#byDevice.get(clientId);
    const expected = Buffer.from(credential?.passwordSha256 ?? '00'.repeat(32), 'hex');
    const offered = createHash('sha256')
      .update(password ?? new Uint8Array())
      .digest();
    const isEqual = timingSafeEqual(expected, offered);
    return isEqual && credential !== undefined && password !== undefined && userName === clientId;
  }
}
