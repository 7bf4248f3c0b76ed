import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { epochMs } from '@greengate/contracts/time';
import { serve } from '@hono/node-server';
import { type Cloud, makeCloud } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { pinoLog } from './log.ts';
import { promMetrics } from './metrics.ts';
import type { Clock, Log, Timers } from './ports.ts';
import { openDatabase } from './store/store.ts';

const EXIT_CONFIG = 2;
const DRAIN_MS = 5000;
const IDLE_CHECK_MS = 50;
const REQUEST_MS = 30_000;

const clock: Clock = { now: () => epochMs(Date.now()) };
const timers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

async function start(config: Config, log: Log): Promise<void> {
  const { keys, staff, origin } = config;
  const database = await openDatabase(config.databaseUrl);
  const cloud = makeCloud({
    store: database.forRegion(keys.region),
    clock,
    timers,
    random: { bytes: (count) => randomBytes(count) },
    log,
    metrics: promMetrics({ process: true }),
    keys,
    staff,
    ...(origin === undefined ? {} : { origin }),
  });
  await cloud.boot();
  const work = everySoOften(config.sealSeconds * 1000, () => doDueWork(cloud, log));
  const server = serve(
    { fetch: cloud.app.fetch, hostname: config.host, port: config.port },
    ({ port }) => log.info('listening', { port, region: keys.region }),
  ) as Server;
  server.requestTimeout = REQUEST_MS;
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.error('cannot listen', { code: error.code ?? error.name });
    process.exit(1);
  });

  const stop = async () => {
    log.info('stopping');
    await Promise.all([closed(server, cloud), work.stop()]);
    await database.close();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}

async function doDueWork({ statuses, replicator }: Cloud, log: Log): Promise<void> {
  const failed = (error: unknown) =>
    log.error('due work failed', { name: error instanceof Error ? error.name : 'unknown' });
  try {
    while ((await statuses.rescoreDue()) > 0) await new Promise((next) => setImmediate(next));
  } catch (error) {
    failed(error);
  }
  // Whoever cannot be scored must not keep the changes of all the others from the gates.
  await replicator.sealDue().catch(failed);
}

/** Runs `work` at once and again after each pause; `stop` waits for a run that is under way. */
function everySoOften(ms: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = Promise.resolve();
  const turn = (): void => {
    running = work().then(() => {
      if (!stopped) timer = setTimeout(turn, ms);
    });
  };
  turn();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}

/** Stops accepting, ends the held tails, and lets the rest finish for a while. */
async function closed(server: Server, { replicator }: Cloud): Promise<void> {
  const ended = new Promise<void>((done) => server.close(() => done()));
  replicator.endTails();
  // A kept-alive connection is idle only after its last answer went out.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await ended;
  clearInterval(idle);
  clearTimeout(late);
}

try {
  await start(readConfig(process.env), pinoLog());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_CONFIG;
}
