import { readFileSync, statSync } from 'node:fs';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { z } from 'zod';
import type { StaffToken } from './access/bearer.ts';
import { type IdentityProvider, providerSchema } from './accounts/identity-provider.ts';
import { DATABASE_URL } from './accounts-port.ts';
import { type TrustedProxies, trustedProxies } from './address.ts';
import { type Networks, networksOf } from './channels/networks.ts';
import { type CalendarData, calendarSchema } from './issue/calendar.ts';
import { ISSUING_RULES, type IssuingRules, issuingRulesSchema } from './issue/rules.ts';
import { keyFileSchema, keysOf } from './keys.ts';
import type { Keys } from './ports.ts';
import { STAFF_ROLES } from './route.ts';

export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `file:PATH` or `postgres://...`. */
  readonly databaseUrl: string;
  /** `file:PATH` or `postgres://...` */
  readonly accountsUrl: string;
  /** Where holders sign in by their real name. */
  readonly provider?: IdentityProvider;
  readonly keys: Keys;
  readonly staff: readonly StaffToken[];
  readonly sealSeconds: number;
  /** When the database was last restored from a backup. */
  readonly restoredAt?: EpochMs;
  readonly origin?: string;
  readonly proxies: TrustedProxies;
  readonly shed: boolean;
  /** What webhooks may reach beside the public internet. */
  readonly noticeNetworks: Networks;
  /** Absent: no mail is sent. */
  readonly mail?: { readonly url: string; readonly from: string };
  /** When officers work; absent: the mainland's working days. */
  readonly calendar?: CalendarData;
  /** Periods and counts of issuing. */
  readonly issuing: IssuingRules;
  /** Whether a code must be applied for; else a declaration is enough. */
  readonly applicationNeeded: boolean;
}

/** All that is wrong with a configuration, each with what to do about it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((one) => `  - ${one}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads the environment and the files that it names. Throws one `ConfigError` with every problem. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const parsed = envSchema.safeParse(env);
  for (const issue of parsed.error?.issues ?? []) {
    problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  const keyFile = readJsonFile(env, 'GREENGATE_KEYS', keyFileSchema, KEYS_FIX, problems);
  const staff = readJsonFile(env, 'GREENGATE_TOKENS', tokensSchema, TOKENS_FIX, problems);
  const provider = readProvider(env, problems);
  if (env['SMTP_URL'] !== undefined && env['GREENGATE_MAIL_FROM'] === undefined) {
    problems.push('GREENGATE_MAIL_FROM: set it too, mails are from it');
  }
  const calendar = readIfNamed(env, 'GREENGATE_CALENDAR', calendarSchema, CALENDAR_FIX, problems);
  const issuing = readIfNamed(env, 'GREENGATE_ISSUING', issuingChanges, ISSUING_FIX, problems);
  if (!parsed.success || !keyFile || !staff || problems.length > 0) throw new ConfigError(problems);
  const { HOST, PORT, DATABASE_URL: databaseUrl, GREENGATE_SEAL_SECONDS } = parsed.data;
  const { ACCOUNTS_URL, GREENGATE_ORIGIN, GREENGATE_RESTORED_AT } = parsed.data;
  const { GREENGATE_TRUSTED_PROXY: proxies, GREENGATE_SHED } = parsed.data;
  const { SMTP_URL, GREENGATE_MAIL_FROM, GREENGATE_NOTICE_NETWORKS } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    databaseUrl,
    accountsUrl: ACCOUNTS_URL ?? accountsBeside(databaseUrl),
    ...(provider === undefined ? {} : { provider }),
    keys: keysOf(keyFile),
    staff,
    sealSeconds: GREENGATE_SEAL_SECONDS,
    proxies,
    shed: GREENGATE_SHED === 'on',
    ...(calendar === undefined ? {} : { calendar }),
    issuing: issuing ?? ISSUING_RULES,
    applicationNeeded: parsed.data.GREENGATE_APPLICATION === 'needed',
    ...(GREENGATE_RESTORED_AT === undefined ? {} : { restoredAt: GREENGATE_RESTORED_AT }),
    ...(GREENGATE_ORIGIN === undefined ? {} : { origin: GREENGATE_ORIGIN }),
    noticeNetworks: GREENGATE_NOTICE_NETWORKS,
    ...(SMTP_URL === undefined ? {} : { mail: { url: SMTP_URL, from: GREENGATE_MAIL_FROM ?? '' } }),
  };
}

function readIfNamed<T>(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  schema: z.ZodType<T>,
  fix: string,
  problems: string[],
): T | undefined {
  return env[name] ? readJsonFile(env, name, schema, fix, problems) : undefined;
}

/** A file that names some of the periods and counts; the others stay as they ship. */
const issuingChanges = z
  .strictObject({
    ...issuingRulesSchema.partial().shape,
    overrides: issuingRulesSchema.shape.overrides.partial().optional(),
  })
  .transform((changes) => {
    const overrides = { ...ISSUING_RULES.overrides, ...changes.overrides };
    return { ...ISSUING_RULES, ...changes, overrides };
  })
  .pipe(issuingRulesSchema);

function readProvider(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): IdentityProvider | undefined {
  if (!env['GREENGATE_OIDC']) return undefined;
  if (!env['GREENGATE_ORIGIN']) {
    problems.push('GREENGATE_ORIGIN: set it, the identity provider sends browsers back there');
  }
  return readJsonFile(env, 'GREENGATE_OIDC', providerSchema, OIDC_FIX, problems);
}

/** The accounts of `file:cloud.db` are in `file:cloud-accounts.db`; a PostgreSQL database holds both, under names apart. */
function accountsBeside(databaseUrl: string): string {
  if (!databaseUrl.startsWith('file:')) return databaseUrl;
  return `${databaseUrl.replace(/\.db$/, '')}-accounts.db`;
}

const CALENDAR_FIX = 'docs/issuing.md says what it holds';
const ISSUING_FIX = 'docs/issuing.md says what it may hold';
const OIDC_FIX = 'docs/operations.md shows one';
const KEYS_FIX = 'make one with `greengate keys init --out FILE --region CODE --environment NAME`';
const TOKENS_FIX =
  'a JSON list; make a line with `greengate token new --role operator --name NAME`';

const integer = (fallback: number, least: number, most: number) =>
  z.coerce
    .number(`a number from ${least} to ${most}`)
    .int(`a number from ${least} to ${most}`)
    .min(least, `a number from ${least} to ${most}`)
    .max(most, `a number from ${least} to ${most}`)
    .default(fallback);

const envSchema = z.object({
  HOST: z.string().min(1, 'an address to listen on, such as 127.0.0.1').default('127.0.0.1'),
  PORT: integer(8080, 0, 65_535),
  DATABASE_URL: z
    .string('set it, for example file:./greengate.db')
    .regex(
      /^(?:file:.+|postgres(?:ql)?:\/\/.+)/,
      'must be file:PATH, for example file:./greengate.db, or postgres://user:password@host/database',
    ),
  ACCOUNTS_URL: z.string().regex(DATABASE_URL, 'must be file:PATH or postgres://...').optional(),
  GREENGATE_SEAL_SECONDS: integer(60, 1, 3600),
  GREENGATE_RESTORED_AT: z.iso
    .datetime({ offset: true, error: 'the instant of the restore, such as 2026-02-03T04:05:00Z' })
    .transform((text) => epochMs(Date.parse(text)))
    .optional(),
  GREENGATE_NOTICE_NETWORKS: z
    .string()
    .default('')
    .transform((text, context) => {
      const networks = networksOf(text === '' ? [] : text.split(','));
      if (networks) return networks;
      context.addIssue('networks with commas between, such as 10.1.0.0/16,fd00::/8');
      return z.NEVER;
    }),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'smtps://user:password@host or smtp://host' })
    .optional(),
  GREENGATE_MAIL_FROM: z.email('an address, such as greengate@example.org').optional(),
  GREENGATE_ORIGIN: z
    .string()
    .regex(/^https?:\/\/[^/?#]+$/, 'scheme and host alone, such as https://gate.example')
    .optional(),
  GREENGATE_TRUSTED_PROXY: z
    .string()
    .default('')
    .transform((text, context) => {
      const proxies = trustedProxies(text);
      if (proxies !== undefined) return proxies;
      context.addIssue('addresses or networks with commas between, such as 10.0.0.1,10.1.0.0/16');
      return z.NEVER;
    }),
  GREENGATE_APPLICATION: z
    .enum(['optional', 'needed'], 'needed, or optional where a declaration is enough')
    .default('optional'),
  GREENGATE_SHED: z.enum(['on', 'off'], 'on, or off where a proxy sheds load').default('on'),
});

const tokensSchema = z.array(
  z.strictObject({
    name: z.string().min(1).max(64),
    role: z.enum(STAFF_ROLES),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

const SECRET_FILES = new Set(['GREENGATE_KEYS', 'GREENGATE_OIDC']);

function readJsonFile<T>(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  schema: z.ZodType<T>,
  fix: string,
  problems: string[],
): T | undefined {
  const file = env[name];
  if (file === undefined || file === '') {
    problems.push(`${name}: set it to a file; ${fix}`);
    return undefined;
  }
  try {
    if (SECRET_FILES.has(name) && (statSync(file).mode & 0o077) !== 0) {
      problems.push(`${name}: ${file} can be read by others; run chmod 600 ${file}`);
    }
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    const places = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    problems.push(`${name}: ${file} does not fit (${places.join('; ')}); ${fix}`);
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    problems.push(`${name}: ${file} ${why}; ${fix}`);
  }
  return undefined;
}
