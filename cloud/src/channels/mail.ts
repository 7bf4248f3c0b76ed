import type { RegionId } from '@greengate/contracts/ids';
import { createTransport } from 'nodemailer';
import type { SendNotice, SendResult } from '../notice-port.ts';
import { mailMsMax, mailSilenceMsMax } from './limits.ts';

export interface MailOptions {
  /** `smtps://user:password@host` or `smtp://host`; TLS is required but on loopback, or where it says `?ignoreTLS=true`. */
  readonly url: string;
  /** Whom mails are from. */
  readonly from: string;
  readonly region: RegionId;
  /** How long one may take; absent: `mailMsMax`. */
  readonly timeoutMs?: number;
}

/** Hands notices to a mail server, each under an id of its own, so that one that comes twice is known for it. */
export function mailChannel({ url, from, region, timeoutMs = mailMsMax }: MailOptions): SendNotice {
  const { hostname, searchParams } = new URL(url);
  const plain = LOOPBACK.has(hostname) || searchParams.get('ignoreTLS') === 'true';
  const transport = createTransport({
    url,
    ...(plain ? { ignoreTLS: true } : { requireTLS: true }),
    connectionTimeout: mailSilenceMsMax,
    greetingTimeout: mailSilenceMsMax,
    socketTimeout: mailSilenceMsMax,
    // Nothing in a mail is to be read from elsewhere.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ notice, address, subject, text }, signal) => {
    // Not AbortSignal.any with AbortSignal.timeout: Node 20 collects the timeout as garbage, and it never fires.
    const stop = new AbortController();
    const abort = () => stop.abort();
    const timer = setTimeout(abort, timeoutMs);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      await transport.sendMail({
        ...{ from, to: { name: '', address }, subject, text, signal: stop.signal },
        textEncoding: 'base64',
        messageId: `<${notice}@${region}.greengate>`,
        headers: { 'Idempotency-Key': notice, 'Auto-Submitted': 'auto-generated' },
      });
      return { kind: 'sent' };
    } catch (error) {
      return stop.signal.aborted ? failed('timed-out', false) : failureOf(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The reply of a server, as nodemailer tells it; RFC 5321 4.2.1: 5yz is for good. */
function failureOf(error: unknown): SendResult {
  const { responseCode = 0, command = '' } = error as { responseCode?: number; command?: string };
  if (responseCode === 0) return failed('unreachable', false);
  // A refused sign-in or sender is our own matter, and may be put right.
  return failed('refused', responseCode >= 500 && command === 'RCPT TO');
}

function failed(failure: 'refused' | 'timed-out' | 'unreachable', final: boolean): SendResult {
  return { kind: 'failed', failure, final };
}
