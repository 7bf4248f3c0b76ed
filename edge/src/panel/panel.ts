import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { GatewayMetrics } from './metrics.ts';
import { statusPage } from './page.ts';
import type { GatewayStatus } from './status.ts';

export interface Panel {
  readonly port: number;
  close(): Promise<void>;
}

/** The local page for technician and attendant. It has no sign-in, so it answers on loopback only. */
export async function startPanel(
  address: { host: string; port: number },
  status: () => Promise<GatewayStatus>,
  metrics: GatewayMetrics,
): Promise<Panel> {
  const app = new Hono();
  app.use(async (c, next) => {
    // A page of another origin must not read it through a rebound name (DNS rebinding).
    const host = c.req.header('host')?.replace(/:\d+$/, '');
    if (host !== '127.0.0.1' && host !== 'localhost' && host !== '[::1]') return c.text('', 403);
    await next();
    c.header('cache-control', 'no-store');
    c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    c.header('x-content-type-options', 'nosniff');
    return undefined;
  });
  // 200 while the lanes decide: who restarts a gateway for a bad disk takes what it keeps in memory from it.
  app.get('/healthz', async (c) =>
    c.json({ status: (await status()).journal.answers ? 'ok' : 'degraded' }),
  );
  app.get('/status.json', async (c) => c.json(await status()));
  app.get('/', async (c) => c.html(statusPage(await status())));
  app.get('/metrics', async (c) => {
    const now = await status();
    metrics.set({
      pending: now.outbox.pending,
      replicaAgeSeconds: now.replica.ageMs === null ? Number.NaN : now.replica.ageMs / 1000,
      bucketsWrong: now.replica.check.wrong,
      bucketsMended: now.replica.check.mended,
      cloudReachable: now.cloud.reachable,
      recordsLate: now.journal.late,
      recordsFailed: now.journal.failed,
      recordsWaiting: now.journal.waiting,
      recordsLost: now.journal.lost,
      safeMode: now.safeMode.active,
      crashes: now.safeMode.crashes,
      clockSkewSeconds: now.clock.skewMs === null ? Number.NaN : now.clock.skewMs / 1000,
      clockTrust: now.clock.trust,
      staleness: now.replica.staleness,
      devices: now.devices,
    });
    return c.text(await metrics.text());
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: address.host, port: address.port }, (info) =>
      resolve({
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
    server.once('error', reject);
  });
}
