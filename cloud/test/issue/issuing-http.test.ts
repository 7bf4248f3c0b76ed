import {
  appealQueueSchema,
  appealViewSchema,
  applicationViewSchema,
  officerCaseSchema,
  queuePageSchema,
} from '@greengate/contracts/wire/issuing';
import { holderNoticesSchema } from '@greengate/contracts/wire/notice';
import { expect, test } from 'vitest';
import { staffMember } from '../accounts/browser.ts';
import {
  codeOf,
  HEALTHY,
  newPerson,
  type RunningCloud,
  runCloud,
  START,
} from '../running-cloud.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const COMMUNITY = '330106001007';
const ELSEWHERE = '330108001001';
const application = { community: COMMUNITY, purpose: 'work', mayCall: true };
const LEASE = { reference: 'LEASE/2021-77', sha256: 'cd'.repeat(32) };

/** A holder who has declared, with what they say and what they are told. */
async function applicant(running: RunningCloud, person = newPerson()) {
  const token = await running.newHolder(person);
  const send = (method: string, path: string, body?: unknown) =>
    running.call(token, method, path, body);
  const status = async () => (await (await send('GET', '/v1/status')).json()) as StatusAnswer;
  await send('POST', '/v1/declarations', HEALTHY);
  const apply = async (changes: object = {}) => {
    const response = await send('POST', '/v1/applications', { ...application, ...changes });
    expect(response.status).toBe(200);
    return applicationViewSchema.parse(await response.json());
  };
  const mine = async () => {
    const answer = (await (await send('GET', '/v1/applications/mine')).json()) as {
      applications: unknown[];
    };
    return answer.applications.map((one) => applicationViewSchema.parse(one));
  };
  return { person, send, status, apply, mine };
}

/** What a holder was told, the oldest first: what it is about and the codes of its reasons. */
async function toldTo(send: Awaited<ReturnType<typeof applicant>>['send']) {
  const answer = await (await send('GET', '/v1/notices/mine')).json();
  const { rows } = holderNoticesSchema.parse(answer);
  for (const { zh, en } of rows.flatMap(({ reasons }) => reasons)) {
    expect([zh, en].every((text) => text.length > 3)).toBe(true);
  }
  const codes = rows.map(({ about, at, reasons }) => ({
    about,
    at,
    codes: reasons.map(({ reason }) => reason),
  }));
  return codes.reverse();
}

interface StatusAnswer {
  readonly colour: string;
  readonly nextColour: string;
  readonly reasons: readonly { readonly rule: string; readonly reason: string }[];
}

async function answerOf(response: Response): Promise<string> {
  return response.status === 200 ? 'ok' : `${response.status} ${await codeOf(response)}`;
}

test('an application is black-and-white until an officer of its community issues it', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'officer', ['330106']);
  const early = await running.newHolder();
  const undeclared = await running.call(early, 'POST', '/v1/applications', application);
  expect(await answerOf(undeclared)).toBe('409 not-declared');

  const { apply, status, mine, send } = await applicant(running);
  expect((await status()).colour).toBe('green');
  const made = await apply();
  expect(made).toMatchObject({ state: 'queued', escalated: false, exits: ['withdraw'] });
  expect(made.decideBy).toBe(Date.parse('2022-03-01T16:00:00+08:00'));
  expect(await status()).toMatchObject({
    colour: 'pending',
    nextColour: 'yellow',
    reasons: [{ rule: 'application', reason: 'status-pending' }, { rule: 'clear' }],
  });
  expect(await answerOf(await send('POST', '/v1/applications', application))).toBe(
    '409 application-open',
  );
  expect(await answerOf(await send('POST', '/v1/codes', { kind: 'paper' }))).toBe('409 not-green');

  const queue = queuePageSchema.parse(await (await browser.send('GET', '/v1/queue')).json());
  expect(queue.rows).toMatchObject([{ id: made.id, state: 'queued', mayCall: true }]);
  const seen = await browser.send('GET', `/v1/queue/${made.id}`);
  expect(officerCaseSchema.parse(await seen.json())).toMatchObject({ colour: 'pending' });
  const path = `/v1/applications/${made.id}/decision`;
  const ask = { kind: 'ask-for-more', items: ['proof-of-residence'] };
  expect(await answerOf(await browser.send('POST', path, ask))).toBe('ok');
  expect(await mine()).toMatchObject([
    { state: 'asked-for-more', askedFor: ['proof-of-residence'], exits: ['answer', 'withdraw'] },
  ]);
  const answer = { kind: 'documents', documents: [LEASE] };
  expect(await answerOf(await send('POST', `/v1/applications/${made.id}/answer`, answer))).toBe(
    'ok',
  );
  expect(await answerOf(await browser.send('POST', path, { kind: 'request-video' }))).toBe('ok');
  expect(await answerOf(await browser.send('POST', path, { kind: 'issue' }))).toBe('ok');
  expect(await mine()).toMatchObject([{ state: 'issued' }]);
  expect((await status()).colour).toBe('green');
  expect(await answerOf(await browser.send('POST', path, { kind: 'issue' }))).toBe(
    '409 application-closed',
  );
});

test('each decision is told to the applicant with its grounds, once, and to nobody else', async () => {
  const running = await runCloud();
  const { browser } = await staffMember(running, 'officer');
  const other = await staffMember(running, 'officer');
  const { apply, send } = await applicant(running);
  const stranger = await applicant(running);
  const { id } = await apply();
  expect(await toldTo(send)).toEqual([]);
  const decide = async (decision: object) => {
    running.clock.set(running.clock.now() + 1000);
    const made = await browser.send('POST', `/v1/applications/${id}/decision`, decision);
    return answerOf(made);
  };
  const items = ['proof-of-residence', 'travel-record'];
  expect(await decide({ kind: 'ask-for-more', items })).toBe('ok');
  await send('POST', `/v1/applications/${id}/answer`, { kind: 'documents', documents: [LEASE] });
  expect(await decide({ kind: 'request-video' })).toBe('ok');
  // It grows late: that is reported upwards, and decides nothing.
  running.clock.set(START + 3 * DAY);
  expect(await running.cloud.issuing.doDue(9)).toBe(1);
  expect(await decide({ kind: 'refuse', ground: 'not-resident' })).toBe('ok');
  expect(await decide({ kind: 'issue' })).toBe('409 application-closed');
  const against = { kind: 'application', id };
  const appeals: unknown[] = [];
  for (const outcome of ['rejected', 'upheld']) {
    const body = { against, reason: 'refusal-unfounded', evidence: null };
    const made = appealViewSchema.parse(await (await send('POST', '/v1/appeals', body)).json());
    running.clock.set(running.clock.now() + 1000);
    const path = `/v1/appeals/${made.id}/decision`;
    appeals.push(await answerOf(await other.browser.send('POST', path, { outcome })));
  }
  expect(appeals).toEqual(['ok', 'ok']);
  const told = await toldTo(send);
  expect(told.every(({ about }) => about === 'decision')).toBe(true);
  expect(told.map(({ codes }) => codes.join(' ')).slice(0, 4)).toEqual([
    'application-asked-for-more proof-of-residence travel-record',
    'application-video-requested',
    'application-refused not-resident',
    'appeal-rejected',
  ]);
  expect(
    told
      .slice(4)
      .map(({ codes }) => codes.join(' '))
      .sort(),
  ).toEqual(['appeal-upheld', 'application-issued']);
  expect(await toldTo(stranger.send)).toEqual([]);
});

test("T25 another area's application is not found, and another holder's neither", async () => {
  const running = await runCloud();
  const stranger = await staffMember(running, 'officer', [ELSEWHERE.slice(0, 6)]);
  const { apply } = await applicant(running);
  const other = await applicant(running);
  const { id } = await apply();
  const answers = [
    await stranger.browser.send('GET', `/v1/queue?community=${COMMUNITY}`),
    await stranger.browser.send('GET', `/v1/queue/${id}`),
    await stranger.browser.send('POST', `/v1/applications/${id}/decision`, { kind: 'issue' }),
    await other.send('POST', `/v1/applications/${id}/answer`, { kind: 'withdraw' }),
    await other.send('POST', '/v1/appeals', {
      against: { kind: 'application', id },
      reason: 'no-decision-in-time',
      evidence: null,
    }),
  ];
  for (const answer of answers) expect(await answerOf(answer)).toBe('404 not-found');
  const queue = await stranger.browser.send('GET', '/v1/queue');
  expect(queuePageSchema.parse(await queue.json()).rows).toEqual([]);
  for (const token of [running.tokens.operator, running.tokens.auditor]) {
    expect((await running.call(token, 'GET', '/v1/queue')).status).toBe(403);
  }
  const outside = await other.send('POST', '/v1/applications', {
    ...application,
    community: '440106001007',
  });
  expect(await answerOf(outside)).toBe('400 request-invalid');
});

test('silence is escalated, and issues the next evening what is clean; what is listed stays with the officer', async () => {
  const running = await runCloud();
  const clean = await applicant(running);
  const listed = await applicant(running);
  await clean.apply();
  await listed.apply();
  const due = () => running.cloud.issuing.doDue(100);
  expect(await due()).toBe(0);
  running.clock.set(Date.parse('2022-03-01T16:00:00+08:00'));
  expect(await due()).toBe(2);
  const evening = Date.parse('2022-03-02T18:00:00+08:00');
  expect(await clean.mine()).toMatchObject([{ escalated: true, autoIssueAt: evening }]);
  expect(running.log.join('')).toContain('applications are late');

  const entries = [{ idNumber: listed.person.idNumber, since: '2022-03-02' }];
  await running.call(running.tokens.operator, 'POST', '/v1/lists/close-contact', { entries });
  running.clock.set(evening);
  expect(await due()).toBe(2);
  expect(await due()).toBe(0);
  expect(await clean.mine()).toMatchObject([{ state: 'auto-issued' }]);
  expect(await toldTo(clean.send)).toEqual([
    { about: 'decision', at: evening, codes: ['application-auto-issued'] },
  ]);
  expect((await clean.status()).colour).toBe('green');
  expect(await listed.mine()).toMatchObject([{ state: 'queued', autoIssueAt: null }]);
  running.clock.set(evening + 30 * DAY);
  expect(await due()).toBe(0);
  const { browser } = await staffMember(running, 'officer');
  const [{ id } = { id: '' }] = await listed.mine();
  const decision = await browser.send('POST', `/v1/applications/${id}/decision`, { kind: 'issue' });
  expect(await answerOf(decision)).toBe('409 application-lists-not-clean');
});

test('a refusal is appealed, and judged by another officer within 24 hours', async () => {
  const running = await runCloud();
  const first = await staffMember(running, 'officer');
  const second = await staffMember(running, 'officer');
  const { apply, send, mine, status } = await applicant(running);
  const { id } = await apply();
  const refusal = { kind: 'refuse', ground: 'not-resident' };
  await first.browser.send('POST', `/v1/applications/${id}/decision`, refusal);
  expect(await mine()).toMatchObject([{ refusedFor: 'not-resident', exits: ['appeal', 'apply'] }]);
  expect((await status()).colour).toBe('pending');

  const against = { kind: 'application', id };
  const appeal = { against, reason: 'refusal-unfounded', evidence: LEASE };
  const made = appealViewSchema.parse(await (await send('POST', '/v1/appeals', appeal)).json());
  expect(made).toMatchObject({ state: 'open', decideBy: START + DAY });
  expect(await answerOf(await send('POST', '/v1/appeals', appeal))).toBe('409 already-exists');
  running.clock.set(START + DAY);
  expect(await running.cloud.issuing.doDue(9)).toBeGreaterThan(0);
  const queue = appealQueueSchema.parse(
    await (await second.browser.send('GET', '/v1/appeals')).json(),
  );
  expect(queue.rows).toMatchObject([
    { id: made.id, escalated: true, againstId: id, evidence: LEASE },
  ]);
  const judge = (by: typeof first, outcome: string) =>
    by.browser.send('POST', `/v1/appeals/${made.id}/decision`, { outcome });
  expect(await answerOf(await judge(first, 'rejected'))).toBe('403 appeal-own-decision');
  expect(await answerOf(await judge(second, 'upheld'))).toBe('ok');
  expect(await mine()).toMatchObject([{ state: 'issued' }]);
  expect((await status()).colour).toBe('green');
  expect(await answerOf(await judge(second, 'rejected'))).toBe('409 appeal-closed');
});

test('an appeal may be withdrawn by whose it is; one against a colour is heard too', async () => {
  const running = await runCloud();
  const { send } = await applicant(running);
  const other = await applicant(running);
  const request = { against: { kind: 'status' }, reason: 'record-wrong', evidence: null };
  const { id } = (await (await send('POST', '/v1/appeals', request)).json()) as { id: string };
  const path = `/v1/appeals/${id}/withdrawal`;
  expect(await answerOf(await other.send('POST', path))).toBe('404 not-found');
  expect(await answerOf(await send('POST', path))).toBe('ok');
  expect(await (await send('GET', '/v1/appeals/mine')).json()).toMatchObject({
    appeals: [{ id, state: 'withdrawn' }],
  });
});
