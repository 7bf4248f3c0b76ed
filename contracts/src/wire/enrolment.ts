import { z } from 'zod';
import { gatewayIdSchema, keyIdSchema, stationIdSchema } from '../ids.ts';
import { streamNameSchema } from '../replica/streams.ts';

const publicKey = z.string().regex(/^[0-9a-f]{64}$/);

/** POST /v1/gateways, by an operator: binds a gateway's Ed25519 key, made on the device, to a station. */
export const gatewayRegistrationSchema = z.strictObject({
  gateway: gatewayIdSchema,
  station: stationIdSchema,
  publicKey,
});

/** What the gateway needs to begin: whom to believe and what to follow. */
export const gatewayEnrolledSchema = z.strictObject({
  gateway: gatewayIdSchema,
  keyId: keyIdSchema,
  /** Raw Ed25519 root key, hex: signs the control stream. */
  rootKey: publicKey,
  streams: z.array(streamNameSchema).min(1).max(100),
});
export type GatewayEnrolled = z.infer<typeof gatewayEnrolledSchema>;
