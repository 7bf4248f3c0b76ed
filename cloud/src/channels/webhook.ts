import { lookup } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { OutgoingNotice, SendNotice, SendResult } from '../notice-port.ts';
import type { Clock, Signer } from '../ports.ts';
import { webhookAnswerBytesMax, webhookMsMax } from './limits.ts';
import type { Networks } from './networks.ts';
import { signedHeaders } from './notice-signature.ts';

export interface WebhookOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly networks: Networks;
  /** How long one may take; absent: `webhookMsMax`. */
  readonly timeoutMs?: number;
}

/**
 * POSTs a notice. 2xx is success, whatever the body says; redirects are not followed, and the address that is
 * connected to is the one that was judged, so no second look-up can put another in its place.
 */
export function webhookChannel(options: WebhookOptions): SendNotice {
  const { timeoutMs = webhookMsMax } = options;
  return (notice, signal) =>
    new Promise((done) => {
      const url = new URL(notice.address);
      if (isRefusedLiteral(url, options.networks)) return done(failed('address-refused'));
      const request = post(url, notice, options);
      const timer = setTimeout(() => request.destroy(new TimedOut()), timeoutMs);
      const end = (result: SendResult) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        done(result);
      };
      const abort = () => void request.destroy(new Error('stopped'));
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      request.on('error', (error) => end(failureOf(error)));
      // A connection that ends without either, as after 101 Switching Protocols, is an answer too.
      request.on('close', () => end(failureOf(new Error('closed'))));
      request.on('response', (response) => {
        end(resultOf(response));
        cutShort(request, response, timeoutMs);
      });
    });
}

class TimedOut extends Error {}
class AddressRefused extends Error {}

function post(url: URL, notice: OutgoingNotice, options: WebhookOptions): ClientRequest {
  const { signer, clock, networks } = options;
  const body = Buffer.from(notice.text);
  const headers = {
    ...signedHeaders(url, body, notice.notice, signer, clock.now()),
    'content-length': String(body.length),
    'user-agent': 'greengate',
  };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  // No agent: a connection that is kept would be used again without its address being judged.
  const request = send(url, {
    ...{ method: 'POST', headers, agent: false },
    lookup: judgedLookup(url, networks),
  });
  request.end(body);
  return request;
}

/** Plain HTTP goes to allowed networks only; TLS to the public internet too. */
function mayReach(address: string, { protocol }: URL, networks: Networks): boolean {
  return networks.allowed(address) || (protocol === 'https:' && networks.public(address));
}

/** An address in place of a name is never looked up, so it is judged here. */
function isRefusedLiteral(url: URL, networks: Networks): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !mayReach(host, url, networks);
}

function judgedLookup(url: URL, networks: Networks): LookupFunction {
  return (hostname, { all }, callback) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error) return callback(error, '');
      const good = found.filter(({ address }) => mayReach(address, url, networks));
      const [first] = good;
      if (!first) return callback(new AddressRefused(), '');
      if (all === true) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
}

function resultOf({ statusCode = 0, headers }: IncomingMessage): SendResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'sent' };
  if (statusCode >= 300 && statusCode < 400) return failed('redirected');
  if (statusCode === 410) return { kind: 'failed', failure: 'gone', final: true };
  const seconds = /^\d{1,6}$/.exec(headers['retry-after'] ?? '')?.[0];
  if (seconds === undefined) return failed('refused');
  return { ...failed('refused'), retryAfterMs: Number(seconds) * 1000 };
}

/** Lets a short answer come to its end, and cuts off one that is long or slow. */
function cutShort(request: ClientRequest, response: IncomingMessage, timeoutMs: number): void {
  const timer = setTimeout(() => request.destroy(), timeoutMs);
  timer.unref();
  let length = 0;
  response.on('data', (part: Buffer) => {
    length += part.length;
    if (length > webhookAnswerBytesMax) request.destroy();
  });
  response.on('error', () => undefined);
  response.on('close', () => clearTimeout(timer));
}

function failureOf(error: Error): Extract<SendResult, { kind: 'failed' }> {
  if (error instanceof TimedOut) return failed('timed-out');
  if (error instanceof AddressRefused) return failed('address-refused');
  return failed('unreachable');
}

function failed(
  failure: 'refused' | 'redirected' | 'timed-out' | 'unreachable' | 'address-refused',
) {
  return { kind: 'failed', failure, final: false } as const;
}
