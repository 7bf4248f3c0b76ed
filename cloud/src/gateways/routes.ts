import { fromHex } from '@greengate/contracts/bytes';
import { gatewayIdSchema } from '@greengate/contracts/ids';
import { CONTROL, RED, regionStream } from '@greengate/contracts/replica/streams';
import {
  type GatewayEnrolled,
  gatewayEnrolledSchema,
  gatewayRegistrationSchema,
} from '@greengate/contracts/wire/enrolment';
import { z } from 'zod';
import { readJson } from '../body.ts';
import { keyIdOf } from '../crypto.ts';
import type { Clock, GatewayStore, Keys } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp } from '../route.ts';

export interface GatewayDeps {
  readonly store: GatewayStore;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'region' | 'root'>;
}

/** Registering a gateway's key, and revoking it. */
export function gatewayRoutes(app: CloudApp, { store, clock, keys }: GatewayDeps): void {
  addRoute(app, {
    method: 'post',
    path: '/v1/gateways',
    summary: "Bind a gateway's key to a station. The same registration twice is fine.",
    callers: ['operator'],
    body: gatewayRegistrationSchema,
    answer: gatewayEnrolledSchema,
    handler: async (c) => {
      const registration = await readJson(c, gatewayRegistrationSchema);
      const keyId = keyIdOf(fromHex(registration.publicKey));
      if (!(await store.addGateway({ ...registration, keyId }, clock.now()))) {
        throw new ProblemError('already-exists', 'This id or this key is registered otherwise.');
      }
      const enrolled: GatewayEnrolled = {
        gateway: registration.gateway,
        keyId,
        rootKey: keys.root.publicKey,
        streams: [CONTROL, RED, regionStream(keys.region)],
      };
      return c.json(enrolled);
    },
  });

  addRoute(app, {
    method: 'delete',
    path: '/v1/gateways/{gateway}',
    summary: 'Revoke a gateway: its requests are refused from now on.',
    callers: ['operator'],
    answer: z.strictObject({ revoked: z.literal(true) }),
    handler: async (c) => {
      const gateway = gatewayIdSchema.safeParse(c.req.param('gateway'));
      if (!gateway.success || !(await store.revokeGateway(gateway.data, clock.now()))) {
        throw new ProblemError('not-found');
      }
      return c.json({ revoked: true });
    },
  });
}
