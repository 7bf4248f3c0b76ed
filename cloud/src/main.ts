import { createHmac, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { epochMs } from '@greengate/contracts/time';
import { openAccounts } from './accounts/accounts.ts';
import type { Accounts } from './accounts-port.ts';
import { type Cloud, makeCloud } from './app.ts';
import { mailChannel } from './channels/mail.ts';
import { webhookChannel } from './channels/webhook.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { bindHolder } from './declare/bind-holder.ts';
import { type Caller, makeHttpServer } from './http-server.ts';
import { identityVault } from './identity.ts';
import { jobLoopsCount } from './jobs.ts';
import { dueRowsMax } from './limits.ts';
import { pinoLog } from './log.ts';
import { promMetrics } from './metrics.ts';
import type { NoticeChannels } from './notice-port.ts';
import { packThread } from './pack-thread.ts';
import type { Clock, Log, Loop, Random, Store, Timers } from './ports.ts';
import { openDatabase } from './store/store.ts';

const EXIT_CONFIG = 2;
const DRAIN_MS = 5000;
const IDLE_CHECK_MS = 50;
const JOB_PAUSE_MS = 500;
// How much later than its own a gateway hears of a change that another process published.
const LOOK_MS = 250;
const NOTICES_MS = 2000;

const clock: Clock = { now: () => epochMs(Date.now()) };
const timers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
async function start(config: Config, log: Log): Promise<void> {
  const { keys, staff, origin, proxies, shed } = config;
  const database = await openDatabase(config.databaseUrl);
  const loop: Loop = {
    now: () => performance.now(),
    // Timers come after what was put off by setImmediate.
    afterTurn: (callback) => void setImmediate(() => setTimeout(callback, 0)),
    hurry: () => database.hurry(),
  };
  const random: Random = { bytes: (count) => randomBytes(count) };
  const metrics = promMetrics({ process: true });
  const store = database.forRegion(keys.region);
  const accounts = await accountsOf(config, store, random, log);
  const cloud = makeCloud({
    store,
    clock,
    timers,
    random,
    log,
    metrics,
    keys,
    staff,
    accounts,
    channels: channelsOf(config),
    issuing: config.issuing,
    applicationNeeded: config.applicationNeeded,
    ...(config.restoredAt === undefined ? {} : { restoredAt: config.restoredAt }),
    ...(config.calendar === undefined ? {} : { calendar: config.calendar }),
    checkPack: packThread(new URL('./pack-worker.js', import.meta.url), timers),
    ...(origin === undefined ? {} : { origin }),
  });
  await cloud.boot();
  let stopping = false;
  const stopped = () => stopping;
  const works = [
    everySoOften(config.sealSeconds * 1000, () => doDueWork(cloud, log, stopped)),
    ...Array.from({ length: jobLoopsCount(database.engine) }, () =>
      everySoOften(JOB_PAUSE_MS, () => doJobs(cloud, log, stopped)),
    ),
    everySoOften(LOOK_MS, () => lookForChanges(cloud, log)),
    everySoOften(NOTICES_MS, () => sendNotices(cloud, log)),
  ];
  const { app, isSuspect } = cloud;
  const fetch = (request: Request, caller: Caller) => app.fetch(request, caller);
  const server = makeHttpServer({ fetch, isSuspect, loop, random, metrics, proxies, shed });
  server.listen(config.port, config.host, () => {
    log.info('listening', { port: (server.address() as AddressInfo).port, region: keys.region });
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.error('cannot listen', { code: error.code ?? error.name });
    process.exit(1);
  });

  const stop = async () => {
    log.info('stopping');
    cloud.notices.stop();
    stopping = true;
    await Promise.all([closed(server, cloud), ...works.map((work) => work.stop())]);
    await database.close();
    await accounts.close();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}

/** The key of the identity vault is the one that leaves no cloud; what signs sessions is derived from it. */
function accountsOf(config: Config, store: Store, random: Random, log: Log): Promise<Accounts> {
  const { pseudonymKey } = config.keys;
  return openAccounts({
    url: config.accountsUrl,
    clock,
    random,
    log,
    secret: createHmac('sha256', pseudonymKey).update('greengate-accounts-1').digest(),
    origin: config.origin ?? `http://${config.host}`,
    provider: config.provider,
    holderOf: bindHolder({ store, vault: identityVault(pseudonymKey, random), clock, random }),
  });
}

/** What is due, by whichever process gets to it first. */
async function doDueWork(cloud: Cloud, log: Log, stopped: () => boolean): Promise<void> {
  const { statuses, replicator } = cloud;
  const attempt = (name: string, work: () => Promise<void>) =>
    work().catch((error: unknown) =>
      log.error('due work failed', {
        work: name,
        name: error instanceof Error ? error.name : 'unknown',
      }),
    );
  await attempt('issuing', () =>
    cloud.asOnly('issuing', async () => {
      while (!stopped() && (await cloud.issuing.doDue(dueRowsMax)) > 0) {
        await new Promise((next) => setImmediate(next));
      }
    }),
  );
  await attempt('rescore', () =>
    cloud.asOnly('rescore', async () => {
      while (!stopped() && (await statuses.rescoreDue()) > 0) {
        await new Promise((next) => setImmediate(next));
      }
    }),
  );
  // Whoever cannot be scored must not keep the changes of all the others from the gates.
  await attempt('clear out', () => cloud.asOnly('clear-out', () => cloud.clearOut(stopped)));
  await attempt('audit', () => cloud.asOnly('audit', () => cloud.signAudit()));
  await attempt('seal', () => cloud.asOnly('seal', () => replicator.sealDue()));
}

async function lookForChanges({ replicator }: Cloud, log: Log): Promise<void> {
  await replicator.look().catch(() => log.error('cannot look for changes', {}));
}

async function doJobs(cloud: Cloud, log: Log, stopped: () => boolean): Promise<void> {
  try {
    while (!stopped() && (await cloud.workOnJobs(stopped))) {}
  } catch (error) {
    log.error('a job failed', { name: error instanceof Error ? error.name : 'unknown' });
  }
}

function channelsOf({ keys, mail, noticeNetworks: networks }: Config): NoticeChannels {
  return {
    webhook: webhookChannel({ signer: keys.notices, clock, networks }),
    ...(mail === undefined ? {} : { mail: mailChannel({ ...mail, region: keys.region }) }),
  };
}

async function sendNotices({ notices }: Cloud, log: Log): Promise<void> {
  try {
    while ((await notices.sendDue()) > 0);
  } catch (error) {
    log.error('notices failed', { name: error instanceof Error ? error.name : 'unknown' });
  }
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
