import { toHex } from '@greengate/contracts/bytes';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { epochMs } from '@greengate/contracts/time';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Next } from 'hono';
import { routePath } from 'hono/route';
import { z } from 'zod';
import { type BearerDeps, bearerPrincipal, type StaffToken } from './access/bearer.ts';
import { verifyGatewayRequest } from './access/gateway-request.ts';
import { SECURITY_HEADERS } from './access/headers.ts';
import { isForeign, isUnnamed } from './access/origin.ts';
import { accountRoutes, isOpen } from './accounts/routes.ts';
import { type AccountPrincipal, type Accounts, SESSION_COOKIE } from './accounts-port.ts';
import { auditRoutes } from './audit/routes.ts';
import { auditTrail, signAuditRoot } from './audit/trail.ts';
import { hasBody, readBytes } from './body.ts';
import { codeRoutes } from './codes/routes.ts';
import { nodeCrypto } from './crypto.ts';
import { declareRoutes } from './declare/routes.ts';
import type { Elsewhere } from './evidence-port.ts';
import { gatewayRoutes } from './gateways/routes.ts';
import { type IdempotencyDeps, once } from './idempotency.ts';
import { identityVault } from './identity.ts';
import { type CalendarData, workingCalendar } from './issue/calendar.ts';
import { chinaWorkingDays } from './issue/china-working-days.ts';
import { type IssuingDue, issueRoutes } from './issue/routes.ts';
import { ISSUING_RULES, type IssuingRules } from './issue/rules.ts';
import { workOnJobs } from './jobs.ts';
import { leaseMsMax, passagesBodyBytesMax } from './limits.ts';
import { CALLER_RATES, type CallerRates, type Callers, makeCallers } from './load/callers.ts';
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
import { ProblemError, problemResponse } from './problem.ts';
import { pseudonymDeadAt, pseudonymEpochAt } from './publish/pseudonym.ts';
import { publishAtBoot } from './replicate/control.ts';
import { makeReplicator, type Replicator } from './replicate/replicator.ts';
import { replicateRoutes } from './replicate/routes.ts';
import { rightsRoutes } from './rights/routes.ts';
import { addRoute, type CloudApp, type CloudEnv, type Principal, STAFF_ROLES } from './route.ts';
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
  clearOut(): Promise<void>;
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
  const replicator = makeReplicator({ store, keys, metrics, clock, timers, sha256 });
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
  rightsRoutes(app, { store, vault, clock, published, forgetAccount });
  scoreRoutes(app, { store, sha256, pack: packs.pack });
  const { checkPack } = deps;
  const packDeps = { store, clock, random, region: keys.region, sha256, checkPack, rollout };
  packRoutes(app, packDeps);
  packDecisionRoutes(app, packDeps);
  codeRoutes(app, { clock, keys, current, pseudonym: pseudonymOf(store) });
  replicateRoutes(app, { store, replicator });
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
    clearOut: async () => void (await store.prune(clock.now())),
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
      published(await publishAtBoot(store, keys));
    },
  };
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

/** What every request passes before its route: headers, count, origin, credentials. */
function guard(app: CloudApp, deps: CloudDeps, callers: Callers, keyed: IdempotencyDeps): void {
  const { clock, log, metrics } = deps;
  app.use('*', async (c, next) => {
    const start = clock.now();
    await next();
    for (const [name, value] of SECURITY_HEADERS) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    if (isBodyLeft(c)) c.res.headers.set('connection', 'close');
    metrics.request(routePath(c, -1), c.req.method, c.res.status, clock.now() - start);
  });
  app.use('*', async (c, next) => {
    const own = deps.origin ?? new URL(c.req.url).origin;
    const { origin, 'sec-fetch-site': site } = c.req.header();
    if (isForeign(c.req.method, origin, site, own)) throw new ProblemError('origin-refused');
    // Whoever acts by a cookie is a browser, and a browser says where from.
    const withCookie = hasSession(c.req.header('cookie'));
    if (withCookie && isUnnamed(c.req.method, origin, site))
      throw new ProblemError('origin-refused');
    await next();
  });
  app.use('*', (c, next) => authenticate(c, next, deps, callers));
  app.use('*', (c, next) => {
    const principal = c.get('principal');
    // A gateway's request carries a nonce, and its events are numbered.
    if (principal === undefined || principal.kind === 'gateway') return next();
    if (principal.kind === 'staff') {
      const actor = { name: callerId(principal), role: principal.role };
      c.set('audit', auditTrail(deps.store, clock, actor));
    }
    return once(keyed, `${principal.kind}/${callerId(principal)}`)(c, next);
  });
  app.notFound(() => refuse(new ProblemError('not-found'), metrics));
  app.onError((error, c) => {
    if (error instanceof ProblemError) return refuse(error, metrics);
    log.error('a request failed', { route: routePath(c, -1), ...describeBug(error) });
    return refuse(new ProblemError('internal'), metrics);
  });
}

/** The rest of a body that nobody read stands in the way of the next request on the connection. */
function isBodyLeft(c: Context<CloudEnv>): boolean {
  if (c.get('body') !== undefined || c.req.method === 'GET') return c.res.status === 413;
  return hasBody(c);
}

async function authenticate(
  c: Context<CloudEnv>,
  next: Next,
  deps: CloudDeps,
  callers: Callers,
): Promise<void> {
  const { method, path } = c.req;
  if ((method === 'GET' && path === '/healthz') || isOpen(method, path)) return next();
  const principal = await known(c, deps, callers);
  const { kind } = principal;
  const id = callerId(principal);
  limitTo(callers.asked(kind, id, deps.clock.now()));
  if (!callers.entered(kind, id)) limitTo(1000);
  c.set('principal', principal);
  try {
    await next();
  } finally {
    callers.left(kind, id);
  }
}

/** Who sent it. Failing is counted by address, after the fact: so whoever shares it with a guesser still gets in. */
async function known(c: Context<CloudEnv>, deps: CloudDeps, callers: Callers): Promise<Principal> {
  try {
    const principal = await principalOf(c, deps);
    if (principal === undefined) throw new ProblemError('unauthenticated');
    return principal;
  } catch (error) {
    if (error instanceof ProblemError && isFailure(error)) {
      limitTo(callers.failed(c.env?.address ?? 'unknown', deps.clock.now()));
    }
    throw error;
  }
}

/** A clock that is off, a retry on the way and a body too long are troubles of somebody whose signature held. */
function isFailure({ code }: ProblemError): boolean {
  return code === 'unauthenticated' || code === 'request-signature-invalid';
}

function limitTo(waitMs: number): void {
  if (waitMs === 0) return;
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  throw new ProblemError('rate-limited', undefined, { retryAfterSeconds });
}

function callerId(principal: Principal): string {
  if (principal.kind === 'holder') return principal.holder;
  if (principal.kind === 'gateway') return principal.keyId;
  return principal.account?.id ?? principal.name;
}

async function principalOf(
  c: Context<CloudEnv>,
  { store, staff, clock, origin, accounts }: CloudDeps,
): Promise<Principal | undefined> {
  const input = c.req.header('signature-input');
  const authorization = c.req.header('authorization');
  const cookie = c.req.header('cookie');
  const session = hasSession(cookie);
  // Two kinds of credentials at once are two answers to the question who asks.
  if (Number(input !== undefined) + Number(authorization !== undefined) + Number(session) > 1) {
    return undefined;
  }
  if (session) return sessionPrincipal(await accounts.principalOf(cookie));
  if (authorization !== undefined) {
    const bearer: BearerDeps = {
      staff,
      sha256: nodeCrypto.sha256,
      holderByToken: (hash) => store.holderByToken(hash),
    };
    return bearerPrincipal(authorization, bearer);
  }
  if (input === undefined) return undefined;
  const request = {
    method: c.req.method,
    targetUri: targetUri(c.req.url, origin),
    signatureInput: input,
    signature: c.req.header('signature'),
    contentDigest: c.req.header('content-digest'),
    body: () => readBytes(c, passagesBodyBytesMax),
  };
  const by = await verifyGatewayRequest(request, store, nodeCrypto, clock.now());
  c.set('body', by.body);
  const { gateway, keyId } = by.gateway;
  return { kind: 'gateway', gateway, keyId };
}

function hasSession(cookie: string | undefined): boolean {
  return cookie?.split(/; */).some((one) => one.startsWith(`${SESSION_COOKIE}=`)) ?? false;
}

function sessionPrincipal(found: AccountPrincipal | undefined): Principal | undefined {
  if (found?.kind !== 'staff') return found;
  const { account } = found;
  return { kind: 'staff', name: account.name, role: account.role, account };
}

/** Behind a proxy our own URL has another scheme and host than the one that was signed; the path is the same. */
function targetUri(url: string, origin: string | undefined): string {
  if (origin === undefined) return url;
  return origin + url.slice(url.indexOf('/', url.indexOf('//') + 2));
}

function serviceRoutes(app: CloudApp, { store, metrics }: CloudDeps): void {
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
        await store.ping();
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

function refuse(problem: ProblemError, metrics: Metrics): Response {
  metrics.refused(problem.code);
  return problemResponse(problem);
}

/** A bug in words that hold no data: messages of database errors quote what was bound. */
function describeBug(error: Error): { name: string; at: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { name: error.name, at: frames.slice(0, 5).join(' <').replaceAll('    at ', ' ') };
}
