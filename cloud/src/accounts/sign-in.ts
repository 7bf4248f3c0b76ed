import { SESSION_COOKIE, type SignInRequest } from '../accounts-port.ts';
import type { Log } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import type { Attempts } from './attempts.ts';
import { COOKIES, type Library } from './library.ts';
import { type LiveSession, ownCookies } from './sessions.ts';

export interface SignInDeps {
  readonly auth: Library;
  readonly attempts: Attempts;
  readonly log: Log;
  readonly origin: string;
  readonly live: (cookie: string | undefined) => Promise<LiveSession | undefined>;
}

/** Where a browser lands after the identity provider. */
const SIGNED_IN = '/';
const NOT_SIGNED_IN = '/?sign-in=refused';

/**
 * Passes a request on to the library, made anew from what passed its schema: no header of the client but our own
 * cookies. The answer is made anew as well, so that nobody learns from it who exists, and no token stands in a body.
 */
export function signIn(deps: SignInDeps): (request: SignInRequest) => Promise<Response> {
  return async (request) => {
    const { path, body, address } = request;
    await deps.attempts.spend('address', address);
    if (body['username'] !== undefined) {
      await deps.attempts.spend('account', body['username']);
    }
    const live = await deps.live(request.cookie);
    if (live && isGuessable(path)) await deps.attempts.spend('account', live.user.id);
    const cookies = ownCookies(request.cookie).filter(
      // A session that is over must not be taken for one by the library, which knows other limits.
      (one) => live !== undefined || !one.startsWith(`${SESSION_COOKIE}=`),
    );
    const answer = await deps.auth.handler(forLibrary(request, deps.origin, cookies));
    if (path.startsWith('/callback/')) return afterProvider(answer, deps);
    const result = await bodyOf(answer);
    if (!answer.ok) throw refusalOf(answer.status, result, deps.log);
    await afterSuccess(path, live, result, deps);
    return Response.json(shown(path, result), { headers: cookiesOf(answer) });
  };
}

function isGuessable(path: string): boolean {
  return path !== '/sign-out';
}

function forLibrary({ path, body, query }: SignInRequest, origin: string, cookies: string[]) {
  const headers = new Headers({ origin, 'content-type': 'application/json' });
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
  const url = `${origin}/api/auth${path}${query === undefined ? '' : `?${query}`}`;
  if (query !== undefined) return new Request(url, { headers });
  return new Request(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

type Result = Readonly<Record<string, unknown>>;

async function bodyOf(answer: Response): Promise<Result> {
  try {
    return (await answer.json()) as Result;
  } catch {
    return {};
  }
}

/** One refusal whatever did not fit: a name, a password, a code, a challenge that is over. */
function refusalOf(status: number, { code }: Result, log: Log): ProblemError {
  if (status >= 500) {
    log.error('a sign-in failed', { status });
    return new ProblemError('internal');
  }
  if (code === 'TOTP_ALREADY_ENABLED') return new ProblemError('already-exists');
  if (status === 429) return new ProblemError('rate-limited');
  return new ProblemError('credentials-refused');
}

async function afterSuccess(
  path: string,
  live: LiveSession | undefined,
  result: Result,
  { auth, attempts }: SignInDeps,
): Promise<void> {
  const user = result['user'] as { id: string; username?: string | null } | undefined;
  if (path.startsWith('/two-factor/verify-') && user) {
    await attempts.forget('account', user.username ?? '');
    // Enrolled: what was begun by a password alone is over, here and elsewhere.
    const where = [
      { field: 'userId', value: user.id },
      { field: 'secondFactor', value: false },
    ];
    await auth.tables.deleteMany({ model: 'session', where });
  }
  if (path === '/change-password' && live) {
    const where = [
      { field: 'userId', value: live.user.id },
      { field: 'id', operator: 'ne' as const, value: live.session.id },
    ];
    await auth.tables.deleteMany({ model: 'session', where });
  }
}

/** What the client is told. The library's own answer holds the session's token, and the whole user. */
function shown(path: string, result: Result): object {
  switch (path) {
    case '/sign-in/username':
      return { next: result['twoFactorRedirect'] === true ? 'second-factor' : 'enrol' };
    case '/sign-in/social':
      return { url: result['url'] };
    case '/two-factor/enable':
      return { totpUri: result['totpURI'], backupCodes: result['backupCodes'] };
    case '/two-factor/generate-backup-codes':
      return { backupCodes: result['backupCodes'] };
    default:
      return { next: 'done' };
  }
}

function cookiesOf(answer: Response): Headers {
  const headers = new Headers();
  for (const one of answer.headers.getSetCookie()) {
    if (COOKIES.some((name) => one.startsWith(`${name}=`))) headers.append('set-cookie', one);
  }
  return headers;
}

/** Back to a page of ours, wherever the library would have sent the browser. */
function afterProvider(answer: Response, { log }: SignInDeps): Response {
  const target = answer.headers.get('location');
  const done = answer.status === 302 && target === SIGNED_IN;
  if (!done) log.info('a sign-in through the identity provider was refused');
  const headers = done ? cookiesOf(answer) : new Headers();
  headers.set('location', done ? SIGNED_IN : NOT_SIGNED_IN);
  return new Response(null, { status: 302, headers });
}
