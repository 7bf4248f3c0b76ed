import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mailChannel } from '../../src/channels/mail.ts';
import { REGION } from '../running-cloud.ts';
import { mailServer } from './mail-server.ts';

const NOTICE = '00112233445566778899aabbccddeeff';
const never = new AbortController().signal;
const letter = {
  notice: NOTICE,
  address: 'office@example.org',
  subject: '红码通报 / Red code 00112233',
  text: 'one\r\ntwo\r\n',
};

function send(url: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const { signal = never, ...rest } = options;
  return mailChannel({ url, from: 'greengate@example.org', region: REGION, ...rest })(
    letter,
    signal,
  );
}

const failed = (failure: string, final = false) => ({ kind: 'failed', failure, final });

describe('a mail', () => {
  test('is handed over once, under an id of its own', async () => {
    const { port, mails, recipients } = await mailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
    });
    expect(await send(`smtp://127.0.0.1:${port}`)).toEqual({ kind: 'sent' });
    expect(recipients).toEqual(['office@example.org']);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain(`Message-ID: <${NOTICE}@330100.greengate>`);
    expect(mails[0]).toContain(`Idempotency-Key: ${NOTICE}`);
    expect(mails[0]).toContain('Auto-Submitted: auto-generated');
    expect(mails[0]).toContain('From: greengate@example.org');
  });

  test('to an address that does not exist fails for good; a busy server is asked again', async () => {
    const answering = (code: number) =>
      mailServer({
        disabledCommands: ['STARTTLS', 'AUTH'],
        onRcptTo: (_address, _session, done) =>
          done(Object.assign(new Error('no'), { responseCode: code })),
      });
    const gone = await answering(550);
    expect(await send(`smtp://127.0.0.1:${gone.port}`)).toEqual(failed('refused', true));
    const busy = await answering(451);
    expect(await send(`smtp://127.0.0.1:${busy.port}`)).toEqual(failed('refused'));
    expect(await send('smtp://127.0.0.1:1')).toEqual(failed('unreachable'));
  });

  test('leaves this machine over TLS only, unless the URL says otherwise', async () => {
    // 127.0.0.2 is this machine too, but not by a name that is taken for it.
    const plain = await mailServer({ disabledCommands: ['STARTTLS', 'AUTH'] }, '127.0.0.2');
    const url = `smtp://127.0.0.2:${plain.port}`;
    expect(await send(url)).toMatchObject({ kind: 'failed' });
    expect(plain.mails).toEqual([]);
    expect(await send(`${url}?ignoreTLS=true`)).toEqual({ kind: 'sent' });
    // A certificate that nobody vouches for is none; whoever has another reason to trust it says so.
    const tls = await mailServer({ disabledCommands: ['AUTH'] }, '127.0.0.2');
    const named = `smtp://127.0.0.2:${tls.port}`;
    expect(await send(named)).toMatchObject({ kind: 'failed' });
    expect(tls.mails).toEqual([]);
    expect(await send(`${named}?tls.rejectUnauthorized=false`)).toEqual({ kind: 'sent' });
    expect(tls.mails).toHaveLength(1);
  });

  test('waits no longer than its time for a server that says nothing, and ends when the cloud stops', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => void silent.listen(0, '127.0.0.1', done));
    onTestFinished(() => new Promise<void>((done) => void silent.close(() => done())));
    const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    expect(await send(url, { timeoutMs: 200 })).toEqual(failed('timed-out'));
    const stop = new AbortController();
    const stopped = send(url, { signal: stop.signal });
    stop.abort();
    expect(await stopped).toMatchObject({ kind: 'failed' });
  });
});
