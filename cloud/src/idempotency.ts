import { createHash } from 'node:crypto';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Context, Next } from 'hono';
import { readBytes } from './body.ts';
import type { IdempotencyStore, KeyedRequest } from './idempotency-port.ts';
import {
  idempotencyHoursMax,
  idempotencyStaleMsMax,
  idempotentAnswerBytesMax,
  passagesBodyBytesMax,
} from './limits.ts';
import type { Clock } from './ports.ts';
import { ProblemError } from './problem.ts';
import type { CloudEnv } from './route.ts';
import type { Sealer } from './sealer.ts';

export interface IdempotencyDeps {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  /** Answers may hold a token, and are kept sealed. */
  readonly sealer: Sealer;
}

const KEY = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * A write with an `Idempotency-Key` is done once: the same request with the same key gets the first answer again,
 * for a day. The draft of the HTTP working group: draft-ietf-httpapi-idempotency-key-header.
 *
 * An answer of 5xx or 429 is not kept, since nothing came of the request.
 */
export function once(deps: IdempotencyDeps, caller: string) {
  return async (c: Context<CloudEnv>, next: Next): Promise<Response | undefined> => {
    const key = c.req.header('idempotency-key');
    if (key === undefined || c.req.method === 'GET') {
      await next();
      return undefined;
    }
    if (!KEY.test(key)) {
      throw new ProblemError(
        'request-invalid',
        'Idempotency-Key: 8 to 64 letters, digits, _ or -.',
      );
    }
    const request = { caller, key, hash: await hashOf(c) };
    const claimedAt = deps.clock.now();
    const kept = await claim(deps, request, claimedAt);
    if (kept) return kept;
    await next();
    await keep(deps, request, claimedAt, c.res);
    return undefined;
  };
}

async function hashOf(c: Context<CloudEnv>): Promise<Uint8Array> {
  const { pathname, search } = new URL(c.req.url);
  const body = await readBytes(c, passagesBodyBytesMax);
  const head = JSON.stringify([c.req.method, pathname, search]);
  return createHash('sha256').update(head).update(body).digest();
}

/** The answer that was given before, if it was. */
async function claim(
  { store, sealer }: IdempotencyDeps,
  request: KeyedRequest,
  now: EpochMs,
): Promise<Response | undefined> {
  const stale = epochMs(now - idempotencyStaleMsMax);
  const expiry = epochMs(now + idempotencyHoursMax * 3_600_000);
  const claimed = await store.claimKey(request, now, stale, expiry);
  switch (claimed.kind) {
    case 'new':
      return undefined;
    case 'other':
      throw new ProblemError('idempotency-key-reused');
    case 'under-way':
      throw new ProblemError('request-under-way');
    case 'answered': {
      const { type, body } = JSON.parse(Buffer.from(sealer.open(claimed.answer)).toString('utf8'));
      const headers = { 'content-type': type, 'idempotent-replayed': 'true' };
      return new Response(body, { status: claimed.status, headers });
    }
  }
}

async function keep(
  { store, sealer }: IdempotencyDeps,
  request: KeyedRequest,
  claimedAt: EpochMs,
  response: Response,
): Promise<void> {
  const { status } = response;
  const body = status >= 500 || status === 429 ? undefined : await response.clone().text();
  if (body === undefined || body.length > idempotentAnswerBytesMax) {
    await store.releaseKey(request, claimedAt);
    return;
  }
  const type = response.headers.get('content-type') ?? 'application/json';
  const sealed = sealer.seal(Buffer.from(JSON.stringify({ type, body })));
  await store.answerKey(request, claimedAt, status, sealed);
}
