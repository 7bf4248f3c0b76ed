import type { Context, Next } from 'hono';
import { routePath } from 'hono/route';
import { type BearerDeps, bearerPrincipal, type StaffToken } from './access/bearer.ts';
import { verifyBody, verifyHead } from './access/gateway-request.ts';
import { isForeign, isUnnamed } from './access/origin.ts';
import { isOpen } from './accounts/routes.ts';
import { type AccountPrincipal, type Accounts, SESSION_COOKIE } from './accounts-port.ts';
import { auditTrail } from './audit/trail.ts';
import { hasBody, readBytes } from './body.ts';
import { nodeCrypto } from './crypto.ts';
import { type IdempotencyDeps, once } from './idempotency.ts';
import { passagesBodyBytesMax } from './limits.ts';
import type { Callers, PresentKind } from './load/callers.ts';
import type { Clock, Log, Metrics, Store } from './ports.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { ADMIT_PATH, type CloudApp, type CloudEnv, type Principal } from './route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface GuardDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly staff: readonly StaffToken[];
  readonly accounts: Accounts;
  /** Where clients find us, as `https://host`; absent: as their Host header says. */
  readonly origin?: string;
}

/** What every request passes before its route: headers, count, origin, credentials. */
export function guard(
  app: CloudApp,
  deps: GuardDeps,
  callers: Callers,
  keyed: IdempotencyDeps,
): void {
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
  deps: GuardDeps,
  callers: Callers,
): Promise<void> {
  const { method, path } = c.req;
  const address = c.env?.address ?? 'unknown';
  if (method === 'GET' && path === '/healthz') return present(c, callers, 'prober', address, next);
  if (isOpen(method, path)) return present(c, callers, 'stranger', address, next);
  const { principal, confirm } = await counted(callers, address, deps, () => claimed(c, deps));
  const { kind } = principal;
  const id = callerId(principal);
  const isPerson = principal.kind === 'staff' && principal.account !== undefined;
  await present(c, callers, isPerson ? 'person' : kind, id, async () => {
    if (confirm) await counted(callers, address, deps, confirm);
    limitTo(callers.asked(kind, id, deps.clock.now()));
    c.set('principal', principal);
    await next();
  });
}

/** Somebody's request takes one of their places from before its body is read until its answer has left. */
async function present(
  c: Context<CloudEnv>,
  callers: Callers,
  kind: PresentKind,
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  if (!callers.entered(kind, id)) limitTo(1000);
  try {
    await work();
  } finally {
    const leave = () => callers.left(kind, id);
    // Whoever asks for much and reads none of it is at it for as long as that takes.
    if (c.env?.answered === undefined) leave();
    else void c.env.answered.then(leave);
  }
}

/** Failing is counted by address, after the fact: so whoever shares it with a guesser still gets in. */
async function counted<T>(
  callers: Callers,
  address: string,
  { clock }: GuardDeps,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError && FAILURES.has(error.code)) {
      limitTo(callers.failed(address, clock.now()));
    }
    throw error;
  }
}

/**
 * What nobody does for long by mistake: a gateway backs off when its clock is off or a retry crosses its request. A body
 * that is too long, or broken, is the trouble of somebody whose signature holds.
 */
const FAILURES: ReadonlySet<string> = new Set([
  'unauthenticated',
  'request-signature-invalid',
  'request-expired',
  'request-replayed',
  'gateway-revoked',
]);

interface Claimed {
  readonly principal: Principal;
  /** Reads the body that was signed with the head, and checks it; absent where no body vouches for anybody. */
  readonly confirm?: () => Promise<void>;
}

async function claimed(c: Context<CloudEnv>, deps: GuardDeps): Promise<Claimed> {
  const found = await claimOf(c, deps);
  if (found === undefined) throw new ProblemError('unauthenticated');
  return 'kind' in found ? { principal: found } : found;
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

async function claimOf(
  c: Context<CloudEnv>,
  deps: GuardDeps,
): Promise<Principal | Claimed | undefined> {
  const { store, staff, accounts } = deps;
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
  return input === undefined ? undefined : gatewayClaim(c, input, deps);
}

async function gatewayClaim(
  c: Context<CloudEnv>,
  input: string,
  { store, clock, origin }: GuardDeps,
): Promise<Claimed> {
  const request = {
    method: c.req.method,
    targetUri: targetUri(signedUrl(c), origin),
    signatureInput: input,
    signature: c.req.header('signature'),
    contentDigest: c.req.header('content-digest'),
  };
  const head = await verifyHead(request, store, nodeCrypto, clock.now());
  const { gateway, keyId } = head.gateway;
  return {
    principal: { kind: 'gateway', gateway, keyId },
    confirm: async () => {
      const body = await readBytes(c, passagesBodyBytesMax);
      await verifyBody(request, head, body, store, nodeCrypto, clock.now());
    },
  };
}

function hasSession(cookie: string | undefined): boolean {
  return cookie?.split(/; */).some((one) => one.startsWith(`${SESSION_COOKIE}=`)) ?? false;
}

function sessionPrincipal(found: AccountPrincipal | undefined): Principal | undefined {
  if (found?.kind !== 'staff') return found;
  const { account } = found;
  return { kind: 'staff', name: account.name, role: account.role, account };
}

/** A relay asks about a request that it keeps to itself: what that was signed for it says beside. */
function signedUrl(c: Context<CloudEnv>): string {
  const original = c.req.path === ADMIT_PATH ? c.req.header('x-original-uri') : undefined;
  return original?.startsWith('/') ? new URL(c.req.url).origin + original : c.req.url;
}

/** Behind a proxy our own URL has another scheme and host than the one that was signed; the path is the same. */
function targetUri(url: string, origin: string | undefined): string {
  if (origin === undefined) return url;
  return origin + url.slice(url.indexOf('/', url.indexOf('//') + 2));
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
