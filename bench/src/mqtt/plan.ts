import { createHash } from 'node:crypto';

/** A device as both sides know it. */
export interface PlannedDevice {
  readonly device: string;
  readonly lane: string;
  readonly password: string;
}

export const GATEWAY = 'gw-bench';

export function planDevice(device: string, lane: string): PlannedDevice {
  return { device, lane, password: `password of ${device}` };
}

/** The line of a gateway's configuration that lets the device in. */
export function credentialOf({ device, lane, password }: PlannedDevice) {
  return { device, lane, passwordSha256: createHash('sha256').update(password).digest('hex') };
}

export function topicOf({ device, lane }: PlannedDevice, channel: string): string {
  return `greengate/1/${GATEWAY}/${lane}/${device}/${channel}`;
}
