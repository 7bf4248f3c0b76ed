import { REASONS, type ReasonCode } from '@greengate/contracts/refusals';
import type { Refusal } from '@greengate/contracts/result';
import type { Problem } from '@greengate/contracts/wire/problem';

/** The HTTP status of each refusal that this cloud gives. */
const STATUS = {
  unauthenticated: 401,
  'credentials-refused': 401,
  'request-signature-invalid': 401,
  'request-expired': 401,
  'request-replayed': 401,
  'digest-mismatch': 401,
  forbidden: 403,
  'second-factor-required': 403,
  'origin-refused': 403,
  'gateway-revoked': 403,
  'not-found': 404,
  'request-invalid': 400,
  'already-exists': 409,
  'passages-gap': 409,
  'segment-gap': 409,
  'not-declared': 409,
  'not-green': 409,
  'notice-target-missing': 409,
  'epoch-changed': 410,
  'request-timeout': 408,
  'body-too-large': 413,
  'application-open': 409,
  'application-closed': 409,
  'application-lists-not-clean': 409,
  'application-asked-enough': 409,
  'application-no-call': 409,
  'appeal-closed': 409,
  'appeal-own-decision': 403,
  'second-person-needed': 403,
  'override-expiry': 400,
  'override-closed': 409,
  'override-evidence-unread': 409,
  'override-bulk': 403,
  'override-suspended': 403,
  'deletion-held': 409,
  'idempotency-key-reused': 422,
  'request-under-way': 409,
  'pack-refused': 400,
  'pack-not-ready': 409,
  'impact-needed': 409,
  'rate-limited': 429,
  'too-busy': 429,
  internal: 500,
  overloaded: 503,
} as const satisfies Partial<Record<ReasonCode, number>>;

/** A reason code that this cloud answers with. */
export type ProblemCode = keyof typeof STATUS;

/** Carries a refusal out of a handler to the one place that answers it. Not for bugs. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  /**
   * `detail` says what to do, and holds nothing that the request brought along. `extra` stands in the body;
   * `retryAfterSeconds` of it in the header Retry-After too.
   */
  constructor(code: ProblemCode, detail?: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
    this.extra = extra;
  }
}

/** A refusal as it goes out, for whoever does not speak in Responses. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The HTTP status that a refusal is answered with. */
export function statusOf(code: ProblemCode): number {
  return STATUS[code];
}

/** The problem of a refusal that some pure part gave; one that has no HTTP status is a bug. */
export function problemFor({ code, detail }: Refusal): ProblemError {
  if (!Object.hasOwn(STATUS, code)) throw new Error(`no HTTP status for ${code}`);
  return new ProblemError(code as ProblemCode, detail);
}

/** application/problem+json (RFC 9457), its text from the registry, in English and Chinese. */
export function problemOf({ code, detail, extra }: ProblemError): ProblemAnswer {
  const status = STATUS[code];
  const body: Problem = {
    type: `urn:greengate:reason:${code}`,
    title: REASONS[code].en,
    zh: REASONS[code].zh,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...extra,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="greengate"';
  if (status === 503) headers['retry-after'] = '5';
  const { retryAfterSeconds } = extra;
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  return { status, headers, text: JSON.stringify(body) };
}

export function problemResponse(problem: ProblemError): Response {
  const { status, headers, text } = problemOf(problem);
  return new Response(text, { status, headers: { ...headers } });
}
