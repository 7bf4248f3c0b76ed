import { createECDH } from 'node:crypto';
import { fromHex } from '@greengate/contracts/bytes';
import { parseCode, printToken, replicaKeyOf } from '@greengate/contracts/code/health-code';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { codeIssuedSchema, holderStatusSchema } from '@greengate/contracts/wire/holder';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { identityVault } from '../src/identity.ts';
import { replicaClient } from './replica-client.ts';
import { codeOf, HEALTHY, newPerson, REGION, random, runCloud, START } from './running-cloud.ts';

const DAY = 86_400_000;
const STREAM = regionStream(REGION);

async function statusOf(response: Response) {
  expect(response.status).toBe(200);
  return holderStatusSchema.parse(await response.json());
}

function phoneKey(): string {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return pair.getPublicKey('hex', 'compressed');
}

test('a declaration gives a colour, a reason in both languages, and one entry in the stream', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  const before = await running.call(holder, 'GET', '/v1/status');
  expect([before.status, await codeOf(before)]).toEqual([409, 'not-declared']);

  const status = await statusOf(await running.call(holder, 'POST', '/v1/declarations', HEALTHY));
  expect(status).toMatchObject({ colour: 'green', nextColour: 'yellow', ver: 1 });
  expect(status.validUntil).toBe(START + 5 * DAY);
  expect(status.reasons[0]).toMatchObject({ rule: 'clear' });
  expect(status.reasons[0]?.zh).not.toBe('');
  const { entries } = await client.tail(STREAM, 0);
  expect(entries).toMatchObject([{ ver: 1, colour: 'green', nextColour: 'yellow' }]);
  expect((await client.tail(RED, 0)).entries).toEqual([]);
});

test('the same status again publishes nothing; a worse one does', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  await running.call(holder, 'GET', '/v1/status');
  expect((await client.tail(STREAM, 0)).to).toBe(1);
  const ill = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };
  const status = await statusOf(await running.call(holder, 'POST', '/v1/declarations', ill));
  expect(status).toMatchObject({ colour: 'yellow', ver: 2 });
});

test('a listed person turns red in both streams, and stays in the red stream when released', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const person = newPerson();
  const holder = await running.newHolder(person);
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const list = async (kind: string, since: string) => {
    const body = { entries: [{ idNumber: person.idNumber, since }] };
    return running.call(running.tokens.operator, 'POST', `/v1/lists/${kind}`, body);
  };
  const counts = { added: 1, unchanged: 0, changed: 0 };
  expect(await (await list('confirmed', '2022-02-28')).json()).toEqual({
    ...{ accepted: 1, rescored: 1 },
    ...counts,
  });
  const red = await statusOf(await running.call(holder, 'GET', '/v1/status'));
  expect(red).toMatchObject({ colour: 'red', reasons: [{ rule: 'listed-infected' }] });
  const [entry] = (await client.tail(RED, 0)).entries;
  expect(entry).toMatchObject({ ver: 1, colour: 'red' });
  expect((await client.tail(STREAM, 1)).entries).toMatchObject([
    { key: entry?.key, colour: 'red' },
  ]);

  await list('released', '2022-03-01');
  const after = await statusOf(await running.call(holder, 'GET', '/v1/status'));
  expect(after).toMatchObject({ colour: 'yellow', reasons: [{ rule: 'released' }] });
  expect((await client.tail(RED, 1)).entries).toMatchObject([
    { key: entry?.key, colour: 'yellow' },
  ]);

  await list('confirmed', '2022-03-01');
  const again = await statusOf(await running.call(holder, 'GET', '/v1/status'));
  expect(again.colour).toBe('yellow');
  await list('confirmed', '2022-03-02');
  expect((await statusOf(await running.call(holder, 'GET', '/v1/status'))).colour).toBe('red');
});

test('an area at risk touches who lives there, from its first day to its last', async () => {
  const running = await runCloud();
  const holder = await running.newHolder();
  const elsewhere = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  await running.call(elsewhere, 'POST', '/v1/declarations', { ...HEALTHY, division: '330200' });
  const area = { division: REGION, level: 'high', from: '2022-03-02', until: '2022-03-03' };
  const taken = await running.call(running.tokens.operator, 'POST', '/v1/areas', { areas: [area] });
  const counts = { added: 1, unchanged: 0, changed: 0 };
  expect(await taken.json()).toEqual({ accepted: 1, rescored: 1, ...counts });
  const colourAt = async (at: string) => {
    running.clock.set(Date.parse(at));
    return (await statusOf(await running.call(holder, 'GET', '/v1/status'))).colour;
  };
  expect(await colourAt('2022-03-01T23:59:59+08:00')).toBe('green');
  expect(await colourAt('2022-03-02T00:00:00+08:00')).toBe('red');
  expect(await colourAt('2022-03-03T23:59:59+08:00')).toBe('red');
  expect(await colourAt('2022-03-04T00:00:00+08:00')).toBe('green');
  const backwards = { ...area, until: '2022-03-01' };
  const refused = await running.call(running.tokens.operator, 'POST', '/v1/areas', {
    areas: [backwards],
  });
  expect([refused.status, await codeOf(refused)]).toEqual([400, 'request-invalid']);
});

test('time alone moves a status on, and a lapsed one costs no more traffic', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  const traveller = { ...HEALTHY, highRiskTravel: true };
  await running.call(holder, 'POST', '/v1/declarations', traveller);
  expect(await running.cloud.statuses.rescoreDue()).toBe(0);
  for (let day = 1; day <= 40; day++) {
    running.clock.set(START + day * DAY);
    await running.cloud.statuses.rescoreDue();
  }
  const { entries } = await client.tail(STREAM, 0);
  const status = await statusOf(await running.call(holder, 'GET', '/v1/status'));
  expect(status.colour).toBe('yellow');
  // One for each pseudonym epoch that began, none for the days in between.
  expect(entries.length).toBeLessThanOrEqual(4);
});

test('a phone code is minted, verifies at a gate, and names the row of the replica', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  const request = { kind: 'phone', publicKey: phoneKey() };
  const early = await running.call(holder, 'POST', '/v1/codes', request);
  expect([early.status, await codeOf(early)]).toEqual([409, 'not-declared']);
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const answer = await running.call(holder, 'POST', '/v1/codes', request);
  const { kind, token, expiresAt } = codeIssuedSchema.parse(await answer.json());
  expect([kind, expiresAt]).toEqual(['phone', START + DAY]);
  const parsed = parseCode(printToken(fromHex(token)));
  if (!parsed.ok) throw new Error(parsed.refusal.code);
  expect(parsed.value.claims).toMatchObject({ colour: 'green', nextColour: 'yellow', iss: REGION });
  const [entry] = (await client.tail(STREAM, 0)).entries;
  expect(entry?.key).toBe(replicaKeyOf(parsed.value.claims.sub));
});

test('a paper code is for a green holder, lives no longer than the status, and verifies', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const answer = await running.call(holder, 'POST', '/v1/codes', { kind: 'paper' });
  const { token, expiresAt } = codeIssuedSchema.parse(await answer.json());
  expect(expiresAt).toBe(START + 5 * DAY);
  const text = printToken(fromHex(token));
  expect(text.length).toBeLessThanOrEqual(200);
  const [trust] = await client.documents();
  if (trust?.name !== 'trust-list') throw new Error('no trust list');
  expect(verifyCode(text, trust.body, epochMs(START), nodeCrypto).ok).toBe(true);

  const ill = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };
  await running.call(holder, 'POST', '/v1/declarations', ill);
  const refused = await running.call(holder, 'POST', '/v1/codes', { kind: 'paper' });
  expect([refused.status, await codeOf(refused)]).toEqual([409, 'not-green']);
  const phone = { kind: 'phone', publicKey: phoneKey() };
  expect((await running.call(holder, 'POST', '/v1/codes', phone)).status).toBe(200);
});

test('a new epoch gives a new pseudonym, and changes reach both', async () => {
  const running = await runCloud();
  const client = replicaClient(running, await running.enrol());
  const holder = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  running.clock.set(START + 14 * DAY);
  await running.call(holder, 'GET', '/v1/status');
  const { entries } = await client.tail(STREAM, 0);
  expect(new Set(entries.map((entry) => entry.key)).size).toBe(2);
  const from = (await client.tail(STREAM, 0)).to;
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  expect((await client.tail(STREAM, from)).entries).toHaveLength(2);
});

test('a person is registered once', async () => {
  const running = await runCloud();
  const person = newPerson();
  await running.newHolder(person);
  const again = await running.call(running.tokens.registrar, 'POST', '/v1/holders', person);
  expect([again.status, await codeOf(again)]).toEqual([409, 'already-exists']);
});

test('evidence that a crash cut off from its scoring is scored by the next turn', async () => {
  const running = await runCloud();
  const holder = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const area = {
    division: REGION,
    level: 'high',
    from: '2022-02-01',
    until: '2022-04-01',
  } as const;
  await running.store.addAreas([area]);
  expect(await running.cloud.statuses.rescoreDue()).toBe(1);
  expect(await running.cloud.statuses.rescoreDue()).toBe(0);
  const client = replicaClient(running, await running.enrol());
  expect((await client.tail(RED, 0)).entries).toMatchObject([{ colour: 'red' }]);
});

test('one who cannot be scored is put off and counted, and keeps nobody else from it', async () => {
  const running = await runCloud();
  const people = [newPerson(), newPerson(), newPerson()];
  for (const person of people) {
    await running.call(await running.newHolder(person), 'POST', '/v1/declarations', HEALTHY);
  }
  const vault = identityVault(running.keys.pseudonymKey, random);
  const entries = people.map(({ idNumber }) => ({
    idHash: vault.idHash(idNumber),
    since: '2022-02-27',
  }));
  await running.store.addListings('confirmed', entries);
  const [first] = await running.store.due(epochMs(START), 9);
  const { rescore } = running.store;
  Object.assign(running.store, {
    rescore: (...args: Parameters<typeof rescore>) =>
      args[0].includes(first ?? '') ? Promise.reject(new Error('misread')) : rescore(...args),
  });
  await running.cloud.statuses.rescoreDue();
  expect(await running.store.due(epochMs(START), 9)).toEqual([]);
  const red = (await running.store.changes(RED, 0, 99, 99)).map(({ colour }) => colour);
  expect(red).toEqual(['red', 'red']);
  expect(await running.store.due(epochMs(START + 3_600_000), 9)).toEqual([first]);
  const metrics = await running.call(running.tokens.metrics, 'GET', '/metrics');
  expect(await metrics.text()).toContain('greengate_cloud_unscored_total 1');
});
