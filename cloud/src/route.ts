import type { GatewayId, KeyId } from '@greengate/contracts/ids';
import { problemSchema } from '@greengate/contracts/wire/problem';
import { createRoute, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { ACCOUNT_ROLES, type AccountRole, type StaffAccount } from './accounts-port.ts';
import { coversDivision } from './area.ts';
import { readBytes } from './body.ts';
import { passagesBodyBytesMax } from './limits.ts';
import type { LiveLine } from './live-line.ts';
import { ProblemError, statusOf } from './problem.ts';

/** What a service's token may be for. */
export const STAFF_ROLES = ['operator', 'auditor', 'registrar', 'metrics', 'relay'] as const;
export type TokenRole = (typeof STAFF_ROLES)[number];
export type StaffRole = TokenRole | AccountRole;

/** Who sent a request. */
export type Principal =
  | {
      readonly kind: 'staff';
      readonly name: string;
      readonly role: StaffRole;
      /** The person who signed in; absent for a token. */
      readonly account?: StaffAccount;
    }
  | { readonly kind: 'holder'; readonly holder: string }
  | { readonly kind: 'gateway'; readonly gateway: GatewayId; readonly keyId: KeyId };

/**
 * Notes in the audit log that something is begun; what it answers notes the HTTP status that came of it. `subject`:
 * whom it is about, by our reference; `body`: hashed, never kept.
 */
export type AuditTrail = (
  action: string,
  subject: string | null,
  body: Uint8Array,
) => Promise<(status: number) => Promise<void>>;

/** Where a relay asks whether a gateway's request is what it seems; it answers for no path but the one that was signed. */
export const ADMIT_PATH = '/v1/replica/admit';

export interface CloudEnv {
  /**
   * `address`: whom the request comes from, as far as the server is sure. `answered`: when its answer has left.
   * `openLine`: answers by a line that stays open; whoever does returns `answeredByLine()`.
   */
  Bindings: {
    readonly address?: string;
    readonly answered?: Promise<void>;
    readonly openLine?: (onCut: () => void) => LiveLine;
  };
  /** `audit`: for members of staff. */
  Variables: { principal?: Principal; body?: Uint8Array; audit?: AuditTrail };
}

export type CloudApp = OpenAPIHono<CloudEnv>;

/**
 * Who may call a route. `enrolling` is staff without a second factor, who reach nothing else; `anyone` is for
 * /healthz and for signing in.
 */
export type Caller = StaffRole | 'enrolling' | 'holder' | 'gateway' | 'anyone';

export interface RouteSpec {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly callers: readonly Caller[];
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The answer of 200: a schema for JSON, or a media type. */
  readonly answer: z.ZodType | string;
  /** Answers what is known of a person: that somebody looked is in the audit log, as every write is. */
  readonly looks?: true;
  readonly handler: (c: Context<CloudEnv>) => Promise<Response> | Response;
}

/** Mounts a route, its guard and its entry in /openapi.json together: there is no other way to add one. */
export function addRoute(app: CloudApp, spec: RouteSpec): void {
  const route = createRoute(describe(spec));
  const { method, path } = spec;
  const isThere = app.openAPIRegistry.definitions.some(
    (one) => one.type === 'route' && one.route.method === method && one.route.path === path,
  );
  // The first of two would answer for both.
  if (isThere) throw new Error(`${method} ${path} is mounted already`);
  app.openAPIRegistry.registerPath(route);
  app.on(spec.method.toUpperCase(), route.getRoutingPath(), async (c) => {
    const finish = await begun(c, spec);
    try {
      if (!spec.callers.includes('anyone')) allow(c, spec.callers);
      const response = await spec.handler(c);
      await finish(response.status);
      return response;
    } catch (error) {
      await finish(error instanceof ProblemError ? statusOf(error.code) : 500);
      throw error;
    }
  });
}

/** Of staff every write is noted before it is done, and every look at a person; also those that are refused. */
async function begun(
  c: Context<CloudEnv>,
  { method, path, looks }: RouteSpec,
): Promise<(status: number) => Promise<void>> {
  const audit = c.get('audit');
  if (audit === undefined || (method === 'get' && looks === undefined))
    return async () => undefined;
  const subject = Object.values(c.req.param()).join('/').slice(0, SUBJECT_CHARS) || null;
  const body = method === 'get' ? new Uint8Array(0) : await readBytes(c, passagesBodyBytesMax);
  return audit(`${method.toUpperCase()} ${path}`, subject, body);
}

const SUBJECT_CHARS = 128;

/** Whoever holds a tail: a gateway, or a relay in front of us that asks once for many whom it had admitted. */
export function tailHolderOf(c: Context<CloudEnv>): {
  readonly id: string;
  readonly isRelay: boolean;
} {
  const principal = c.get('principal');
  if (principal?.kind === 'staff') return { id: `relay:${principal.name}`, isRelay: true };
  return { id: gatewayOf(c), isRelay: false };
}

/** The holder that calls. For routes whose only callers are holders. */
export function holderOf(c: Context<CloudEnv>): string {
  const principal = c.get('principal');
  if (principal?.kind !== 'holder') throw new ProblemError('forbidden');
  return principal.holder;
}

/** The gateway that calls. For routes whose only callers are gateways. */
export function gatewayOf(c: Context<CloudEnv>): GatewayId {
  const principal = c.get('principal');
  if (principal?.kind !== 'gateway') throw new ProblemError('forbidden');
  return principal.gateway;
}

/** The officer that calls. For routes whose only callers are officers. */
export function officerOf(c: Context<CloudEnv>): StaffAccount {
  const principal = c.get('principal');
  if (principal?.kind !== 'staff' || principal.account?.role !== 'officer') {
    throw new ProblemError('forbidden');
  }
  return principal.account;
}

/** The person of the staff who calls. A token is nobody: it cannot be one of two people. */
export function personOf(c: Context<CloudEnv>): StaffAccount {
  const principal = c.get('principal');
  if (principal?.kind !== 'staff' || principal.account === undefined) {
    throw new ProblemError('forbidden', 'A person signs in for this; a token is nobody.');
  }
  return principal.account;
}

/** Whom a decision is kept under: an account, or a token of that name. Nobody knows whether these two are one person. */
export function deciderOf(c: Context<CloudEnv>): string {
  const principal = c.get('principal');
  if (principal?.kind !== 'staff') throw new ProblemError('forbidden');
  const { account, name } = principal;
  return account === undefined ? `token:${name}` : `account:${account.id}`;
}

/** The divisions that an officer acts in, each with all below it; undefined for other staff, whom no area binds. */
export function areasOf(c: Context<CloudEnv>): readonly string[] | undefined {
  const principal = c.get('principal');
  if (principal?.kind !== 'staff') throw new ProblemError('forbidden');
  return principal.role === 'officer' ? (principal.account?.areas ?? []) : undefined;
}

/** Refuses `not-found` when a record belongs to a division that is none of the officer's: it may not be told apart from none. */
export function mustReach(c: Context<CloudEnv>, division: string): void {
  const areas = areasOf(c);
  if (areas?.some((area) => coversDivision(area, division)) === false) {
    throw new ProblemError('not-found');
  }
}

function allow(c: Context<CloudEnv>, callers: readonly Caller[]): void {
  const principal = c.get('principal');
  if (principal === undefined) throw new ProblemError('unauthenticated');
  const caller = callerOf(principal);
  if (callers.includes(caller)) return;
  throw new ProblemError(caller === 'enrolling' ? 'second-factor-required' : 'forbidden');
}

function callerOf(principal: Principal): Caller {
  if (principal.kind !== 'staff') return principal.kind;
  return principal.account?.secondFactor === false ? 'enrolling' : principal.role;
}

function describe(spec: RouteSpec): RouteConfig {
  const { method, path, summary, callers, query, body, answer } = spec;
  const open = callers.includes('anyone');
  return {
    method,
    path,
    summary,
    ...(open ? {} : { security: securityOf(callers), description: `For: ${callers.join(', ')}.` }),
    request: {
      params: z.object(
        Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, z.string()])),
      ),
      ...(query === undefined ? {} : { query }),
      ...(method === 'get' || open ? {} : { headers: keyHeader }),
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: toJson(body) } } } }),
    },
    responses: {
      200: {
        description: 'Done.',
        content:
          typeof answer === 'string'
            ? { [answer]: { schema: { type: 'string' } } }
            : { 'application/json': { schema: toJson(answer) } },
      },
      default: {
        description: 'A refusal; `code` is of the registry of reasons.',
        content: { 'application/problem+json': { schema: toJson(problemSchema) } },
      },
    },
  };
}

// draft-ietf-httpapi-idempotency-key-header
const keyHeader = z.object({
  'Idempotency-Key': z.string().min(8).max(64).optional(),
});

type JsonSchema = { readonly type: 'object' };

// A schema is many routes', and a process may mount an app more than once.
const shown = new WeakMap<z.ZodType, JsonSchema>();

// zod's own JSON Schema, because zod-openapi knows neither custom nor exactOptional.
function toJson(schema: z.ZodType): JsonSchema {
  const known = shown.get(schema);
  if (known) return known;
  const { $schema: _draft, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'string';
    },
  });
  shown.set(schema, json as JsonSchema);
  return json as JsonSchema;
}

function securityOf(callers: readonly Caller[]): Record<string, string[]>[] {
  const schemes = new Set(callers.flatMap(schemesOf));
  return [...schemes].map((scheme) => ({ [scheme]: [] }));
}

function schemesOf(caller: Caller): readonly string[] {
  if (caller === 'gateway') return ['signature'];
  const token = caller === 'holder' || STAFF_ROLES.some((one) => one === caller);
  const session =
    caller === 'holder' || caller === 'enrolling' || ACCOUNT_ROLES.some((one) => one === caller);
  return [...(token ? ['bearer'] : []), ...(session ? ['session'] : [])];
}
