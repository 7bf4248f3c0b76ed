import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { noticeMessageSchema } from '@greengate/contracts/wire/notice';
import { passageEventSchema } from '@greengate/contracts/wire/passage';
import { describe, expect, test } from 'vitest';
import { mailChannel } from '../../src/channels/mail.ts';
import { networksOf } from '../../src/channels/networks.ts';
import { webhookChannel } from '../../src/channels/webhook.ts';
import { promMetrics } from '../../src/metrics.ts';
import type { NoticeChannels, SendNotice } from '../../src/notice-port.ts';
import { noticeAttemptsCountMax } from '../../src/notify/limits.ts';
import { holderReference } from '../../src/notify/message.ts';
import { makeSender } from '../../src/notify/sender.ts';
import { sealer } from '../../src/sealer.ts';
import { batchBytes } from '../events.ts';
import {
  codeOf,
  HEALTHY,
  newPerson,
  REGION,
  type RunningCloud,
  random,
  runCloud,
  START,
} from '../running-cloud.ts';
import { mailServer } from './mail-server.ts';
import { type Received, receiver } from './receiver.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A cloud that really sends: webhooks to this machine, mail to a port of it. */
function sendingCloud(mailPort?: number): Promise<RunningCloud> {
  return runCloud({
    channels: (keys, clock) => {
      const networks = networksOf(['127.0.0.0/8']);
      if (!networks) throw new Error('no networks');
      const url = `smtp://127.0.0.1:${mailPort}`;
      return {
        webhook: webhookChannel({ signer: keys.notices, clock, networks, timeoutMs: 500 }),
        ...(mailPort === undefined
          ? {}
          : { mail: mailChannel({ url, from: 'greengate@example.org', region: REGION }) }),
      };
    },
  });
}

type Scope =
  | { readonly to: 'community' | 'disease-control'; readonly division: string }
  | { readonly to: 'unit'; readonly unit: string };

async function putTarget(running: RunningCloud, target: string, scope: Scope, address: string) {
  const delivery = address.includes('@')
    ? { channel: 'mail', mail: address }
    : { channel: 'webhook', url: address };
  const { operator } = running.tokens;
  const body = { target, scope, delivery };
  const response = await running.call(operator, 'PUT', '/v1/notice-targets', body);
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as { signedBy: { keyId: string; publicKey: string } };
}

const COMMUNITY = { to: 'community', division: REGION } as const;

/** A holder who declared, healthy, and who can be put on a list. */
async function declaredHolder(running: RunningCloud, person = newPerson()) {
  const token = await running.newHolder(person);
  await running.call(token, 'POST', '/v1/declarations', HEALTHY);
  const list = async (kind: string, since = '2022-02-28') => {
    const entries = [{ idNumber: person.idNumber, since }];
    const response = await running.call(running.tokens.operator, 'POST', `/v1/lists/${kind}`, {
      entries,
    });
    if (response.status !== 200) throw new Error(await response.text());
  };
  return { token, person, list };
}

const messageOf = ({ body }: Received) => noticeMessageSchema.parse(JSON.parse(body));

interface Row {
  readonly notice: string;
  readonly attempts: number;
  readonly failure: string | null;
  readonly dueAt: number;
}

async function noticesOf(running: RunningCloud, state: string): Promise<readonly Row[]> {
  const path = `/v1/notices?state=${state}`;
  const response = await running.call(running.tokens.operator, 'GET', path);
  expect(response.status).toBe(200);
  return ((await response.json()) as { rows: Row[] }).rows;
}

async function drain(running: RunningCloud): Promise<void> {
  while ((await running.cloud.notices.sendDue()) > 0);
}

describe('a red', () => {
  test('P48 is told to the community by webhook and, of a confirmed case, to the disease-control office by mail', async () => {
    const { port, mails, recipients } = await mailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
    });
    const running = await sendingCloud(port);
    const { url, received } = await receiver();
    await putTarget(running, 'office', COMMUNITY, `${url}/hook`);
    await putTarget(
      running,
      'cdc',
      { to: 'disease-control', division: '330000' },
      'cdc@example.org',
    );
    const contact = await declaredHolder(running);
    const patient = await declaredHolder(running);
    await contact.list('close-contact');
    await patient.list('confirmed');
    await patient.list('suspected');
    await drain(running);
    expect(recipients).toEqual(['cdc@example.org']);
    const messages = received.map(messageOf);
    expect(messages.map(({ to, division }) => [to, division])).toEqual([
      ['community', REGION],
      ['community', REGION],
    ]);
    const rules = messages.flatMap(({ tells }) => (tells.about === 'red' ? tells.reasons : []));
    expect(rules.map(({ rule }) => rule).sort()).toEqual(['close-contact', 'listed-infected']);
    expect(new Set(messages.map(({ holder }) => holder)).size).toBe(2);
    const mail = Buffer.from(mails[0]?.split('\r\n\r\n')[1] ?? '', 'base64').toString('utf8');
    expect(mail).toContain('规则 / rule: listed-infected; 原因 / reason: listed-infected');
    // What one target calls a person, another does not.
    expect(messages.some(({ holder }) => mail.includes(String(holder)))).toBe(false);
    const metrics = await running.call(running.tokens.metrics, 'GET', '/metrics');
    const text = await metrics.text();
    expect(text).toContain('greengate_cloud_notices_total{result="sent",channel="webhook"} 2');
    expect(text).toContain('greengate_cloud_notices_total{result="sent",channel="mail"} 1');
    expect(text).toContain('greengate_cloud_notice_late_seconds 0');
  });

  test('is told to the unit that the holder declared last, beside the community, and to no other', async () => {
    const running = await sendingCloud();
    const { url, received } = await receiver();
    await putTarget(running, 'office', COMMUNITY, `${url}/office`);
    for (const unit of ['first-mill', 'second-mill']) {
      await putTarget(running, unit, { to: 'unit', unit }, `${url}/${unit}`);
    }
    const declared = async (...units: (string | undefined)[]) => {
      const one = await declaredHolder(running);
      for (const unit of units) {
        running.clock.set(running.clock.now() + SECOND);
        const body = { ...HEALTHY, ...(unit === undefined ? {} : { unit }) };
        const response = await running.call(one.token, 'POST', '/v1/declarations', body);
        expect(response.status).toBe(200);
      }
      return one;
    };
    const worker = await declared('first-mill', 'second-mill');
    const retired = await declared('first-mill', undefined);
    const stranger = await declared('a-mill-that-nobody-named');
    for (const one of [worker, retired, stranger]) await one.list('close-contact');
    await drain(running);
    const told = received.map((one) => ({ path: new URL(one.url).pathname, ...messageOf(one) }));
    expect(told.map(({ path, to }) => [path, to]).sort()).toEqual([
      ['/office', 'community'],
      ['/office', 'community'],
      ['/office', 'community'],
      ['/second-mill', 'unit'],
    ]);
    // Community and unit know one person by two references.
    expect(new Set(told.map(({ holder }) => holder)).size).toBe(4);
    expect(await noticesOf(running, 'dead')).toMatchObject([
      { to: 'unit', target: null, failure: 'no-target' },
    ]);
    for (const unit of ['', 'First Mill', 'x'.repeat(65), 7]) {
      const body = { ...HEALTHY, unit };
      const response = await running.call(worker.token, 'POST', '/v1/declarations', body);
      expect(await codeOf(response)).toBe('request-invalid');
    }
  });

  test('is told to its holder, in words', async () => {
    const running = await sendingCloud();
    const { token, list } = await declaredHolder(running);
    const mine = async (query = '') => {
      const response = await running.call(token, 'GET', `/v1/notices/mine${query}`);
      return (await response.json()) as { rows: { about: string; reasons: unknown[] }[] };
    };
    expect(await mine()).toEqual({ rows: [], next: null });
    await list('confirmed');
    expect((await mine()).rows).toMatchObject([
      {
        about: 'red',
        reasons: [{ reason: 'listed-infected', zh: expect.stringContaining('名单') }],
      },
    ]);
    const other = await declaredHolder(running);
    const theirs = await running.call(other.token, 'GET', '/v1/notices/mine');
    expect(await theirs.json()).toEqual({ rows: [], next: null });
  });

  test('reaches a receiver that fails at first, under one id, after the waits of the schedule', async () => {
    const running = await sendingCloud();
    const { url, received } = await receiver(
      (count, _in, out) => void out.writeHead(count <= 3 ? 503 : 204).end(),
    );
    await putTarget(running, 'office', COMMUNITY, url);
    const { list } = await declaredHolder(running);
    await list('confirmed');
    const waits: number[] = [];
    for (let at = START; received.length < 4; ) {
      running.clock.set(at);
      await drain(running);
      const [due] = await noticesOf(running, 'due');
      if (!due) break;
      waits.push(due.dueAt - at);
      at = due.dueAt;
    }
    expect(received).toHaveLength(4);
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(0.75 * 30_000 * 2 ** i);
      expect(wait).toBeLessThanOrEqual(1.25 * 30_000 * 2 ** i);
    }
    expect(await noticesOf(running, 'sent')).toMatchObject([{ attempts: 4, failure: null }]);
  });
});

describe('a dead letter', () => {
  test('is what nobody took for a day; an operator sends it again', async () => {
    const running = await sendingCloud();
    let works = false;
    const { url, received } = await receiver(
      (_count, _in, out) => void out.writeHead(works ? 204 : 500).end(),
    );
    await putTarget(running, 'office', COMMUNITY, url);
    const { list } = await declaredHolder(running);
    await list('confirmed');
    for (let due = await noticesOf(running, 'due'); due[0]; due = await noticesOf(running, 'due')) {
      running.clock.set(due[0].dueAt);
      await drain(running);
    }
    expect(received).toHaveLength(noticeAttemptsCountMax);
    const dead = (await noticesOf(running, 'dead')).filter(({ failure }) => failure === 'refused');
    expect(dead).toMatchObject([{ attempts: noticeAttemptsCountMax, failure: 'refused' }]);
    expect(dead[0]?.dueAt).toBeGreaterThan(START + 16 * HOUR);
    const path = `/v1/notices/${dead[0]?.notice}/retry`;
    const { operator, auditor } = running.tokens;
    expect((await running.call(auditor, 'POST', path)).status).toBe(403);
    works = true;
    expect(await (await running.call(operator, 'POST', path)).json()).toEqual({
      due: [dead[0]?.notice],
    });
    await drain(running);
    expect((await noticesOf(running, 'sent')).map(({ notice }) => notice)).toEqual([
      dead[0]?.notice,
    ]);
    expect(await codeOf(await running.call(operator, 'POST', path))).toBe('not-found');
  });

  test('is also what there was no target or no channel for', async () => {
    const running = await sendingCloud();
    const { list } = await declaredHolder(running);
    await list('confirmed');
    const dead = await noticesOf(running, 'dead');
    expect(dead.map(({ failure }) => failure)).toEqual(['no-target', 'no-target']);
    const { operator } = running.tokens;
    const retry = () => running.call(operator, 'POST', `/v1/notices/${dead[0]?.notice}/retry`);
    expect(await codeOf(await retry())).toBe('notice-target-missing');
    for (const to of ['community', 'disease-control'] as const) {
      await putTarget(running, to, { to, division: REGION }, 'office@example.org');
    }
    expect((await retry()).status).toBe(200);
    await drain(running);
    expect(await noticesOf(running, 'due')).toMatchObject([{ failure: 'channel-off' }]);
    const dropped = await running.call(operator, 'DELETE', '/v1/notice-targets/community');
    expect(dropped.status).toBe(200);
    await running.call(operator, 'DELETE', '/v1/notice-targets/disease-control');
    running.clock.set(START + HOUR);
    await drain(running);
    expect(await noticesOf(running, 'due')).toEqual([]);
    expect(await noticesOf(running, 'dead')).toHaveLength(2);
  });
});

describe('a sender', () => {
  const senderOver = (running: RunningCloud, webhook: SendNotice) => {
    const channels: NoticeChannels = { webhook };
    const { store, keys, clock } = running;
    return makeSender({
      ...{ store, channels, clock, random, region: REGION },
      metrics: promMetrics({ process: false }),
      addresses: sealer(keys.pseudonymKey, 'greengate-notice-address-1', random),
      reference: holderReference(keys.pseudonymKey),
    });
  };

  test('P52 that dies in the middle loses nothing: another sends it when the lease is over', async () => {
    const running = await sendingCloud();
    const { url, received } = await receiver();
    await putTarget(running, 'office', COMMUNITY, url);
    await (await declaredHolder(running)).list('close-contact');
    // It never comes back from sending, as after kill -9.
    const dead = senderOver(running, () => new Promise(() => undefined));
    void dead.sendDue();
    await expect.poll(async () => (await noticesOf(running, 'due'))[0]?.attempts).toBe(1);
    await drain(running);
    expect(received).toEqual([]);
    running.clock.set(START + 90 * SECOND);
    await drain(running);
    expect(received).toHaveLength(1);
    expect(await noticesOf(running, 'sent')).toMatchObject([{ attempts: 2 }]);
  });

  test('two at once send each notice once', async () => {
    const running = await sendingCloud();
    await putTarget(running, 'office', COMMUNITY, 'https://example.org');
    for (let i = 0; i < 12; i++) await (await declaredHolder(running)).list('close-contact');
    const sent: string[] = [];
    const record: SendNotice = async ({ notice }) => {
      sent.push(notice);
      return { kind: 'sent' };
    };
    const senders = [senderOver(running, record), senderOver(running, record)];
    await Promise.all(
      senders.map(async (sender) => {
        while ((await sender.sendDue()) > 0);
      }),
    );
    expect(sent).toHaveLength(12);
    expect(new Set(sent).size).toBe(12);
  });

  test('that is stopped breaks off, and what it had is due again at once', async () => {
    const running = await sendingCloud();
    await putTarget(running, 'office', COMMUNITY, 'https://example.org');
    await (await declaredHolder(running)).list('close-contact');
    const sender = senderOver(
      running,
      (_notice, signal) =>
        new Promise((done) => {
          const end = () => done({ kind: 'failed', failure: 'unreachable', final: false });
          signal.addEventListener('abort', end);
        }),
    );
    const under = sender.sendDue();
    await expect.poll(async () => (await noticesOf(running, 'due'))[0]?.attempts).toBe(1);
    sender.stop();
    expect(await under).toBe(1);
    expect(await sender.sendDue()).toBe(0);
    expect(await noticesOf(running, 'due')).toMatchObject([
      { failure: 'interrupted', dueAt: START },
    ]);
  });
});

test('a fever at a gate is told to the community of its holder, once', async () => {
  const running = await sendingCloud();
  const { url, received } = await receiver();
  await putTarget(running, 'office', COMMUNITY, url);
  await declaredHolder(running);
  const gate = await running.enrol();
  const fever = passageEventSchema.parse({
    ...{ kind: 'intent', seq: 1, at: START - 5000, clock: 'trusted', passage: '0'.repeat(32) },
    ...{ lane: 'lane-1', key: null, verdict: 'refuse', reason: 'temperature-fever' },
    ...{ rung: 'replica', staleness: 'fresh', replicaVer: 1, policyVer: 1, step: null },
  });
  for (let times = 0; times < 3; times++) {
    await running.signed(gate, 'POST', '/v1/passages', batchBytes(1, 1, [fever]));
  }
  await drain(running);
  expect(received.map(messageOf)).toMatchObject([
    {
      holder: null,
      at: START - 5000,
      tells: { about: 'fever', gateway: 'gate-1', lane: 'lane-1' },
    },
  ]);
});

test('an address is shown masked, and a wrong target is refused', async () => {
  const running = await sendingCloud();
  const { operator, auditor, registrar } = running.tokens;
  const put = (body: unknown) => running.call(operator, 'PUT', '/v1/notice-targets', body);
  await putTarget(running, 'hook', COMMUNITY, 'https://hooks.example.org/s3cret?token=t0ken');
  await putTarget(running, 'mail', { to: 'unit', unit: 'factory-7' }, 'wang.wu@example.org');
  const shown = await (await running.call(auditor, 'GET', '/v1/notice-targets')).text();
  expect(shown).toContain('https://hooks.example.org/...');
  expect(shown).toContain('w...@example.org');
  expect(shown).not.toMatch(/s3cret|t0ken|wang\.wu/);
  expect((await running.call(registrar, 'GET', '/v1/notice-targets')).status).toBe(403);
  const scope = COMMUNITY;
  const webhook = (url: string) => ({ channel: 'webhook', url });
  const good = { target: 'a', scope, delivery: webhook('https://example.org') };
  for (const bad of [
    { ...good, target: '../a' },
    { ...good, extra: 1 },
    { ...good, scope: { to: 'community', division: '3301' } },
    { ...good, scope: { to: 'unit', division: REGION } },
    { ...good, scope: { to: 'holder', division: REGION } },
    { ...good, delivery: webhook('file:///etc/passwd') },
    { ...good, delivery: webhook('https://user:pass@example.org') },
    { ...good, delivery: webhook('https://example.org/#x') },
    { ...good, delivery: webhook(`https://example.org/${'a'.repeat(2000)}`) },
    { ...good, delivery: { channel: 'mail', mail: 'a@example.org\r\nBcc: b@example.org' } },
    { ...good, delivery: { channel: 'mail', mail: 'a@example.org, b@example.org' } },
  ]) {
    expect(await codeOf(await put(bad)), JSON.stringify(bad)).toBe('request-invalid');
  }
  expect(
    await codeOf(await running.call(operator, 'GET', '/v1/notices?state=dead&after=1:x')),
  ).toBe('request-invalid');
});

test('P51 no byte that leaves by webhook or mail, or stays in the outbox, names a person', async () => {
  const { port, mails } = await mailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  const running = await sendingCloud(port);
  const { url, received } = await receiver();
  await putTarget(running, 'office', COMMUNITY, url);
  await putTarget(running, 'cdc', { to: 'disease-control', division: REGION }, 'cdc@example.org');
  const canary = { name: '金丝雀-Canary', idNumber: '33010019991231777X', phone: '+8613912345678' };
  const { list, token } = await declaredHolder(running, canary);
  await list('confirmed');
  await drain(running);
  expect([received.length, mails.length]).toEqual([1, 1]);
  const holder = await running.store.holderByToken(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))),
  );
  const { operator } = running.tokens;
  const lists = await running.call(operator, 'GET', '/v1/notices?state=sent');
  const read = [
    ...received.map(({ raw }) => raw),
    ...mails.flatMap((mail) => [mail, ...mail.split('\r\n\r\n').map(decoded)]),
    ...running.log,
    await lists.text(),
    readFileSync(running.file, 'latin1') + readFileSync(`${running.file}-wal`, 'latin1'),
  ];
  for (const text of read) {
    for (const secret of Object.values(canary)) expect(text.includes(secret)).toBe(false);
  }
  // The holder's own id is not given out either: a reference stands for it.
  for (const text of read.slice(0, -1)) expect(text.includes(holder ?? '')).toBe(false);
});

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

test('the code in docs/operations.md checks a signature', async () => {
  const running = await sendingCloud();
  const { url, received } = await receiver();
  const { signedBy } = await putTarget(running, 'office', COMMUNITY, `${url}/hook?a=b`);
  await (await declaredHolder(running)).list('close-contact');
  await drain(running);
  const [one] = received;
  if (!one) throw new Error('nothing came');
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  const code = /```js\n(import [\s\S]*?)```/.exec(page)?.[1] ?? '';
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isFromGreengate(...args: unknown[]): boolean;
  };
  const check = (url: string, headers: object, body: string, key = signedBy.publicKey) =>
    module.isFromGreengate(url, headers, Buffer.from(body), key, START);
  expect(check(one.url, one.headers, one.body)).toBe(true);
  expect(check(`${one.url}c`, one.headers, one.body)).toBe(false);
  expect(check(one.url, one.headers, `${one.body} `)).toBe(false);
  expect(check(one.url, { ...one.headers, 'idempotency-key': 'x' }, one.body)).toBe(false);
  expect(check(one.url, one.headers, one.body, '11'.repeat(32))).toBe(false);
  expect(
    module.isFromGreengate(
      one.url,
      one.headers,
      Buffer.from(one.body),
      signedBy.publicKey,
      START + HOUR,
    ),
  ).toBe(false);
});
