import type { Context } from 'hono';
import { z } from 'zod';
import {
  ACCOUNT_ROLES,
  type Accounts,
  type StaffOutcome,
  type StaffRequest,
} from '../accounts-port.ts';
import { readJson } from '../body.ts';
import { callbackQueryCharsMax } from '../limits.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, type CloudEnv, type RouteSpec } from '../route.ts';
import {
  activationSchema,
  callbackQuerySchema,
  codeSchema,
  createStaffSchema,
  enrolmentSchema,
  meSchema,
  nextSchema,
  nothingSchema,
  passwordChangeSchema,
  passwordSchema,
  recoverySchema,
  signInSchema,
  staffListSchema,
  staffOutcomeSchema,
  staffRequestsSchema,
} from './wire.ts';

export interface AccountRoutesDeps {
  readonly accounts: Accounts;
}

/** Signing in with all that belongs to it, and the staff. Of the library's own paths those named here exist, no other. */
export function accountRoutes(app: CloudApp, deps: AccountRoutesDeps): void {
  signInRoutes(app, deps);
  secondFactorRoutes(app, deps);
  providerRoutes(app, deps);
  staffRoutes(app, deps);
  requestRoutes(app, deps);
}

const OPEN = new Set([
  'POST /api/auth/sign-in/username',
  'POST /api/auth/sign-in/social',
  'POST /api/auth/two-factor/verify-totp',
  'POST /api/auth/two-factor/verify-backup-code',
  'POST /v1/staff/activate',
]);

/** Whether a request comes before anyone can be known. */
export function isOpen(method: string, path: string): boolean {
  const callback = method === 'GET' && /^\/api\/auth\/callback\/[a-z0-9-]{1,32}$/.test(path);
  return callback || OPEN.has(`${method} ${path}`);
}

/** Mounts a path of the library whose body is flat text. */
function mount(
  app: CloudApp,
  { accounts }: AccountRoutesDeps,
  path: string,
  spec: Pick<RouteSpec, 'summary' | 'callers' | 'answer'> & {
    readonly body: z.ZodType<Record<string, string>>;
    /** What the library wants beside the body. */
    readonly also?: Readonly<Record<string, string>>;
  },
): void {
  const { also, ...route } = spec;
  addRoute(app, {
    method: 'post',
    path: `/api/auth${path}`,
    ...route,
    handler: async (c) => {
      const body = { ...(await readJson(c, spec.body)), ...also };
      return accounts.handle({ path, body, cookie: c.req.header('cookie'), address: addressOf(c) });
    },
  });
}

function signInRoutes(app: CloudApp, deps: AccountRoutesDeps): void {
  mount(app, deps, '/sign-in/username', {
    summary:
      'Sign in, first step: answers what comes next. The same refusal whoever does not exist.',
    callers: ['anyone'],
    body: signInSchema,
    answer: nextSchema,
  });
  mount(app, deps, '/sign-out', {
    summary: 'End this session.',
    callers: [...ACCOUNT_ROLES, 'enrolling', 'holder'],
    body: nothingSchema,
    answer: nextSchema,
  });
  mount(app, deps, '/change-password', {
    summary: 'A new password; all other sessions end.',
    callers: [...ACCOUNT_ROLES],
    body: passwordChangeSchema,
    answer: nextSchema,
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/staff/activate',
    summary: 'Set the first password with the secret of an invitation, or with both its halves.',
    callers: ['anyone'],
    body: activationSchema,
    answer: nextSchema,
    handler: async (c) => {
      const { username, secret, second, password } = await readJson(c, activationSchema);
      const secrets = second === undefined ? [secret] : [secret, second];
      await deps.accounts.activate(username, secrets, password, addressOf(c));
      return c.json({ next: 'sign-in' });
    },
  });
}

function secondFactorRoutes(app: CloudApp, deps: AccountRoutesDeps): void {
  mount(app, deps, '/two-factor/enable', {
    summary: 'Begin to enrol an authenticator: its secret and ten recovery codes, shown once.',
    callers: ['enrolling'],
    body: passwordSchema,
    answer: enrolmentSchema,
  });
  mount(app, deps, '/two-factor/verify-totp', {
    summary: 'The code of an authenticator: ends enrolment, or the second step of signing in.',
    callers: ['anyone'],
    body: codeSchema,
    answer: nextSchema,
  });
  mount(app, deps, '/two-factor/verify-backup-code', {
    summary: 'A recovery code, once, in the place of the authenticator.',
    callers: ['anyone'],
    body: recoverySchema,
    answer: nextSchema,
  });
  mount(app, deps, '/two-factor/generate-backup-codes', {
    summary: 'New recovery codes; the old ones are void.',
    callers: [...ACCOUNT_ROLES],
    body: passwordSchema,
    answer: z.strictObject({ backupCodes: z.array(z.string()) }),
  });
}

function providerRoutes(app: CloudApp, deps: AccountRoutesDeps): void {
  const { accounts } = deps;
  mount(app, deps, '/sign-in/social', {
    summary:
      'Sign in as a holder through the identity provider: answers where to send the browser.',
    callers: ['anyone'],
    body: z.strictObject({ provider: z.string().regex(/^[a-z0-9-]{1,32}$/) }),
    also: { callbackURL: '/', errorCallbackURL: '/' },
    answer: z.strictObject({ url: z.url() }),
  });
  addRoute(app, {
    method: 'get',
    path: '/api/auth/callback/{provider}',
    summary: 'Where the identity provider sends the browser back to.',
    callers: ['anyone'],
    query: callbackQuerySchema,
    answer: 'text/plain',
    handler: (c) => {
      const query = new URL(c.req.url).search.slice(1);
      if (query.length > callbackQueryCharsMax) throw new ProblemError('request-invalid');
      const path = `/callback/${c.req.param('provider')}`;
      const cookie = c.req.header('cookie');
      return accounts.handle({ path, body: {}, query, cookie, address: addressOf(c) });
    },
  });
}

function staffRoutes(app: CloudApp, { accounts: { staff } }: AccountRoutesDeps): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/me',
    summary: 'Who one is here.',
    callers: [...ACCOUNT_ROLES, 'holder', 'registrar', 'metrics'],
    answer: meSchema,
    handler: (c) => c.json(describeCaller(c)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/staff',
    summary: 'Everybody on the staff, by what they sign in with.',
    callers: ['operator', 'auditor'],
    answer: staffListSchema,
    handler: async (c) => c.json({ staff: await staff.list() }),
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/staff',
    summary: 'Put somebody on the staff. Operators, auditors and officers need a second operator.',
    callers: ['operator'],
    body: createStaffSchema,
    answer: staffOutcomeSchema,
    handler: async (c) => {
      const person = await readJson(c, createStaffSchema);
      return c.json(told(await staff.create(person, callingAccount(c))));
    },
  });
  const acts = {
    reset: 'Void password and authenticator, end the sessions, invite anew.',
    enable: 'Let a disabled person in again.',
  } as const;
  for (const act of ['reset', 'enable'] as const) {
    addRoute(app, {
      method: 'post',
      path: `/v1/staff/{id}/${act}`,
      summary: `${acts[act]} Operators, auditors and officers need a second operator.`,
      callers: ['operator'],
      answer: staffOutcomeSchema,
      handler: async (c) => c.json(told(await staff[act](idOf(c), callingAccount(c)))),
    });
  }
  addRoute(app, {
    method: 'post',
    path: '/v1/staff/{id}/disable',
    summary: 'Take all rights away, now: sessions end with their next request.',
    callers: ['operator'],
    answer: z.strictObject({ disabled: z.literal(true) }),
    handler: async (c) => {
      await staff.disable(idOf(c), callingAccount(c));
      return c.json({ disabled: true });
    },
  });
}

function requestRoutes(app: CloudApp, { accounts: { staff } }: AccountRoutesDeps): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/staff/requests',
    summary: 'What waits for a second operator.',
    callers: ['operator', 'auditor'],
    answer: staffRequestsSchema,
    handler: async (c) => {
      const requests: readonly StaffRequest[] = await staff.requests();
      return c.json({ requests });
    },
  });
  addRoute(app, {
    method: 'post',
    path: '/v1/staff/requests/{id}/approve',
    summary: "Approve what another operator asked for. Not one's own.",
    callers: ['operator'],
    answer: staffOutcomeSchema,
    handler: async (c) => {
      const by = callingAccount(c);
      if (by === undefined) throw new ProblemError('forbidden', 'Sign in as yourself for this.');
      return c.json(told(await staff.approve(idOf(c), by)));
    },
  });
}

function callingAccount(c: Context<CloudEnv>): string | undefined {
  const principal = c.get('principal');
  return principal?.kind === 'staff' ? principal.account?.id : undefined;
}

/** Whom tries are counted by. */
function addressOf(c: Context<CloudEnv>): string {
  return c.env?.address ?? 'unknown';
}

function idOf(c: Context<CloudEnv>): string {
  const id = c.req.param('id') ?? '';
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new ProblemError('not-found');
  return id;
}

function told(outcome: StaffOutcome): z.infer<typeof staffOutcomeSchema> {
  if (outcome.kind === 'waiting') {
    const { request: waiting, half } = outcome;
    return half === undefined ? { waiting } : { waiting, half };
  }
  const { id, invitation } = outcome;
  if (invitation === undefined) return { id };
  const { secret, isHalf, until } = invitation;
  return { id, invitation: { secret, isHalf, until } };
}

function describeCaller(c: Context<CloudEnv>): z.infer<typeof meSchema> {
  const principal = c.get('principal');
  if (principal?.kind === 'holder') return { kind: 'holder', holder: principal.holder };
  if (principal?.kind !== 'staff') throw new ProblemError('forbidden');
  const { name, role, account } = principal;
  if (account === undefined) return { kind: 'service', name, role };
  return { kind: 'staff', id: account.id, name, role, areas: [...account.areas] };
}
