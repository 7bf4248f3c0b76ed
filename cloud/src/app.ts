import { toHex } from '@greengate/contracts/bytes';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { StaffToken } from './access/bearer.ts';
import { accountRoutes } from './accounts/routes.ts';
import type { Accounts } from './accounts-port.ts';
import { auditRoutes } from './audit/routes.ts';
import { signAuditRoot } from './audit/trail.ts';
import { codeRoutes } from './codes/routes.ts';
import { nodeCrypto } from './crypto.ts';
import { declareRoutes } from './declare/routes.ts';
import type { Elsewhere } from './evidence-port.ts';
import { gatewayRoutes } from './gateways/routes.ts';
import { guard } from './guard.ts';
import { makeHealth } from './health.ts';
import { identityVault } from './identity.ts';
import { type CalendarData, workingCalendar } from './issue/calendar.ts';
import { chinaWorkingDays } from './issue/china-working-days.ts';
import { type IssuingDue, issueRoutes } from './issue/routes.ts';
import { ISSUING_RULES, type IssuingRules } from './issue/rules.ts';
import { workOnJobs } from './jobs.ts';
import { leaseMsMax } from './limits.ts';
import { CALLER_RATES, type CallerRates, makeCallers } from './load/callers.ts';
import type { NoticeChannels } from './notice-port.ts';
import { holderReference } from './notify/message.ts';
import { notifyRoutes } from './notify/routes.ts';
import { makeSender, type NoticeSender } from './notify/sender.ts';
import { documentInfo, securitySchemes } from './openapi.ts';
import type { CheckPack } from './pack-port.ts';
import { compiledOf, makePackSource } from './pack-source.ts';
import { packDecisionRoutes } from './packs/decisions.ts';
import { impactKind } from './packs/impact.ts';
import { makeRollout } from './packs/rollout.ts';
import { packRoutes } from './packs/routes.ts';
import { passageRoutes } from './passages/routes.ts';
import type { Clock, Keys, Log, Metrics, Random, Store, Timers } from './ports.ts';
import { ProblemError } from './problem.ts';
import { pseudonymDeadAt, pseudonymEpochAt } from './publish/pseudonym.ts';
import { publishAtBoot } from './replicate/control.ts';
import { makeReplicator, type Replicator } from './replicate/replicator.ts';
import { replicateRoutes } from './replicate/routes.ts';
import { rightsRoutes } from './rights/routes.ts';
import { addRoute, type CloudApp, type CloudEnv, STAFF_ROLES } from './route.ts';
import { scoreRoutes } from './score/routes.ts';
import { screenRoutes } from './screen/routes.ts';
import { sealer } from './sealer.ts';
import { makeStatuses, type Statuses } from './status.ts';

/** Everything that stands outside: main.ts gives the real ones, a simulation its own. */
export interface CloudDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly keys: Keys;
  readonly staff: readonly StaffToken[];
  readonly accounts: Accounts;
  readonly checkPack: CheckPack;
  /** How notices are sent; absent: they wait, and become dead letters. */
  readonly channels?: NoticeChannels;
  /** Other regions' platforms; absent: what operators post is all that is known of them. */
  readonly elsewhere?: Elsewhere;
  /** Where clients find us, as `https://host`; absent: as their Host header says. */
  readonly origin?: string;
  /** When the database was last restored from a backup: what came after it is lost, and gateways must not follow on. */
  readonly restoredAt?: EpochMs;
  /** When officers work; absent: the mainland's working days. */
  readonly calendar?: CalendarData;
  /** Periods and counts of issuing; absent: those that a fresh installation ships with. */
  readonly issuing?: IssuingRules;
  /** Whether a code must be applied for; else a declaration is enough. */
  readonly applicationNeeded?: boolean;
  /** How much each caller may ask for; absent: as limits.ts of load/ says. */
  readonly rates?: CallerRates;
}

export interface Cloud {
  readonly app: CloudApp;
  readonly statuses: Statuses;
  readonly replicator: Replicator;
  readonly issuing: IssuingDue;
  /** Does a part of a job, if there is one; false when there is none. */
  workOnJobs(stopped: () => boolean): Promise<boolean>;
  /** Deletes what has been kept for as long as it may be. */
  clearOut(stopped: () => boolean): Promise<void>;
  /** Signs where the audit log stands, once a day. */
  signAudit(): Promise<void>;
  /** Does what one process of all does for the region, unless another is at it. */
  asOnly(name: string, work: () => Promise<void>): Promise<void>;
  /** Whether an address has shown bad credentials so often that nothing it claims gives it priority. */
  isSuspect(address: string): boolean;
  readonly notices: NoticeSender;
  /** Publishes what gateways need before their first request. Call once before serving. */
  boot(): Promise<void>;
}

/** declare -> screen -> score -> publish -> replicate, behind HTTP. Deny by default: only /healthz and signing in are open. */
export function makeCloud(deps: CloudDeps): Cloud {
  const { store, keys, metrics, clock, timers, random } = deps;
  const vault = identityVault(keys.pseudonymKey, random);
  const sha256 = nodeCrypto.sha256;
  const replicator = makeReplicator({ ...deps, sha256 });
  const published = replicator.published;
  const packs = makePackSource({ store, clock, region: keys.region, sha256 });
  const { applicationNeeded = false } = deps;
  const scoring = { store, clock, timers, keys, packs, metrics, published, applicationNeeded };
  const statuses = makeStatuses(scoring);
  const { declare, rescore, current } = statuses;
  const owner = toHex(random.bytes(8));
  const { rescoreAll } = statuses;
  const rollout = makeRollout({ store, clock, log: deps.log, rescoreAll });
  const judgeBy = (pack: ScoringPack) => statuses.judgeBy(compiledOf(pack, sha256));
  const impact = impactKind({ store, clock, sha256, judgeBy });
  const kinds = { rescore: rescoreAll, impact, rollout: rollout.kind };
  const jobs = { store, clock, timers, owner, kinds, published };

  const app: CloudApp = new OpenAPIHono<CloudEnv>();
  const callers = makeCallers(deps.rates ?? CALLER_RATES);
  const answers = sealer(keys.pseudonymKey, 'greengate-idempotent-answers-1', random);
  guard(app, deps, callers, { store, clock, sealer: answers });
  serviceRoutes(app, deps);
  declareRoutes(app, { ...deps, vault, declare, rescore, current });
  screenRoutes(app, { store, vault, region: keys.region, rescore });
  auditRoutes(app, store);
  const forgetAccount = async (holder: string) => deps.accounts.forgetHolder(holder);
  rightsRoutes(app, { store, vault, clock, rescore, published, forgetAccount });
  scoreRoutes(app, { store, sha256, pack: packs.pack });
  const { checkPack } = deps;
  const packDeps = { store, clock, random, region: keys.region, sha256, checkPack, rollout };
  packRoutes(app, packDeps);
  packDecisionRoutes(app, packDeps);
  codeRoutes(app, { clock, keys, current, pseudonym: pseudonymOf(store) });
  replicateRoutes(app, { store, replicator, metrics });
  passageRoutes(app, { store, clock, crypto: nodeCrypto, metrics, rescore });
  gatewayRoutes(app, { store, clock, keys });
  const issuing = issueRoutes(app, { ...deskOf(deps), rescore });
  accountRoutes(app, { accounts: deps.accounts });
  const addresses = sealer(keys.pseudonymKey, 'greengate-notice-address-1', random);
  notifyRoutes(app, { store, clock, addresses, signer: keys.notices });
  return {
    app,
    statuses,
    replicator,
    issuing,
    clearOut: async (stopped) => void (await store.prune(clock.now(), stopped)),
    workOnJobs: async (stopped) => {
      await rollout.advance();
      return workOnJobs(jobs, stopped);
    },
    signAudit: () => signAuditRoot(store, clock, keys.root),
    asOnly: (name, work) => asOnly(deps, name, owner, work),
    isSuspect: (address) => callers.isSuspect(address, clock.now()),
    notices: makeSender({
      ...{ store, clock, random, metrics, addresses, region: keys.region },
      channels: deps.channels ?? {},
      reference: holderReference(keys.pseudonymKey),
    }),
    boot: async () => {
      await packs.install();
      await packs.prepare();
      const { restoredAt } = deps;
      if (restoredAt !== undefined) await store.beginEpoch(replicator.streams, epochOf(restoredAt));
      published(await publishAtBoot(store, keys));
    },
  };
}

/**
 * Seconds since 2020: above the epoch of any restore before, also of one that this restore took back. Two restores are
 * further apart than a second; of one epoch, the gateways would take the versions of the second for those of the first.
 */
function epochOf(restoredAt: EpochMs): number {
  return Math.max(2, Math.floor((restoredAt - Date.UTC(2020, 0)) / 1000));
}

function deskOf({ store, clock, random, log, keys, calendar, issuing }: CloudDeps) {
  return {
    ...{ store, clock, random, log, region: keys.region, rules: issuing ?? ISSUING_RULES },
    calendar: workingCalendar(calendar ?? chinaWorkingDays),
  };
}

function pseudonymOf(store: Store) {
  return async (holder: string, now: ReturnType<Clock['now']>) => {
    const epoch = pseudonymEpochAt(now);
    const sub = await store.pseudonym(holder, epoch);
    return sub && { sub, deadAt: pseudonymDeadAt(epoch) };
  };
}

/** A process that dies at it is followed by another when its lease ends. */
async function asOnly(
  { store, clock }: CloudDeps,
  name: string,
  owner: string,
  work: () => Promise<void>,
): Promise<void> {
  const now = clock.now();
  if (!(await store.takeLease(name, owner, now, epochMs(now + leaseMsMax)))) return;
  try {
    await work();
  } finally {
    await store.dropLease(name, owner);
  }
}

function serviceRoutes(app: CloudApp, { store, metrics, clock }: CloudDeps): void {
  const health = makeHealth(store, clock);
  for (const [name, scheme] of Object.entries(securitySchemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  addRoute(app, {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the database answers.',
    callers: ['anyone'],
    answer: z.strictObject({ status: z.literal('ok') }),
    handler: async (c) => {
      try {
        await health.check();
      } catch {
        throw new ProblemError('overloaded', 'The database does not answer.');
      }
      return c.json({ status: 'ok' });
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics for Prometheus.',
    callers: ['metrics', 'operator'],
    answer: 'text/plain',
    handler: async (c) => c.text(await metrics.render()),
  });
  addRoute(app, {
    method: 'get',
    path: '/openapi.json',
    summary: 'This interface, as OpenAPI 3.1.',
    callers: [...STAFF_ROLES],
    answer: z.looseObject({ openapi: z.string() }),
    handler: (c) => c.json(app.getOpenAPI31Document(documentInfo)),
  });
}
