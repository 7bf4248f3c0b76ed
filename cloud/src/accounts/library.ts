import { APIError, type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth';
import { symmetricDecrypt } from 'better-auth/crypto';
import { genericOAuth, twoFactor, username } from 'better-auth/plugins';
import { SESSION_COOKIE } from '../accounts-port.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { withHashedTokens } from './hashed-tokens.ts';
import {
  type HolderOf,
  type HolderPorts,
  type IdentityProvider,
  providerConfig,
} from './identity-provider.ts';
import {
  challengeMinutesMax,
  holderSessionDaysMax,
  passwordCharsMax,
  passwordCharsMin,
} from './limits.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { SessionRow, UserRow } from './rows.ts';
import { sealingWith } from './sealed-value.ts';
import type { AccountsDatabase, Tables } from './store/tables.ts';
import { spendTotp } from './totp-use.ts';
import { USERNAME } from './wire.ts';

export interface LibraryDeps {
  readonly database: AccountsDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** 32 bytes: signs cookies, seals the secrets of second factors. */
  readonly secret: Buffer;
  /** Where browsers find us: `https://host`. */
  readonly origin: string;
  readonly provider?: IdentityProvider | undefined;
  readonly holderOf: HolderOf;
}

/** All that the rest sees of better-auth, whose own types are 168 KB. */
export interface Library {
  readonly tables: Tables;
  handler(request: Request): Promise<Response>;
  session(cookie: string): Promise<{ session: SessionRow; user: UserRow } | undefined>;
}

/** All that are ever set. */
export const COOKIES: readonly string[] = [
  SESSION_COOKIE,
  `${SESSION_COOKIE}-challenge`,
  `${SESSION_COOKIE}-state`,
];

const BASE_PATH = '/api/auth';

/** Sets better-auth up. What it does not do by itself is in hashed-tokens.ts, totp-use.ts and the hooks below. */
export async function openLibrary(deps: LibraryDeps): Promise<Library> {
  const opened: { tables?: Tables } = {};
  const auth = betterAuth(
    optionsOf(deps, (provider, subject) => boundTo(opened.tables, provider, subject)),
  );
  const tables = (await auth.$context).adapter as Tables;
  opened.tables = tables;
  return {
    tables,
    handler: async (request) => {
      try {
        return await auth.handler(request);
      } catch (error) {
        // Its own word on it would quote the statement that failed, with what was bound.
        const name = error instanceof Error ? error.name : 'unknown';
        deps.log.error('the accounts library failed', { name });
        return new Response(null, { status: 500 });
      }
    },
    session: async (cookie) => {
      const headers = new Headers({ cookie });
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } });
      return found === null ? undefined : (found as never);
    },
  };
}

async function boundTo(tables: Tables | undefined, providerId: string, accountId: string) {
  const where = [
    { field: 'providerId', value: providerId },
    { field: 'accountId', value: accountId },
  ];
  const account = await tables?.findOne<{ userId: string }>({ model: 'account', where });
  if (!account) return undefined;
  const owner = [{ field: 'id', value: account.userId }];
  const user = await tables?.findOne<UserRow>({ model: 'user', where: owner });
  return user?.holder ?? undefined;
}

function optionsOf(deps: LibraryDeps, bound: HolderPorts['boundTo']): BetterAuthOptions {
  const { database, log, secret, origin, provider } = deps;
  return {
    appName: 'Greengate',
    baseURL: origin,
    basePath: BASE_PATH,
    secret: secret.toString('base64'),
    trustedOrigins: [origin],
    database: (options: BetterAuthOptions) =>
      withHashedTokens(database.tables(options), sealingWith(secret, deps.random)),
    telemetry: { enabled: false },
    // Its messages quote names and addresses; that something went wrong is all that may be written.
    logger: { level: 'error', log: () => log.error('the accounts library reports an error') },
    onAPIError: { throw: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordCharsMin,
      maxPasswordLength: passwordCharsMax,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: {
      expiresIn: holderSessionDaysMax * 24 * 3600,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
    },
    verification: { storeIdentifier: 'hashed' },
    account: {
      accountLinking: {
        enabled: true,
        trustedProviders: provider === undefined ? [] : [provider.id],
      },
    },
    rateLimit: { enabled: false },
    advanced: {
      ipAddress: { disableIpTracking: true },
      ...cookies(),
    },
    plugins: plugins(deps, bound),
    databaseHooks: { session: { create: { before: sessionStart(deps) } } },
  } as BetterAuthOptions;
}

function cookies(): BetterAuthOptions['advanced'] {
  const strict = { sameSite: 'strict', secure: true, httpOnly: true, path: '/' } as const;
  // The identity provider sends the browser back from its own site: a strict cookie would not come along.
  const lax = { ...strict, sameSite: 'lax' } as const;
  return {
    useSecureCookies: false,
    cookiePrefix: SESSION_COOKIE,
    defaultCookieAttributes: strict,
    cookies: {
      session_token: { name: SESSION_COOKIE, attributes: strict },
      two_factor: { name: `${SESSION_COOKIE}-challenge`, attributes: strict },
      state: { name: `${SESSION_COOKIE}-state`, attributes: lax },
    },
  };
}

function plugins(deps: LibraryDeps, boundTo: HolderPorts['boundTo']): BetterAuthPlugin[] {
  const { provider, holderOf, secret } = deps;
  return [
    username({ displayUsername: false, usernameValidator: (name) => USERNAME.test(name) }),
    twoFactor({
      issuer: 'Greengate',
      twoFactorCookieMaxAge: challengeMinutesMax * 60,
      backupCodeOptions: { storeBackupCodes: 'encrypted' },
    }),
    ownFields,
    ...(provider === undefined
      ? []
      : [genericOAuth({ config: [providerConfig(provider, secret, { holderOf, boundTo })] })]),
  ] as BetterAuthPlugin[];
}

const text = { type: 'string', required: false } as const;
const instant = { type: 'date', required: false } as const;
const unique = { type: 'string', required: true, unique: true } as const;

/** Our columns and tables, which the library reads and writes with its own. */
const ownFields: BetterAuthPlugin = {
  id: 'greengate',
  schema: {
    user: {
      fields: {
        role: text,
        areas: text,
        holder: text,
        disabledAt: instant,
        inviteHash: { ...text, returned: false },
        inviteUntil: instant,
      },
    },
    session: {
      fields: {
        secondFactor: { type: 'boolean', required: true },
        startedAt: { type: 'date', required: true },
        seenAt: { type: 'date', required: true },
      },
    },
    totpUse: { fields: { key: unique, at: { type: 'date', required: true } } },
    attempt: {
      fields: {
        key: unique,
        count: { type: 'number', required: true },
        until: { type: 'date', required: true },
      },
    },
    staffRequest: {
      fields: {
        action: { type: 'string', required: true },
        subject: { type: 'string', required: true },
        body: { type: 'string', required: true },
        halfHash: { ...text, returned: false },
        requestedBy: { type: 'string', required: true },
        requestedAt: { type: 'date', required: true },
        until: { type: 'date', required: true },
      },
    },
  },
};

const VERIFY_TOTP = '/two-factor/verify-totp';
const VERIFY_BACKUP = '/two-factor/verify-backup-code';

interface HookContext {
  readonly path?: string;
  readonly body?: { readonly code?: unknown };
  readonly context: { readonly adapter: unknown; readonly secretConfig: never };
}

/** Every session begins here: not for the disabled, not by a code that was used, and marked with what it was begun by. */
function sessionStart({ clock }: LibraryDeps) {
  return async (session: { userId: string }, hook: HookContext | null) => {
    const now = clock.now();
    const tables = hook?.context.adapter as Tables | undefined;
    if (!hook || !tables) throw new APIError('FORBIDDEN');
    const where = [{ field: 'id', value: session.userId }];
    const user = await tables.findOne<UserRow>({ model: 'user', where });
    if (!user || user.disabledAt) throw new APIError('FORBIDDEN');
    if (hook.path === VERIFY_TOTP) {
      const open = (data: string) => symmetricDecrypt({ key: hook.context.secretConfig, data });
      const fresh = await spendTotp(tables, open, user.id, String(hook.body?.code), now);
      if (!fresh) throw new APIError('UNAUTHORIZED');
    }
    const at = new Date(now);
    return {
      data: {
        ...session,
        ipAddress: null,
        userAgent: null,
        secondFactor: hook.path === VERIFY_TOTP || hook.path === VERIFY_BACKUP,
        startedAt: at,
        seenAt: at,
      },
    };
  };
}
