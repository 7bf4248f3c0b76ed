import { expect, test } from 'vitest';
import { runCloud, START } from '../running-cloud.ts';
import { cityPack, operatorsOf, provincePack, stayOf } from './operators.ts';

const codeOf = async (response: Response) =>
  [response.status, ((await response.json()) as { code?: string }).code] as const;

test('one person alone publishes nothing', async () => {
  const running = await runCloud();
  const { propose, approve, impact, post, path } = operatorsOf(running);
  const pack = cityPack(1, stayOf(30));
  await propose(pack);
  expect(await codeOf(await approve(pack, running.tokens.operator))).toEqual([
    403,
    'second-person-needed',
  ]);
  const { report } = await impact(pack);
  const approval = `${path(pack)}/approval`;
  const by = (body: object) => post(approval, body, running.secondOperator).then(codeOf);
  expect(await by({ impact: 'ab'.repeat(32) })).toEqual([409, 'impact-needed']);
  expect(await by({ impact: 'x' })).toEqual([400, 'request-invalid']);
  running.clock.set(START + 25 * 3_600_000);
  expect(await by({ impact: report.hash })).toEqual([409, 'impact-needed']);
  for (const role of ['auditor', 'registrar'] as const) {
    expect(await codeOf(await post(approval, {}, running.tokens[role]))).toEqual([
      403,
      'forbidden',
    ]);
  }
  expect(await codeOf(await post(`${path(pack)}/rejection`))).toEqual([200, undefined]);
  expect(await by({ impact: report.hash })).toEqual([409, 'pack-not-ready']);
  expect(await codeOf(await post(`${path(pack)}/impact`))).toEqual([409, 'pack-not-ready']);
});

test('a report of one pack approves no other', async () => {
  const running = await runCloud();
  const { propose, impact, post, path } = operatorsOf(running);
  const [one, two] = [cityPack(1, stayOf(30)), cityPack(2, stayOf(200))];
  for (const pack of [one, two]) expect((await propose(pack)).status).toBe(200);
  const { report } = await impact(one);
  const body = { impact: report.hash };
  const refused = await post(`${path(two)}/approval`, body, running.secondOperator);
  expect(await codeOf(refused)).toEqual([409, 'impact-needed']);
});

test('the versions of a pack only grow, and an id belongs to one scope', async () => {
  const { propose } = operatorsOf(await runCloud());
  expect((await propose(cityPack(2, stayOf(30)))).status).toBe(200);
  for (const version of [1, 2]) {
    expect(await codeOf(await propose(cityPack(version)))).toEqual([409, 'already-exists']);
  }
  const lines = provincePack(3, { id: 'hangzhou' });
  expect(await codeOf(await propose(lines, '?scope=province'))).toEqual([409, 'already-exists']);
});

test('a new scheme comes as two packs: the province, and the city inside of it', async () => {
  const running = await runCloud();
  const { propose, approve, post, path, work, list, declared, started } = operatorsOf(running);
  await declared();
  const life = { ...cityPack(1).defaults, codeValidDays: 9 };
  const city = cityPack(1, undefined, { defaults: life, tests: testsWithoutDates() });
  const province = provincePack(1, { defaults: life, tests: testsWithoutDates() });
  expect(await codeOf(await propose(city))).toEqual([400, 'pack-refused']);
  expect(await codeOf(await propose(city, '?within=zhejiang@1'))).toEqual([409, 'pack-not-ready']);
  expect((await propose(province, '?scope=province')).status).toBe(200);
  expect((await propose(city, '?within=zhejiang@1')).status).toBe(200);
  expect((await approve(city)).status).toBe(200);
  expect(await codeOf(await post(`${path(city)}/activation`))).toEqual([409, 'pack-not-ready']);
  expect((await approve(province)).status).toBe(200);
  await started(await post(`${path(city)}/activation`));
  await work();
  expect(await list()).toMatchObject({
    inForce: {
      city: { id: 'hangzhou', version: 1 },
      province: { id: 'zhejiang', version: 1 },
    },
  });
  await started(await post(`${path(city)}/rollback`));
  expect(await list()).toMatchObject({ inForce: { province: { id: 'starter-lines' } } });
});

/** The tests of the starter, but for the dates at which a code of five days ends. */
function testsWithoutDates() {
  return cityPack(1).tests.map((one) =>
    one.name.startsWith('a daily report') ? { ...one, expect: { colour: 'green' } } : one,
  );
}

test('what nobody has proposed is not found', async () => {
  const running = await runCloud();
  const { post } = operatorsOf(running);
  for (const path of ['/v1/packs/hangzhou/1', '/v1/packs/hangzhou/x', '/v1/packs/%2e%2e/1']) {
    expect(await codeOf(await running.call(running.tokens.auditor, 'GET', path))).toEqual([
      404,
      'not-found',
    ]);
    expect(await codeOf(await post(`${path}/activation`))).toEqual([404, 'not-found']);
  }
  const job = await running.call(running.tokens.auditor, 'GET', '/v1/jobs/nobody');
  expect(await codeOf(job)).toEqual([404, 'not-found']);
});
