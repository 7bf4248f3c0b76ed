import {
  type DeviceId,
  deviceIdSchema,
  type GatewayId,
  gatewayIdSchema,
  type LaneId,
  laneIdSchema,
} from '../ids.ts';

/** What a device sends. */
export const UPLINK_CHANNELS = ['scan', 'temperature', 'passage', 'state', 'ack'] as const;
export type UplinkChannel = (typeof UPLINK_CHANNELS)[number];
export type Channel = UplinkChannel | 'command';

/** greengate/1/{gateway}/{lane}/{device}/{channel} (PROTOCOLS 2). */
export interface Topic {
  readonly gateway: GatewayId;
  readonly lane: LaneId;
  readonly device: DeviceId;
  readonly channel: Channel;
}

/** Where a device stands: the part of a topic that is its own. */
export type DevicePlace = Omit<Topic, 'channel'>;

const ROOT = 'greengate';
const VERSION = '1';

export function formatTopic({ gateway, lane, device, channel }: Topic): string {
  return [ROOT, VERSION, gateway, lane, device, channel].join('/');
}

/** The one parse; anything that is not exactly a topic of ours is undefined. */
export function parseTopic(text: string): Topic | undefined {
  const parts = text.split('/', 7);
  if (parts.length !== 6 || parts[0] !== ROOT || parts[1] !== VERSION) return undefined;
  const gateway = gatewayIdSchema.safeParse(parts[2]);
  const lane = laneIdSchema.safeParse(parts[3]);
  const device = deviceIdSchema.safeParse(parts[4]);
  const channel = parts[5];
  if (!gateway.success || !lane.success || !device.success || !isChannel(channel)) return undefined;
  return { gateway: gateway.data, lane: lane.data, device: device.data, channel };
}

/** A device publishes under its own path only, and never commands; only `state` may be retained. */
export function mayPublish(place: DevicePlace, topic: string, retained: boolean): boolean {
  const parsed = parseTopic(topic);
  if (!parsed || parsed.channel === 'command' || !isAt(place, parsed)) return false;
  return !retained || parsed.channel === 'state';
}

/** A device subscribes to its own commands only, spelt out: no wildcard. */
export function maySubscribe(place: DevicePlace, filter: string): boolean {
  const parsed = parseTopic(filter);
  return parsed !== undefined && parsed.channel === 'command' && isAt(place, parsed);
}

function isAt(place: DevicePlace, topic: Topic): boolean {
  return (
    topic.gateway === place.gateway && topic.lane === place.lane && topic.device === place.device
  );
}

function isChannel(text: string | undefined): text is Channel {
  return text === 'command' || UPLINK_CHANNELS.some((channel) => channel === text);
}
