import { regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import type { Accounts } from './accounts-port.ts';
import { makeCloud } from './app.ts';
import { keysOf, newKeyFile } from './keys.ts';
import { promMetrics } from './metrics.ts';
import { documentInfo } from './openapi.ts';
import type { Random, Store } from './ports.ts';

/** The OpenAPI document without a running cloud: every route is mounted, and none is called. */
export function apiDocument(random: Random): object {
  const { app } = makeCloud({
    store: {} as Store,
    clock: { now: () => epochMs(0) },
    timers: { after: () => () => undefined },
    random,
    log: { info: () => undefined, error: () => undefined },
    metrics: promMetrics({ process: false }),
    keys: keysOf(newKeyFile(regionIdSchema.parse('000000'), 'document', random)),
    staff: [],
    accounts: {} as Accounts,
    checkPack: async () => undefined,
  });
  return app.getOpenAPI31Document(documentInfo);
}
