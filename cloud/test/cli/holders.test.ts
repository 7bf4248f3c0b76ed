import { describe, expect, test } from 'vitest';
import { HEALTHY, runCloud, START } from '../running-cloud.ts';
import { answeringServer } from './answering-server.ts';
import { residentNumber } from './imports/sample-people.ts';
import { greengate, greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

const HOUR = 3_600_000;

/** A holder who was green for an hour, and then put on a list. */
async function listedHolder() {
  const { url, tokens, call, clock } = await runCloud();
  const person = { name: 'Ada', idNumber: residentNumber(1), phone: '13800000000' };
  const made = await call(tokens.registrar, 'POST', '/v1/holders', person);
  const { holderId, token } = (await made.json()) as { holderId: string; token: string };
  await call(token, 'POST', '/v1/declarations', HEALTHY);
  clock.set(START + HOUR);
  const entries = [{ idNumber: person.idNumber, since: '2022-03-01' }];
  await call(tokens.operator, 'POST', '/v1/lists/confirmed', { entries });
  const { write } = inFolder();
  const to = ['--server', url, '--token-file', write('token', tokens.auditor)];
  return { args: ['holders', 'explain', ...to, '--holder', holderId], person };
}

describe('holders explain', () => {
  test('says why a holder of a real cloud has a colour, and why another before', async () => {
    const { args, person } = await listedHolder();
    const run = await greengateAsync(...args, '--json');
    expect([run.status, jsonOf(run)]).toMatchObject([
      0,
      { reproduced: true, score: { colour: 'red' }, rules: [{ rule: 'listed-infected' }] },
    ]);
    const zh = await greengateAsync(...args, '--language', 'zh');
    expect(zh.stdout).toMatch(
      /red[\s\S]*listed-infected: 您在确诊[\s\S]*“lists.0.kind”[\s\S]*结果相同/,
    );
    const at = new Date(START + HOUR / 2).toISOString();
    const before = await greengateAsync(...args, '--at', at);
    expect([before.status, before.stdout]).toEqual([0, expect.stringMatching(/^green from /)]);
    for (const { stdout, stderr } of [run, zh, before])
      expect(stdout + stderr).not.toMatch(new RegExp(`${person.idNumber}|Ada`));
  });

  test('before the first colour there is nothing to explain', async () => {
    const { args } = await listedHolder();
    const early = await greengateAsync(...args, '--at', '2020-01-01');
    expect([early.status, early.stderr]).toEqual([2, expect.stringContaining('no colour')]);
    const nobody = await greengateAsync(...args.slice(0, -1), '0'.repeat(32));
    expect([nobody.status, nobody.stderr]).toEqual([1, expect.stringContaining('not-found')]);
  });

  test('a colour that does not come out again is a finding', async () => {
    const { args } = await listedHolder();
    const answer = jsonOf(await greengateAsync(...args, '--json'));
    const { url } = await answeringServer(() => ({
      status: 200,
      body: { ...answer, reproduced: false },
    }));
    const run = await greengateAsync(...args, '--server', url);
    expect([run.status, run.stdout]).toEqual([1, expect.stringContaining('NOT the same')]);
  });

  test('an identity number is no holder, and noon no time', () => {
    const args = ['holders', 'explain', '--server', 'https://cloud.example', '--token-file', 'x'];
    expect(greengate(...args, '--holder', residentNumber(1)).status).toBe(2);
    expect(greengate(...args, '--holder', '0'.repeat(32), '--at', 'noon').status).toBe(2);
  });
});
