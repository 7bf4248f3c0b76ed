import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import { passageAckSchema, passageBatchSchema } from '@greengate/contracts/wire/passage';
import type { Context } from 'hono';
import type { z } from 'zod';
import { parseJson, parseWith, readBytes } from '../body.ts';
import { passagesBodyBytesMax, passagesInflatedBytesMax } from '../limits.ts';
import type { Clock, Metrics, PassageStore } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, type CloudEnv, gatewayOf } from '../route.ts';
import { batchFrameSchema, incomingEvents, storedEvent } from './batch.ts';
import { deadLetterPageSchema, nextOf, pageQuerySchema, passagePageSchema } from './cursor.ts';
import { inflate } from './inflate.ts';

export interface PassageDeps {
  readonly store: PassageStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly metrics: Metrics;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
}

/**
 * Passages: exactly once in effect. The answer comes after the commit, and names a watermark without a hole. Whose
 * temperature was at or over the line is scored again before it.
 */
export function passageRoutes(app: CloudApp, deps: PassageDeps): void {
  addRoute(app, {
    method: 'post',
    path: '/v1/passages',
    summary: 'Push journal events; gzip is welcome. A hole answers 409 with `gap` and `acked`.',
    callers: ['gateway'],
    body: passageBatchSchema,
    answer: passageAckSchema,
    handler: (c) => takeBatch(c, deps),
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/passages',
    summary: 'Read passages, page by page.',
    callers: ['auditor', 'operator'],
    query: pageQuerySchema,
    answer: passagePageSchema,
    handler: async (c) => {
      const { gateway, after, limit } = parseWith(pageQuerySchema, c.req.query());
      const found = await deps.store.passages(gateway, after, limit);
      const rows = found.map((row) => ({
        gateway: row.gateway,
        epoch: row.epoch,
        event: storedEvent(row.payload),
      }));
      const page: z.infer<typeof passagePageSchema> = { rows, next: nextOf(found, limit) };
      return c.json(page);
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/passages/dead-letters',
    summary: 'Read events that were acknowledged and could not be stored, page by page.',
    callers: ['auditor', 'operator'],
    query: pageQuerySchema,
    answer: deadLetterPageSchema,
    handler: async (c) => {
      const { gateway, after, limit } = parseWith(pageQuerySchema, c.req.query());
      const found = await deps.store.deadLetters(gateway, after, limit);
      const rows = found.map((row) => ({ ...row, payload: toHex(row.payload) }));
      const page: z.infer<typeof deadLetterPageSchema> = { rows, next: nextOf(found, limit) };
      return c.json(page);
    },
  });
}

async function takeBatch(c: Context<CloudEnv>, deps: PassageDeps): Promise<Response> {
  const { store, clock, crypto, metrics } = deps;
  const frame = parseWith(batchFrameSchema, parseJson(await readBatch(c)));
  const now = clock.now();
  const events = incomingEvents(frame, crypto.sha256, now);
  const result = await store.appendPassages(gatewayOf(c), frame.epoch, events, now);
  if (result.kind === 'gap') {
    const { gap, acked } = result;
    throw new ProblemError('passages-gap', 'Send again from `gap`.', { gap, acked });
  }
  metrics.passages('stored', result.stored);
  metrics.passages('duplicate', result.duplicates);
  metrics.passages('conflict', result.conflicts);
  metrics.passages('poison', result.poison);
  await deps.rescore(result.feverish);
  return c.json({ acked: result.acked });
}

async function readBatch(c: Context<CloudEnv>): Promise<Uint8Array> {
  const bytes = await readBytes(c, passagesBodyBytesMax);
  const coding = c.req.header('content-encoding') ?? 'identity';
  if (coding === 'identity') return bytes;
  if (coding !== 'gzip')
    throw new ProblemError('request-invalid', 'Content-Encoding: gzip or none.');
  const inflated = await inflate(bytes, passagesInflatedBytesMax);
  if (inflated.ok) return inflated.value;
  const { code, detail } = inflated.refusal;
  throw new ProblemError(code === 'body-too-large' ? code : 'request-invalid', detail);
}
