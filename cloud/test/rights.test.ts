import { readFileSync } from 'node:fs';
import { RED, regionStream } from '@greengate/contracts/replica/streams';
import { exportSchema, looksPageSchema, recordsSchema } from '@greengate/contracts/wire/rights';
import { expect, test } from 'vitest';
import { batchBytes, events } from './events.ts';
import { replicaClient } from './replica-client.ts';
import {
  codeOf,
  HEALTHY,
  newPerson,
  REGION,
  type RunningCloud,
  runCloud,
  START,
} from './running-cloud.ts';

const DAY = 86_400_000;

/** The database as it lies on the disk, with what is not folded in yet. */
function bytesOf({ file }: RunningCloud): Buffer {
  return Buffer.concat(['', '-wal'].map((suffix) => readFileSync(file + suffix)));
}

async function registered(running: RunningCloud) {
  const person = newPerson();
  const response = await running.call(running.tokens.registrar, 'POST', '/v1/holders', person);
  const { holderId, token } = (await response.json()) as { holderId: string; token: string };
  const call = (method: string, path: string, body?: unknown) =>
    running.call(token, method, path, body);
  return { person, holderId, token, call };
}

test('a holder sees what is held on them, who looked, and takes it along', async () => {
  const running = await runCloud();
  const { person, holderId, call } = await registered(running);
  const { tokens } = running;
  await call('POST', '/v1/declarations', { ...HEALTHY, unit: 'first-mill' });
  const entries = [{ idNumber: person.idNumber, since: '2022-02-27' }];
  await running.call(tokens.operator, 'POST', '/v1/lists/close-contact', { entries });
  const journey = { mode: 'rail', division: '310000', leftOn: '2022-02-20' };
  const travelled = [{ idNumber: person.idNumber, ...journey }];
  await running.call(tokens.operator, 'POST', '/v1/journeys', { entries: travelled });
  await running.call(tokens.operator, 'GET', `/v1/holders/${holderId}/scores`);
  const { records } = recordsSchema.parse(await (await call('GET', '/v1/records')).json());
  expect(records['lists']).toEqual([{ kind: 'close-contact', since: '2022-02-27' }]);
  expect(records['journeys']).toEqual([journey]);
  expect(records['contradictions']).toMatchObject([{ since: '2022-02-27' }]);
  expect(records['declarations']).toMatchObject([
    { body: expect.stringContaining('"unit":"first-mill"') },
  ]);
  expect(records['verdicts']?.length).toBeGreaterThan(0);
  expect(records['status']?.[0]).toMatchObject({ validUntil: expect.any(Number) });
  const text = JSON.stringify(records);
  for (const hidden of [person.name, person.idNumber, holderId]) expect(text).not.toContain(hidden);
  const { looks } = looksPageSchema.parse(await (await call('GET', '/v1/looks')).json());
  expect(looks.map(({ role, action }) => [role, action])).toContainEqual([
    'operator',
    'GET /v1/holders/{holder}/scores',
  ]);
  const taken = await call('GET', '/v1/export');
  expect(taken.headers.get('content-disposition')).toContain('attachment');
  expect(exportSchema.parse(await taken.json()).person).toEqual(person);
  await call('PUT', '/v1/person', { name: '新名', phone: '13900000000' });
  const corrected = exportSchema.parse(await (await call('GET', '/v1/export')).json());
  expect(corrected.person).toEqual({ ...person, name: '新名', phone: '13900000000' });
  expect(await codeOf(await call('PUT', '/v1/person', {}))).toBe('request-invalid');
  expect(await codeOf(await call('PUT', '/v1/person', { idNumber: 'x' }))).toBe('request-invalid');
});

test('P55 who is forgotten leaves no byte in the database, its journal or its free pages, and opens no gate', async () => {
  const running = await runCloud();
  const { person, holderId, token, call } = await registered(running);
  await call('POST', '/v1/declarations', {
    ...{ ...HEALTHY, residenceDays: 31_337 },
    unit: 'canary-mill-90210',
  });
  const records = await running.store.holderRecords(holderId);
  const sub = await running.store.pseudonym(holderId, Math.floor(START / (14 * DAY)));
  const traces = [
    Buffer.from(records?.sealed ?? []),
    Buffer.from(sub ?? []),
    Buffer.from(holderId),
    Buffer.from('31337'),
    Buffer.from('canary-mill-90210'),
  ];
  for (const trace of traces)
    expect([trace.length > 4, bytesOf(running).includes(trace)]).toEqual([true, true]);
  const client = replicaClient(running, await running.enrol());
  const gone = await call('DELETE', '/v1/person');
  expect(await gone.json()).toEqual({ forgotten: true, kept: ['control-lists', 'audit'] });
  for (const trace of traces) expect(bytesOf(running).includes(trace)).toBe(false);
  expect((await call('GET', '/v1/status')).status).toBe(401);
  for (const stream of [RED, regionStream(REGION)]) {
    const { entries } = await client.tail(stream, 0);
    expect(entries.at(-1)).toMatchObject({ colour: 'pending', nextColour: 'pending' });
  }
  expect(await codeOf(await running.call(token, 'DELETE', '/v1/person'))).toBe('unauthenticated');
  const again = await running.call(running.tokens.registrar, 'POST', '/v1/holders', person);
  expect(again.status).toBe(200);
});

test('a red code is kept as long as it stands: nobody is rid of it by registering again', async () => {
  const running = await runCloud();
  const { person, call } = await registered(running);
  await call('POST', '/v1/declarations', HEALTHY);
  const list = (kind: string, since: string) =>
    running.call(running.tokens.operator, 'POST', `/v1/lists/${kind}`, {
      entries: [{ idNumber: person.idNumber, since }],
    });
  await list('confirmed', '2022-02-27');
  expect(await codeOf(await call('DELETE', '/v1/person'))).toBe('deletion-held');
  expect((await call('GET', '/v1/status')).status).toBe(200);
});

test('passages are cleared out when their time is over, and not before', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  await running.signed(key, 'POST', '/v1/passages', batchBytes(1, 1, events(1, 3)));
  running.clock.set(START + 3 * DAY);
  await running.signed(key, 'POST', '/v1/passages', batchBytes(1, 4, events(4, 2)));
  const count = async () => (await running.store.passages(undefined, undefined, 100)).length;
  running.clock.set(START + 14 * DAY);
  await running.cloud.clearOut(() => false);
  expect(await count()).toBe(5);
  running.clock.set(START + 14 * DAY + 1);
  await running.cloud.clearOut(() => false);
  expect(await count()).toBe(2);
  running.clock.set(START + 40 * DAY);
  await running.cloud.clearOut(() => false);
  expect(await count()).toBe(0);
});

test('evidence is cleared out when no hold of any pack can ask for it, of days and of instants alike', async () => {
  const running = await runCloud();
  const { person, holderId, call } = await registered(running);
  await call('POST', '/v1/declarations', HEALTHY);
  const symptoms = HEALTHY.symptoms;
  for (const day of [0, 1, 40]) {
    running.clock.set(START + day * DAY);
    const sent = await call('POST', '/v1/reports', { symptoms, temperatureCentiC: 3650 });
    expect(sent.status).toBe(200);
  }
  const { idNumber } = person;
  const journey = { idNumber, mode: 'rail', division: REGION, leftOn: '2022-03-01' };
  await running.call(running.tokens.operator, 'POST', '/v1/journeys', { entries: [journey] });
  const kept = async () =>
    ((await running.store.holderRecords(holderId))?.kinds['reports'] ?? []).length;
  await running.cloud.clearOut(() => false);
  expect(await kept()).toBe(3);
  running.clock.set(START + 401 * DAY);
  await running.cloud.clearOut(() => false);
  expect(await kept()).toBe(2);
  running.clock.set(START + 500 * DAY);
  await running.cloud.clearOut(() => false);
  expect(await kept()).toBe(0);
});
