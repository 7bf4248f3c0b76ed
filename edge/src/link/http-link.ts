import { createHash, type KeyObject, sign } from 'node:crypto';
import type { KeyId } from '@greengate/contracts/ids';
import { requestLifetimeSecondsMax } from '@greengate/contracts/limits';
import { contentDigest, REQUEST_SIGNATURE } from '@greengate/contracts/wire/http-signature';
import { httpbis } from 'http-message-signatures';
import type { Clock, CloudAnswer, CloudLine, CloudLink, Random, Resume, Timers } from '../ports.ts';
import { makeFollow } from './line.ts';
import { whyOf } from './why.ts';

export interface HttpLinkOptions {
  /** Origin of the cloud, `https://...`. */
  readonly url: string;
  readonly keyId: KeyId;
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  /** The network: what the platform offers, or one that a simulation plays. */
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

/**
 * The gateway's half of HTTP: every request signed by RFC 9421 (PROTOCOLS 5), redirects refused, time and
 * size bounded to the last byte. Every way to fail is an answer, none is an exception.
 */
export function createHttpLink(options: HttpLinkOptions): CloudLink & CloudLine & { stop(): void } {
  const underWay = new Set<AbortController>();
  // How far our clock is from the cloud's, for signing alone. Without it a gateway that starts with a clock far ahead
  // could never ask for the signed time that would set it right. What the lanes believe does not come from here.
  let aheadMs = 0;
  let stopped = false;

  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | undefined,
    more: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> => {
    const url = new URL(path, options.url);
    const created = options.clock.now() + aheadMs;
    const headers = {
      ...(await signedHeaders(options, created, method, url, body ?? new Uint8Array(0))),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...more,
    };
    const init = {
      method,
      headers,
      ...(body ? { body } : {}),
      redirect: 'manual',
      signal,
    } as const;
    const response = await options.fetch(url, init);
    if (response.status === 401) aheadMs = aheadOf(response, options.clock.now());
    return response;
  };

  const send = async (
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | undefined,
    bounds: Bounds,
  ): Promise<CloudAnswer> => {
    if (stopped) return { kind: 'failed', why: 'stopped' };
    // Not AbortSignal.any with AbortSignal.timeout: Node 20 collects the timeout as garbage, and it never fires.
    const abort = new AbortController();
    const cancel = options.timers.after(bounds.timeoutMs, () => abort.abort(new Error('timeout')));
    underWay.add(abort);
    try {
      const response = await ask(method, path, body, conditions(bounds), abort.signal);
      return await readAnswer(response, bounds);
    } catch (error) {
      return { kind: 'failed', why: whyOf(error) };
    } finally {
      cancel();
      underWay.delete(abort);
    }
  };

  const follow = makeFollow(
    (path, signal) => ask('GET', path, undefined, {}, signal),
    options.timers,
    underWay,
  );

  return {
    follow: async (path, bounds) =>
      stopped ? { kind: 'over', why: 'stopped', wasOpen: false } : follow(path, bounds),
    get: (path, bounds) => send('GET', path, undefined, bounds),
    post: (path, json, bounds) => send('POST', path, Buffer.from(JSON.stringify(json)), bounds),
    stop() {
      stopped = true;
      for (const abort of underWay) abort.abort(new Error('stopped'));
    },
  };
}

interface Bounds {
  readonly bytesMax: number;
  readonly timeoutMs: number;
  readonly etag?: string;
  readonly resume?: Resume;
}

function conditions({ etag, resume }: Bounds): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(resume !== undefined && resume.from > 0 ? { range: `bytes=${resume.from}-` } : {}),
  };
}

async function signedHeaders(
  { keyId, privateKey, random }: HttpLinkOptions,
  created: number,
  method: string,
  url: URL,
  body: Uint8Array,
): Promise<Record<string, string>> {
  const digest = contentDigest(createHash('sha256').update(body).digest('base64'));
  const request = { method, url: url.href, headers: { 'content-digest': digest } };
  const signed = await httpbis.signMessage(
    {
      key: {
        id: keyId,
        alg: REQUEST_SIGNATURE.algorithm,
        sign: (data) => Promise.resolve(sign(null, data, privateKey)),
      },
      name: REQUEST_SIGNATURE.label,
      fields: [...REQUEST_SIGNATURE.components],
      params: [...REQUEST_SIGNATURE.parameters],
      paramValues: {
        created: new Date(created),
        expires: new Date(created + requestLifetimeSecondsMax * 1000),
        nonce: random.hex(16),
        keyid: keyId,
        tag: REQUEST_SIGNATURE.tag,
      },
    },
    request,
  );
  return Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

/** By the Date of a cloud that refused us, in whole seconds; within a second there is nothing to correct. */
function aheadOf(response: Response, now: number): number {
  const said = Date.parse(response.headers.get('date') ?? '');
  const ahead = said - now;
  return Number.isFinite(ahead) && Math.abs(ahead) > 1000 ? ahead : 0;
}

/** Reads no more than `bytesMax`: an endless body ends the request, not the gateway. */
async function readAnswer(response: Response, { bytesMax, resume }: Bounds): Promise<CloudAnswer> {
  // An answer from the first byte on does not follow what is held.
  const follows = response.status === (resume !== undefined && resume.from > 0 ? 206 : 200);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return { kind: 'failed', why: 'answer-too-large' };
      chunks.push(chunk);
      if (follows) resume?.onBytes(chunk);
    }
  }
  const etag = response.headers.get('etag');
  return {
    kind: 'answer',
    status: response.status,
    body: Buffer.concat(chunks),
    ...(etag === null ? {} : { etag }),
  };
}
