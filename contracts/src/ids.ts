import { z } from 'zod';

/** Administrative division of a province or city, GB/T 2260: six digits. A region is a shard. */
export const regionIdSchema = z
  .string()
  .regex(/^[0-9]{6}$/)
  .brand<'RegionId'>();
export type RegionId = z.infer<typeof regionIdSchema>;

/** A township (9 digits) or a village or residents' committee in it (12): the National Bureau of Statistics' codes. */
export const communityIdSchema = z
  .string()
  .regex(/^[1-9][0-9]{8}(?:[0-9]{3})?$/)
  .brand<'CommunityId'>();
export type CommunityId = z.infer<typeof communityIdSchema>;

/** An employer, a school or another unit that a person belongs to, by the name that operators gave it among the notice targets. */
export const unitIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .brand<'UnitId'>();
export type UnitId = z.infer<typeof unitIdSchema>;

// One MQTT topic level and one client id: no separators, wildcards, case or look-alikes (THREATS T12).
const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/);

export const gatewayIdSchema = label.brand<'GatewayId'>();
export type GatewayId = z.infer<typeof gatewayIdSchema>;

export const stationIdSchema = label.brand<'StationId'>();
export type StationId = z.infer<typeof stationIdSchema>;

export const laneIdSchema = label.brand<'LaneId'>();
export type LaneId = z.infer<typeof laneIdSchema>;

/** Device id = MQTT client id = MQTT user name (PROTOCOLS 2). */
export const deviceIdSchema = label.brand<'DeviceId'>();
export type DeviceId = z.infer<typeof deviceIdSchema>;

/** 16 random bytes as 32 lower-case hex digits, made by the gateway for each passage. */
export const passageIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'PassageId'>();
export type PassageId = z.infer<typeof passageIdSchema>;

/** First 8 bytes of SHA-256 of a raw public key, as 16 lower-case hex digits (PROTOCOLS 1). */
export const keyIdSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .brand<'KeyId'>();
export type KeyId = z.infer<typeof keyIdSchema>;

/** The 64-bit prefix of a code's `sub`: what a replica row is found by. 16 lower-case hex digits. */
export const replicaKeySchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .brand<'ReplicaKey'>();
export type ReplicaKey = z.infer<typeof replicaKeySchema>;

/** SHA-256 as 64 lower-case hex digits. */
export const sha256HexSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Sha256Hex'>();
export type Sha256Hex = z.infer<typeof sha256HexSchema>;
