import { deviceIdSchema, gatewayIdSchema, laneIdSchema } from '@greengate/contracts/ids';
import { z } from 'zod';
import { lanesCountMax, passagesPerMinuteMax } from './limits.ts';
import { passengerSchema } from './person.ts';

const device = z.strictObject({ device: deviceIdSchema, password: z.string().min(1) });

export const laneConfigSchema = z.strictObject({
  lane: laneIdSchema,
  /** `none`, `hand`: somebody else scans here, over MQTT or on a terminal; the station plays the turnstile. */
  scanner: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pty') }),
    z.strictObject({ kind: z.literal('mqtt'), ...device.shape }),
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('hand') }),
  ]),
  thermometer: device.nullable(),
  turnstile: device,
});
export type LaneConfig = z.infer<typeof laneConfigSchema>;

/** Everything that a simulated station is made from. */
export const stationConfigSchema = z.strictObject({
  gateway: gatewayIdSchema,
  mqtt: z.strictObject({ host: z.string(), port: z.int().min(1).max(65_535) }),
  seed: z.int().nonnegative(),
  passagesPerMinute: z.number().positive().max(passagesPerMinuteMax),
  // Two more for the lanes that are played by hand.
  lanes: z
    .array(laneConfigSchema)
    .min(1)
    .max(lanesCountMax + 2),
  passengers: z.array(passengerSchema),
});
export type StationConfig = z.infer<typeof stationConfigSchema>;
