import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { holderNoticesSchema } from '@greengate/contracts/wire/notice';
import {
  noticesSchema,
  overrideAlarmsSchema,
  overridePageSchema,
  overrideRecordSchema,
} from '@greengate/contracts/wire/override';
import { expect, test } from 'vitest';
import { type SignedIn, staffMember } from '../accounts/browser.ts';
import { replicaClient } from '../replica-client.ts';
import {
  codeOf,
  HEALTHY,
  newPerson,
  REGION,
  type RunningCloud,
  runCloud,
  START,
} from '../running-cloud.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const SHA = 'cd'.repeat(32);
const evidence = { kind: 'laboratory-report', reference: 'CDC/2022-0612-7', sha256: SHA };
const red = { colour: 'red', reason: 'test-positive', evidence, expiresAt: START + 3 * DAY };
const APPROVE = { decision: 'approve', evidenceSha256: SHA };

/** A holder who has declared, by their token and by the reference that staff use. */
async function declaredHolder(running: RunningCloud) {
  const body = newPerson();
  const made = await running.call(running.tokens.registrar, 'POST', '/v1/holders', body);
  const { holderId, token } = (await made.json()) as { holderId: string; token: string };
  await running.call(token, 'POST', '/v1/declarations', HEALTHY);
  const status = async () => {
    const answer = await running.call(token, 'GET', '/v1/status');
    return (await answer.json()) as { colour: string; nextColour: string; validUntil: number };
  };
  return { holder: holderId, token, idNumber: body.idNumber, status };
}

async function answerOf(response: Response): Promise<string> {
  return response.status === 200 ? 'ok' : `${response.status} ${await codeOf(response)}`;
}

async function propose({ browser }: SignedIn, holder: string, changes: object = {}) {
  return browser.send('POST', '/v1/overrides', { holder, ...red, ...changes });
}

async function idOf(response: Response): Promise<string> {
  return overrideRecordSchema.parse(await response.json()).id;
}

const approve = ({ browser }: SignedIn, id: string, body: object = APPROVE) =>
  browser.send('POST', `/v1/overrides/${id}/approval`, body);

test('T7 two operators make a colour, its holder is told, and it ends by itself', async () => {
  const running = await runCloud();
  const gate = replicaClient(running, await running.enrol());
  const [zhao, qian] = [
    await staffMember(running, 'operator'),
    await staffMember(running, 'operator'),
  ];
  const { holder, token, status } = await declaredHolder(running);
  const id = await idOf(await propose(zhao, holder));
  expect((await status()).colour).toBe('green');
  expect(await answerOf(await approve(zhao, id))).toBe('403 second-person-needed');
  const unread = { ...APPROVE, evidenceSha256: 'ee'.repeat(32) };
  expect(await answerOf(await approve(qian, id, unread))).toBe('409 override-evidence-unread');
  expect((await status()).colour).toBe('green');
  expect(await answerOf(await approve(qian, id))).toBe('ok');
  expect(await answerOf(await approve(qian, id))).toBe('409 override-closed');

  expect(await status()).toMatchObject({
    colour: 'red',
    nextColour: 'green',
    validUntil: START + 3 * DAY,
  });
  const [entry] = (await gate.tail(RED, 0)).entries;
  expect(entry).toMatchObject({ colour: 'red', nextColour: 'green', validUntil: START + 3 * DAY });
  const told = await running.call(token, 'GET', '/v1/overrides/mine');
  expect(noticesSchema.parse(await told.json()).notices).toMatchObject([
    { override: id, colour: 'red', reason: 'test-positive', expiresAt: START + 3 * DAY },
  ]);
  const page = await running.call(running.tokens.auditor, 'GET', '/v1/overrides');
  expect(overridePageSchema.parse(await page.json()).rows).toMatchObject([
    { id, state: 'effective', proposedBy: zhao.id, answeredBy: qian.id },
  ]);
  const acts = (await running.store.auditEntries(0, 100)).map(({ action, actor }) => [
    action,
    actor,
  ]);
  for (const action of ['POST /v1/overrides', 'POST /v1/overrides/{id}/approval']) {
    expect(acts.some(([done]) => done === action)).toBe(true);
  }
  const why = await running.call(token, 'GET', '/v1/explanation');
  expect(await why.json()).toMatchObject({
    reproduced: true,
    rules: [{ rule: `set-by-hand:${id}`, because: null }, { rule: 'clear' }],
  });

  running.clock.set(START + 3 * DAY);
  await running.cloud.statuses.rescoreDue();
  expect(await status()).toMatchObject({ colour: 'green', nextColour: 'yellow' });
  const { entries } = await gate.tail(regionStream(REGION), 0);
  expect(entries.at(-1)).toMatchObject({ colour: 'green' });
});

test('an override is lifted by one operator, and by an officer who upholds an appeal', async () => {
  const running = await runCloud();
  const [zhao, qian] = [
    await staffMember(running, 'operator'),
    await staffMember(running, 'operator'),
  ];
  const officer = await staffMember(running, 'officer');
  const { holder, token, status } = await declaredHolder(running);
  const first = await idOf(await propose(zhao, holder));
  await approve(qian, first);
  expect((await status()).colour).toBe('red');
  expect(await answerOf(await zhao.browser.send('DELETE', `/v1/overrides/${first}`))).toBe('ok');
  expect((await status()).colour).toBe('green');
  const again = await zhao.browser.send('DELETE', `/v1/overrides/${first}`);
  expect(await answerOf(again)).toBe('409 override-closed');

  running.clock.set(START + MINUTE);
  const second = await idOf(await propose(zhao, holder));
  await approve(qian, second);
  const appeal = {
    against: { kind: 'override', id: second },
    reason: 'override-unfounded',
    evidence: null,
  };
  const made = await running.call(token, 'POST', '/v1/appeals', appeal);
  const { id } = (await made.json()) as { id: string };
  const judged = await officer.browser.send('POST', `/v1/appeals/${id}/decision`, {
    outcome: 'upheld',
  });
  expect(await answerOf(judged)).toBe('ok');
  expect((await status()).colour).toBe('green');
  // A proposal that is withdrawn had no effect, and says nothing.
  const third = await idOf(await propose(zhao, holder));
  await qian.browser.send('DELETE', `/v1/overrides/${third}`);
  const told = await running.call(token, 'GET', '/v1/notices/mine');
  const { rows } = holderNoticesSchema.parse(await told.json());
  const codes = rows.map(({ about, reasons }) => [about, ...reasons.map(({ reason }) => reason)]);
  expect(codes.map((parts) => parts.join(' ')).sort()).toEqual([
    'decision appeal-upheld',
    'override override-lifted',
    'override override-lifted',
    'override test-positive',
    'override test-positive',
    'red test-positive',
    'red test-positive',
  ]);
});

test('a green by two people lifts what rules say, never a hard line', async () => {
  const running = await runCloud();
  const [zhao, qian] = [
    await staffMember(running, 'operator'),
    await staffMember(running, 'operator'),
  ];
  const ill = await declaredHolder(running);
  const cases = await declaredHolder(running);
  await running.call(ill.token, 'POST', '/v1/declarations', {
    ...HEALTHY,
    symptoms: { ...HEALTHY.symptoms, fever: true },
  });
  const entries = [{ idNumber: cases.idNumber, since: '2022-02-27' }];
  await running.call(running.tokens.operator, 'POST', '/v1/lists/confirmed', { entries });
  expect([(await ill.status()).colour, (await cases.status()).colour]).toEqual(['yellow', 'red']);
  const green = { colour: 'green', reason: 'test-negative' };
  for (const { holder } of [ill, cases]) {
    await approve(qian, await idOf(await propose(zhao, holder, green)));
  }
  expect([(await ill.status()).colour, (await cases.status()).colour]).toEqual(['green', 'red']);
});

test('T7 tokens, officers and auditors set no colour; a reason, a document and an end are needed', async () => {
  const running = await runCloud();
  const zhao = await staffMember(running, 'operator');
  const officer = await staffMember(running, 'officer');
  const { holder } = await declaredHolder(running);
  const { operator, auditor } = running.tokens;
  const body = { holder, ...red };
  for (const response of [
    await running.call(operator, 'POST', '/v1/overrides', body),
    await running.call(auditor, 'POST', '/v1/overrides', body),
    await officer.browser.send('POST', '/v1/overrides', body),
  ]) {
    expect(await answerOf(response)).toBe('403 forbidden');
  }
  const refusals = [
    { reason: 'depositor' },
    { colour: 'green' },
    { evidence: null },
    { evidence: { ...evidence, kind: 'quarantine-order' } },
    { approvedBy: 'qian' },
    { expiresAt: null },
  ];
  for (const changes of refusals) {
    expect(await answerOf(await propose(zhao, holder, changes))).toBe('400 request-invalid');
  }
  const late = { expiresAt: START + 14 * DAY + 1 };
  expect(await answerOf(await propose(zhao, holder, late))).toBe('400 override-expiry');
  expect(await answerOf(await propose(zhao, 'ab'.repeat(16)))).toBe('404 not-found');
});

test('P53 T7 the 1,317 depositors over HTTP: an insider sets nobody red, and an alarm stops what was begun', async () => {
  const running = await runCloud();
  const [zhang, feng, li] = [
    await staffMember(running, 'operator'),
    await staffMember(running, 'operator'),
    await staffMember(running, 'operator'),
  ];
  const people = [];
  for (let one = 0; one < 13; one++) people.push(await declaredHolder(running));
  const answers: string[] = [];
  let first = '';
  for (const [at, { holder }] of people.entries()) {
    running.clock.set(START + at * MINUTE);
    const response = await propose(zhang, holder);
    if (at === 0) first = await idOf(response);
    else answers.push(await answerOf(response));
  }
  expect(answers.slice(0, 9).every((answer) => answer === 'ok')).toBe(true);
  expect(answers.slice(9)).toEqual([
    '403 override-bulk',
    '403 override-suspended',
    '403 override-suspended',
  ]);
  expect(running.log.join('')).toContain('override alarm');
  expect(await answerOf(await approve(feng, first))).toBe('403 override-suspended');
  for (const { status } of people) expect((await status()).colour).toBe('green');

  const page = await running.call(running.tokens.auditor, 'GET', '/v1/override-alarms');
  const { alarms } = overrideAlarmsSchema.parse(await page.json());
  expect(alarms).toMatchObject([{ kind: 'person-rate', people: [zhang.id], count: 11, limit: 10 }]);
  const clear = ({ browser }: SignedIn) =>
    browser.send('POST', `/v1/override-alarms/${alarms[0]?.id}/clearance`);
  expect(await answerOf(await clear(zhang))).toBe('403 second-person-needed');
  expect(await answerOf(await clear(li))).toBe('ok');
  expect(await answerOf(await clear(li))).toBe('404 not-found');
  expect(await answerOf(await approve(feng, first))).toBe('ok');
  expect(await running.store.due(epochMs(0), 9)).toEqual([]);
});
