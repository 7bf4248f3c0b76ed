import { tailWaitSecondsMax } from '@greengate/contracts/limits';
import { DIGEST_BUCKETS_COUNT } from '@greengate/contracts/replica/digests';
import { type StreamName, streamNameSchema } from '@greengate/contracts/replica/streams';
import { admissionPolicySchema } from '@greengate/contracts/rules/policy';
import type { Context } from 'hono';
import { z } from 'zod';
import { parseWith, readJson } from '../body.ts';
import {
  tailsHeldCountMax,
  tailsHeldPerGatewayCountMax,
  tailsHeldPerRelayCountMax,
} from '../limits.ts';
import { wholeNumber } from '../page.ts';
import type { Metrics, Published, StreamStore } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { ADMIT_PATH, addRoute, type CloudApp, type CloudEnv, tailHolderOf } from '../route.ts';
import { publishPolicy } from './control.ts';
import { liveRoute } from './live-route.ts';
import { makePlaces } from './places.ts';
import { readRange } from './range.ts';
import type { Replicator } from './replicator.ts';

export interface ReplicateDeps {
  readonly store: StreamStore;
  readonly replicator: Replicator;
  readonly metrics: Metrics;
}

const OCTETS = 'application/octet-stream';

/** The streams that gateways follow (PROTOCOLS 3). `{stream}` is percent-encoded: `region%2F330100`. */
export function replicateRoutes(
  app: CloudApp,
  { store, replicator, metrics }: ReplicateDeps,
): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/replica/manifest/{stream}',
    summary: 'What there is of a stream, signed. ETag; If-None-Match answers 304.',
    callers: ['gateway'],
    answer: OCTETS,
    handler: async (c) => {
      const { bytes, etag } = await replicator.manifest(streamOf(c, replicator));
      const headers = { etag, 'cache-control': 'private, no-cache' };
      if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
      return octets(bytes, headers);
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/replica/segment/{stream}/{hash}',
    summary: 'A segment by its hash: immutable, in byte ranges if wanted.',
    callers: ['gateway'],
    answer: OCTETS,
    handler: (c) => sendSegment(c, replicator),
  });

  addRoute(app, {
    method: 'get',
    path: ADMIT_PATH,
    summary: 'Whether the request that a relay names in X-Original-URI is signed by a gateway.',
    callers: ['gateway'],
    answer: OCTETS,
    handler: (c) => c.body(null, 204),
  });

  digestRoutes(app, replicator);
  tailRoute(app, replicator);
  liveRoute(app, replicator, metrics);
  policyRoute(app, store, (changes) => replicator.published(changes));
}

/** What a gateway holds its own rows against, and fetches of them again. */
function digestRoutes(app: CloudApp, replicator: Replicator): void {
  const headers = { 'cache-control': 'private, max-age=3600' };
  const markOf = (c: Context<CloudEnv>) => ({
    stream: streamOf(c, replicator),
    epoch: parseWith(wholeNumber, c.req.param('epoch')),
    after: parseWith(wholeNumber, c.req.param('ver')),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/replica/digests/{stream}/{epoch}/{ver}',
    summary: 'Checksums of a stream as it stood at a version, by bucket of the keys, signed.',
    callers: ['gateway'],
    answer: OCTETS,
    handler: async (c) => octets(await replicator.digests(markOf(c)), headers),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/replica/bucket/{stream}/{epoch}/{ver}/{bucket}',
    summary: 'One bucket of a stream as it stood at a version: a part of a snapshot, signed.',
    callers: ['gateway'],
    answer: OCTETS,
    handler: async (c) => {
      const bucket = parseWith(bucketNumber, c.req.param('bucket'));
      return octets(await replicator.bucket(markOf(c), bucket), headers);
    },
  });
}

const bucketNumber = wholeNumber.refine((bucket) => bucket < DIGEST_BUCKETS_COUNT);

const tailQuerySchema = z.strictObject({
  /** Seconds to hold the request while there is nothing new. */
  wait: z
    .string()
    .regex(/^[0-9]{1,2}$/)
    .transform(Number)
    .refine((seconds) => seconds <= tailWaitSecondsMax)
    .default(0),
});

function tailRoute(app: CloudApp, replicator: Replicator): void {
  const places = makePlaces(tailsHeldCountMax, tailsHeldPerGatewayCountMax);
  addRoute(app, {
    method: 'get',
    path: '/v1/replica/tail/{stream}/{epoch}/{after}',
    summary: 'Changes past a version, signed; held for `wait` seconds while there are none.',
    callers: ['gateway', 'relay'],
    query: z.strictObject({ wait: z.int().min(0).max(tailWaitSecondsMax).optional() }),
    answer: OCTETS,
    handler: async (c) => {
      const stream = streamOf(c, replicator);
      const epoch = parseWith(wholeNumber, c.req.param('epoch'));
      const after = parseWith(wholeNumber, c.req.param('after'));
      const { wait } = parseWith(tailQuerySchema, c.req.query());
      const { id, isRelay } = tailHolderOf(c);
      const leave = places.take(id, isRelay ? tailsHeldPerRelayCountMax : undefined);
      if (leave === undefined) throw new ProblemError('overloaded');
      try {
        const mark = { stream, epoch, after };
        return octets(await replicator.tail(mark, wait * 1000, c.req.raw.signal), {});
      } finally {
        leave();
      }
    },
  });
}

function policyRoute(
  app: CloudApp,
  store: StreamStore,
  published: (changes: readonly Published[]) => void,
): void {
  addRoute(app, {
    method: 'put',
    path: '/v1/policy',
    summary: 'Publish an admission policy to all gateways. Its version must grow.',
    callers: ['operator'],
    body: admissionPolicySchema,
    answer: z.strictObject({ version: z.int(), ver: z.int() }),
    handler: async (c) => {
      const policy = await readJson(c, admissionPolicySchema);
      const change = await publishPolicy(store, policy);
      if (!change) throw new ProblemError('already-exists', 'The version of a policy must grow.');
      published([change]);
      return c.json({ version: policy.version, ver: change.head });
    },
  });
}

async function sendSegment(c: Context<CloudEnv>, replicator: Replicator): Promise<Response> {
  const hash = c.req.param('hash') ?? '';
  const bytes = await replicator.segment(streamOf(c, replicator), hash);
  if (bytes === undefined) throw new ProblemError('not-found');
  const headers = {
    etag: `"${hash}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
  };
  const range = readRange(c.req.header('range'), bytes.length);
  if (range === undefined) return octets(bytes, headers);
  if (range === null) {
    return c.body(null, 416, { 'content-range': `bytes */${bytes.length}` });
  }
  const { first, last } = range;
  const part = { ...headers, 'content-range': `bytes ${first}-${last}/${bytes.length}` };
  return octets(bytes.subarray(first, last + 1), part, 206);
}

function streamOf(c: Context<CloudEnv>, replicator: Replicator): StreamName {
  const stream = streamNameSchema.safeParse(c.req.param('stream'));
  if (stream.success && replicator.streams.includes(stream.data)) return stream.data;
  throw new ProblemError('not-found');
}

function octets(bytes: Uint8Array, headers: Record<string, string>, status = 200): Response {
  return new Response(bytes, { status, headers: { 'content-type': OCTETS, ...headers } });
}
