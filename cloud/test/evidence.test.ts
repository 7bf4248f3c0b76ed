import { regionIdSchema, replicaKeySchema } from '@greengate/contracts/ids';
import { regionStream } from '@greengate/contracts/replica/streams';
import { shandongPack } from '@greengate/contracts/rules/packs/shandong';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import {
  contradictionPageSchema,
  evidenceAcceptedSchema,
} from '@greengate/contracts/wire/evidence';
import { holderStatusSchema } from '@greengate/contracts/wire/holder';
import { problemSchema } from '@greengate/contracts/wire/problem';
import { reportPageSchema } from '@greengate/contracts/wire/report';
import { expect, test } from 'vitest';
import type { ElsewhereStatus } from '../src/evidence-port.ts';
import { staffMember } from './accounts/browser.ts';
import { batchBytes, event } from './events.ts';
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
const STREAM = regionStream(REGION);
const WELL = { symptoms: HEALTHY.symptoms, temperatureCentiC: 3650 };

async function told(response: Response) {
  expect(response.status).toBe(200);
  const { colour, nextColour, validUntil, reasons } = holderStatusSchema.parse(
    await response.json(),
  );
  return { colour, nextColour, validUntil, rules: reasons.map(({ rule }) => rule) };
}

/** An operator's import. */
async function bring(running: RunningCloud, path: string, body: unknown) {
  const response = await running.call(running.tokens.operator, 'POST', path, body);
  expect(response.status).toBe(200);
  return evidenceAcceptedSchema.parse(await response.json());
}

test('under the Shandong pack who travels for work is green, stays so by daily reports, and lapses without', async () => {
  const running = await runCloud({ pack: shandongPack });
  const { call, clock } = running;
  const holder = await running.newHolder();
  const early = await call(holder, 'POST', '/v1/reports', WELL);
  expect([early.status, await codeOf(early)]).toEqual([409, 'not-declared']);
  const asked = await told(await call(holder, 'POST', '/v1/declarations', HEALTHY));
  expect(asked).toMatchObject({ colour: 'pending', rules: ['no-purpose'] });
  const worker = { ...HEALTHY, purpose: 'work' };
  const green = await told(await call(holder, 'POST', '/v1/declarations', worker));
  expect(green).toEqual({
    ...{ colour: 'green', nextColour: 'yellow', rules: ['clear'] },
    validUntil: START + 5 * DAY,
  });
  for (let day = 1; day <= 9; day++) {
    clock.set(START + day * DAY);
    const kept = await told(await call(holder, 'POST', '/v1/reports', WELL));
    expect(kept).toMatchObject({ colour: 'green', validUntil: START + (day + 5) * DAY });
  }
  clock.set(START + 14 * DAY);
  expect(await told(await call(holder, 'GET', '/v1/status'))).toMatchObject({
    ...{ colour: 'yellow', rules: ['lapsed'] },
  });
  const page = reportPageSchema.parse(
    await (await call(holder, 'GET', '/v1/reports?limit=8')).json(),
  );
  expect([page.rows.length, page.rows[0]?.day, page.next]).toEqual([8, '2022-03-10', '2022-03-03']);
  const rest = reportPageSchema.parse(
    await (await call(holder, 'GET', `/v1/reports?before=${page.next}`)).json(),
  );
  expect(rest).toMatchObject({ rows: [{ day: '2022-03-02' }], next: null });
});

test('a report of a symptom or a fever is seen at once, and a clean one takes back what a report said', async () => {
  const running = await runCloud({ pack: shandongPack });
  const { call, clock } = running;
  const holder = await running.newHolder();
  await call(holder, 'POST', '/v1/declarations', { ...HEALTHY, purpose: 'school' });
  const report = async (hour: number, change: object) => {
    clock.set(START + hour * 3_600_000);
    return (await told(await call(holder, 'POST', '/v1/reports', { ...WELL, ...change }))).rules;
  };
  const cough = { symptoms: { ...HEALTHY.symptoms, dryCough: true } };
  expect(await report(1, { temperatureCentiC: 3730 })).toEqual(['fever']);
  expect(await report(2, { temperatureCentiC: null })).toEqual(['clear']);
  expect(await report(3, cough)).toEqual(['symptoms']);
  expect(await report(24, {})).toEqual(['clear']);
});

test('under the Zhejiang pack a contact turns green after 14 days with 14 clean reports, by no other way', async () => {
  const running = await runCloud({ pack: zhejiangPack });
  const { call, clock } = running;
  const [diligent, silent] = [newPerson(), newPerson()];
  const [first, second] = [await running.newHolder(diligent), await running.newHolder(silent)];
  const entries = [diligent, silent].map(({ idNumber }) => ({ idNumber, since: '2022-03-01' }));
  await bring(running, '/v1/lists/close-contact', { entries });
  for (const holder of [first, second]) {
    await call(holder, 'POST', '/v1/declarations', { ...HEALTHY, contactOfCase: true });
  }
  const fever = { ...WELL, temperatureCentiC: 3790 };
  for (let day = 0; day < 14; day++) {
    clock.set(START + day * DAY);
    expect((await told(await call(first, 'POST', '/v1/reports', WELL))).colour).toBe('red');
    await call(second, 'POST', '/v1/reports', day === 5 ? fever : WELL);
  }
  clock.set(Date.parse('2022-03-15T00:00:00+08:00'));
  expect((await told(await call(first, 'GET', '/v1/status'))).rules).toEqual(['clear']);
  expect((await told(await call(second, 'GET', '/v1/status'))).rules).toEqual([
    'close-contact-reports',
  ]);
  expect((await told(await call(second, 'POST', '/v1/reports', WELL))).rules).toEqual(['clear']);
});

test('a fever at a gate is scored before the batch is answered, once, and a later reading ends it', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const client = replicaClient(running, key);
  const holder = await running.newHolder();
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const [entry] = (await client.tail(STREAM, 0)).entries;
  if (!entry) throw new Error('no entry');
  const policy = { ...DEFAULT_POLICY, version: 2, feverCentiC: 3780 };
  await running.call(running.tokens.operator, 'PUT', '/v1/policy', policy);
  const hot = {
    ...event(1, START + 60_000),
    ...{ key: replicaKeySchema.parse(entry.key), verdict: 'refer', policyVer: 2 },
    reason: 'temperature-fever',
  };
  running.clock.set(START + 120_000);
  const push = () => running.signed(key, 'POST', '/v1/passages', batchBytes(1, 1, [hot]));
  expect((await push()).status).toBe(200);
  expect((await client.tail(STREAM, 1)).entries).toMatchObject([{ colour: 'yellow' }]);
  expect((await told(await running.call(holder, 'GET', '/v1/status'))).rules).toEqual(['symptoms']);
  expect((await push()).status).toBe(200);
  expect((await client.tail(STREAM, 2)).entries).toEqual([]);
  const later = await running.call(holder, 'POST', '/v1/reports', WELL);
  expect((await told(later)).rules).toEqual(['clear']);
});

test('an import says what is new; a dry run the same, and does nothing', async () => {
  const running = await runCloud();
  const person = newPerson();
  const holder = await running.newHolder(person);
  await running.call(holder, 'POST', '/v1/declarations', HEALTHY);
  const { idNumber } = person;
  const imports = [
    ['/v1/lists/returnee', { entries: [{ idNumber, since: '2022-02-25' }] }],
    [
      '/v1/journeys',
      { entries: [{ idNumber, mode: 'air', division: '310000', leftOn: '2022-02-25' }] },
    ],
    [
      '/v1/elsewhere',
      {
        entries: [
          {
            ...{ idNumber, region: '310000', colour: 'yellow' },
            ...{ since: '2022-02-25T08:00:00+08:00', validUntil: '2022-03-25T00:00:00Z' },
          },
        ],
      },
    ],
    [
      '/v1/areas',
      {
        areas: [
          { division: HEALTHY.division, level: 'medium', from: '2022-02-25', until: '2022-03-25' },
        ],
      },
    ],
  ] as const;
  for (const [path, body] of imports) {
    const before = await told(await running.call(holder, 'GET', '/v1/status'));
    const fresh = { accepted: 1, rescored: 1, added: 1, unchanged: 0, changed: 0 };
    expect(await bring(running, `${path}?dryRun=true`, body)).toEqual(fresh);
    expect(await told(await running.call(holder, 'GET', '/v1/status'))).toEqual(before);
    expect(await bring(running, `${path}?dryRun=false`, body)).toEqual(fresh);
    const again = { ...fresh, rescored: 0, added: 0, unchanged: 1 };
    expect(await bring(running, `${path}?dryRun=true`, body)).toEqual(again);
    expect(await bring(running, path, body)).toEqual(again);
  }
  const { rules } = await told(await running.call(holder, 'GET', '/v1/status'));
  expect(rules).toEqual(expect.arrayContaining(['returnee', 'area-medium']));
  const { operator } = running.tokens;
  const odd = await running.call(operator, 'POST', '/v1/journeys?dryrun=1', imports[1][1]);
  expect(odd.status).toBe(400);
});

test('wrong rows of an import are named by their index, and nothing of it is taken', async () => {
  const running = await runCloud();
  const good = { idNumber: newPerson().idNumber, since: '2022-02-25' };
  const refused = async (path: string, body: unknown) => {
    const response = await running.call(running.tokens.operator, 'POST', path, body);
    const text = await response.text();
    expect([response.status, text.includes('secret')]).toEqual([400, false]);
    const { code, rows, rowsWrong } = problemSchema.parse(JSON.parse(text));
    expect(code).toBe('request-invalid');
    return { rows, rowsWrong };
  };
  const entries = [good, { ...good, since: '2022-02-30' }, good, { ...good, secret: 'secret' }];
  expect(await refused('/v1/lists/returnee', { entries })).toEqual({
    rows: [
      { row: 1, field: 'since', problem: 'invalid_format' },
      { row: 3, field: '', problem: 'unrecognized_keys' },
    ],
    rowsWrong: 2,
  });
  expect(await bring(running, '/v1/lists/returnee', { entries: [good] })).toMatchObject({
    added: 1,
  });
  const bad = Array.from({ length: 1000 }, () => ({ ...good, since: 'secret' }));
  const many = await refused('/v1/lists/returnee', { entries: bad });
  expect([many.rows?.length, many.rowsWrong]).toEqual([100, 1000]);
  const said = { idNumber: good.idNumber, colour: 'green', since: '2022-02-25T08:00:00+08:00' };
  const abroad = [
    { ...said, region: '330100', validUntil: '2022-03-25T00:00:00Z' },
    { ...said, region: '310000', validUntil: '2022-02-25T00:00:00Z' },
    { ...said, region: '310000', validUntil: '9022-02-25T00:00:00Z' },
  ];
  expect((await refused('/v1/elsewhere', { entries: abroad })).rows).toEqual([
    { row: 0, field: 'region', problem: 'own_region' },
    { row: 1, field: 'validUntil', problem: 'ends_before_it_begins' },
    { row: 2, field: 'validUntil', problem: 'out_of_range' },
  ]);
  const area = { division: '330100', level: 'high', from: '2022-02-25', until: '2022-02-24' };
  expect((await refused('/v1/areas', { areas: [area] })).rows).toEqual([
    { row: 0, field: 'until', problem: 'ends_before_it_begins' },
  ]);
  expect(await refused('/v1/areas', { areas: 'secret' })).toEqual({});
});

test('a declaration that the list of contacts contradicts is in the verdict, and flagged once for officers', async () => {
  const running = await runCloud();
  const { operator } = running.tokens;
  const people = [newPerson(), newPerson(), newPerson()];
  const holders = await Promise.all(people.map((person) => running.newHolder(person)));
  for (const [i, holder] of holders.entries()) {
    await running.call(holder, 'POST', '/v1/declarations', { ...HEALTHY, contactOfCase: i === 2 });
  }
  const dates = ['2022-02-25', '2022-03-02', '2022-02-25'];
  const entries = people.map(({ idNumber }, i) => ({ idNumber, since: dates[i] }));
  await bring(running, '/v1/lists/close-contact', { entries });
  await running.cloud.statuses.rescore([]);
  const page = async (query: string) => {
    const response = await running.call(operator, 'GET', `/v1/contradictions${query}`);
    return contradictionPageSchema.parse(await response.json());
  };
  const flagged = await page('');
  expect(flagged).toMatchObject({
    rows: [{ since: '2022-02-25', declaredAt: START, foundAt: START, division: '330100' }],
    next: null,
  });
  const [liar = '', honest = ''] = holders;
  expect((await told(await running.call(liar, 'GET', '/v1/status'))).rules).toContain(
    'declaration-contradicted',
  );
  expect((await told(await running.call(honest, 'GET', '/v1/status'))).rules).not.toContain(
    'declaration-contradicted',
  );
  running.clock.set(START + DAY);
  await running.call(liar, 'POST', '/v1/declarations', HEALTHY);
  const first = await page('?limit=1');
  const second = await page(`?limit=1&after=${first.next}`);
  expect([...first.rows, ...second.rows].map(({ declaredAt }) => declaredAt)).toEqual([
    START,
    START + DAY,
  ]);
  // An officer sees those of their own areas: here the one whose holder applied in one of them.
  const seenBy = async (...areas: string[]) => {
    const { browser } = await staffMember(running, 'officer', areas);
    const answer = await browser.send('GET', '/v1/contradictions');
    const { rows } = contradictionPageSchema.parse(await answer.json());
    return rows.map(({ declaredAt }) => declaredAt);
  };
  expect(await seenBy('330106')).toEqual([]);
  expect(await seenBy('330100')).toEqual([START, START + DAY]);
  const apply = { community: '330106001007', purpose: 'work', mayCall: false };
  expect((await running.call(liar, 'POST', '/v1/applications', apply)).status).toBe(200);
  expect(await seenBy('330106001')).toEqual([START, START + DAY]);
  expect(await seenBy('330108', '330106001008')).toEqual([]);
  expect((await running.call(running.tokens.auditor, 'GET', '/v1/contradictions')).status).toBe(
    403,
  );
  for (const after of ['1', '1:a', "1:a':1", 'x:a:1']) {
    const odd = await running.call(operator, 'GET', `/v1/contradictions?after=${after}`);
    expect(odd.status).toBe(400);
  }
});

test('another region is asked when a person declares; its trouble is not theirs', async () => {
  const SHANGHAI = {
    region: regionIdSchema.parse('310000'),
    colour: 'red',
    ...{ since: epochMs(START - DAY), validUntil: epochMs(START + DAY) },
  } as const;
  let answer: () => Promise<readonly ElsewhereStatus[]> = async () => [];
  const asked: string[] = [];
  const running = await runCloud({
    elsewhere: {
      statusesOf: (holder) => {
        asked.push(holder);
        return answer();
      },
    },
  });
  const holder = await running.newHolder();
  const declare = async () => told(await running.call(holder, 'POST', '/v1/declarations', HEALTHY));
  answer = async () => Promise.reject(new Error('down'));
  expect((await declare()).colour).toBe('green');
  expect(running.log.join('')).toContain('another region did not answer');
  answer = async () => [SHANGHAI];
  await declare();
  const [id = ''] = asked;
  const { inputsHash } = (await running.store.status(id)) ?? {};
  answer = async () => [];
  await declare();
  expect((await running.store.status(id))?.inputsHash).toBe(inputsHash);
  expect(asked).toEqual([id, id, id]);
});
