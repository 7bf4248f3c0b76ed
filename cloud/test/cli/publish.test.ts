import { setTimeout as pause } from 'node:timers/promises';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { nationalPack } from '@greengate/contracts/rules/packs/national';
import {
  impactReportSchema,
  jobViewSchema,
  packListSchema,
  packProposedSchema,
} from '@greengate/contracts/wire/packs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cityPack, mediumIsRed, operatorsOf, stayOf } from '../packs/operators.ts';
import { REGION, runCloud } from '../running-cloud.ts';
import { type Answer, answeringServer, problem } from './answering-server.ts';
import { greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

/** A real cloud that works on its jobs, two operators at their command lines, and people who have declared. */
async function operatedCloud() {
  const running = await runCloud();
  const { write } = inFolder();
  const as = (name: string, token: string) => {
    const to = ['--server', running.url, '--token-file', write(name, token)];
    return (command: string, ...args: string[]) => greengateAsync('rules', command, ...args, ...to);
  };
  let stopped = false;
  const working = (async () => {
    while (!stopped) {
      await running.cloud.workOnJobs(() => stopped);
      await pause(20);
    }
  })();
  onTestFinished(async () => {
    stopped = true;
    await working;
  });
  return {
    running,
    ...operatorsOf(running),
    ada: as('ada', running.tokens.operator),
    ben: as('ben', running.secondOperator),
    fileOf: (pack: ScoringPack) => write(`${pack.id}-${pack.version}`, JSON.stringify(pack)),
  };
}

type Operated = Awaited<ReturnType<typeof operatedCloud>>;

/** From a pack file to an approved pack. */
async function approved({ ada, ben, fileOf }: Operated, pack: ScoringPack): Promise<string[]> {
  const version = [pack.id, String(pack.version)];
  expect((await ada('publish', fileOf(pack))).status).toBe(0);
  const { hash } = impactReportSchema.parse(jsonOf(await ada('impact', ...version, '--json')));
  const run = await ben('approve', ...version, '--impact', hash);
  expect([run.status, run.stdout]).toEqual([0, `${version.join(' ')}: approved\n`]);
  return version;
}

describe('a pack', () => {
  test('comes into force by two operators at a real cloud, and out of it again', async () => {
    const operated = await operatedCloud();
    const { ada, ben, declared, status, fileOf } = operated;
    const newcomer = await declared({ residenceDays: 20 });
    for (let i = 0; i < 9; i++) await declared();
    const pack = cityPack(1, stayOf(30));
    const proposed = await ada('publish', fileOf(pack), '--json');
    expect([proposed.status, packProposedSchema.parse(jsonOf(proposed))]).toMatchObject([
      0,
      { id: 'hangzhou', version: 1, state: 'proposed', scope: 'city' },
    ]);
    const impact = await ada('impact', 'hangzhou', '1');
    expect([impact.status, impact.stdout]).toEqual([
      0,
      expect.stringMatching(/^1 of 10 holders change colour:\n {2}green -> yellow {2}1\n/),
    ]);
    expect(impact.stderr).toContain('10/10');
    const [, hash = ''] = impact.stdout.match(/--impact ([0-9a-f]{64})/) ?? [];
    const alone = await ada('approve', 'hangzhou', '1', '--impact', hash);
    expect([alone.status, alone.stderr]).toEqual([
      1,
      expect.stringContaining('second-person-needed'),
    ]);
    const other = await ben('approve', 'hangzhou', '1', '--impact', 'ab'.repeat(32));
    expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('impact-needed')]);
    expect((await ben('approve', 'hangzhou', '1')).status).toBe(2);
    expect((await ben('approve', 'hangzhou', '1', '--impact', hash)).stdout).toBe(
      'hangzhou 1: approved\n',
    );
    const active = await ben('activate', 'hangzhou', '1');
    expect([active.status, active.stdout]).toEqual([0, 'hangzhou 1: finished, 10/10\n']);
    expect(await status(newcomer)).toMatchObject({ colour: 'yellow' });

    const list = await ada('list', '--language', 'zh');
    expect([list.status, list.stdout]).toEqual([
      0,
      expect.stringMatching(/^生效版本 2: hangzhou@1 < starter-lines@1\n/),
    ]);
    expect(list.stdout).toMatch(
      /active +city +hangzhou@1 .*token:operator \+ token:second-operator/,
    );
    expect(list.stdout).toMatch(/completed {2}hangzhou@1/);
    const back = await ada('rollback', 'hangzhou', '1', '--json');
    expect([back.status, jsonOf(back)['state']]).toEqual([0, 'finished']);
    expect(await status(newcomer)).toMatchObject({ colour: 'green' });
    const after = packListSchema.parse(jsonOf(await ada('list', '--json')));
    expect(after.inForce).toMatchObject({ edition: 1, city: { id: 'starter' }, rollout: null });
    expect(after.packs.find(({ id }) => id === 'hangzhou')).toMatchObject({ state: 'retired' });
  }, 60_000);

  test('whose rollout goes astray ends with 1, and everybody is as before', async () => {
    const operated = await operatedCloud();
    const { running, ben, declared, status, post } = operated;
    const people = [];
    for (let i = 0; i < 40; i++) people.push(await declared());
    const tests = cityPack(1).tests.map((one) =>
      one.name === 'a medium-risk area' ? { ...one, expect: { colour: 'red' } } : one,
    );
    const version = await approved(operated, cityPack(1, mediumIsRed, { tests }));
    // Nobody lived in such an area when the report was made.
    const area = { division: REGION, level: 'medium', from: '2022-03-01', until: '2022-03-31' };
    await post('/v1/areas', { areas: [area] });
    const run = await ben('activate', ...version, '--json');
    expect([run.status, jobViewSchema.parse(jsonOf(run)).state]).toEqual([1, 'halted']);
    expect(running.log.join('')).toContain('a rollout was halted');
    for (const person of people) expect(await status(person)).toMatchObject({ colour: 'yellow' });
  }, 60_000);

  test('that does not lint is not sent; what only a cloud finds is shown as lint is', async () => {
    const { running, ada, ben, fileOf } = await operatedCloud();
    const untested = await ada(
      'publish',
      fileOf({ ...nationalPack, tests: [] }),
      '--scope',
      'province',
      '--json',
    );
    const { problems } = jsonOf(untested) as { problems: object[] };
    expect([untested.status, problems.length > 0]).toEqual([1, true]);
    const { packs } = packListSchema.parse(jsonOf(await ada('list', '--json')));
    expect(packs.some(({ id }) => id === nationalPack.id)).toBe(false);

    // Longer than the province lets a code be valid: nothing is wrong with the pack by itself.
    const { defaults } = cityPack(1);
    const pack = cityPack(1, undefined, { defaults: { ...defaults, codeValidDays: 9 } });
    const refused = await ada('publish', fileOf(pack), '--language', 'zh');
    expect([refused.status, refused.stderr]).toEqual([1, '']);
    expect(refused.stdout).toMatch(
      /^pack-refused: 规则包未通过检查[\s\S]*\nnarrow-validity +\/defaults/,
    );
    const json = await ada('publish', fileOf(pack), '--json');
    expect([json.status, jsonOf(json)]).toMatchObject([
      1,
      { refused: 'pack-refused', problems: [{ code: 'narrow-validity' }], omitted: 0 },
    ]);
    expect((await ada('publish', fileOf(cityPack(1)))).status).toBe(0);
    const again = await ben('publish', fileOf(cityPack(1)));
    expect([again.status, again.stdout, again.stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^greengate: already-exists: It exists already\. /),
    ]);
    expect((await running.store.pack({ id: 'hangzhou', version: 1 }))?.state).toBe('proposed');
  }, 60_000);
});

/** Answers that a real cloud gives only now and then, in an order that a test cannot choose. */
describe('a job', () => {
  const fine = (body: unknown): Answer => ({ status: 200, body });
  const job = (done: number, state: string, more: object = {}) =>
    fine(
      jobViewSchema.parse({
        ...{ id: 'job-1', kind: 'impact', state, done, total: 1000, createdAt: 1 },
        ...{ finishedAt: null, impact: null, changes: null, next: null, ...more },
      }),
    );
  const at = async (answer: Parameters<typeof answeringServer>[0]) => {
    const { url, asked } = await answeringServer(answer);
    const token = inFolder().write('token', 'a-token-of-an-operator');
    return { asked, to: ['--server', url, '--token-file', token] };
  };

  test('is followed look by look and from stage to stage, with how far it is', async () => {
    let looks = 0;
    const { asked, to } = await at(({ method, path }) => {
      if (method === 'POST') return fine({ job: 'job-1' });
      if (path.endsWith('job-2')) return job(1000, 'finished');
      looks += 1;
      return looks < 3 ? job(looks * 300, 'running') : job(1000, 'finished', { next: 'job-2' });
    });
    const run = await greengateAsync('rules', 'rollback', 'national', '2', ...to);
    expect([run.status, run.stdout]).toEqual([0, 'national 2: finished, 1000/1000\n']);
    expect(run.stderr).toMatch(/300\/1000\n.*600\/1000\n.*1000\/1000/);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/packs/national/2/rollback',
      ...Array.from({ length: 3 }, () => 'GET /v1/jobs/job-1'),
      'GET /v1/jobs/job-2',
    ]);
  });

  test('that halts without a report is told as that', async () => {
    const { to } = await at(({ method }) =>
      method === 'POST' ? fine({ job: 'job-1' }) : job(400, 'halted'),
    );
    const run = await greengateAsync('rules', 'impact', 'national', '2', ...to);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('halted')]);
  });

  test('of a pack with more problems than are listed counts the rest', async () => {
    const { to } = await at(() => {
      const { body, ...rest } = problem(400, 'pack-refused', 'Found 51; see problems.');
      const one = { code: 'narrow-hold', path: '/rules/0/hold', zh: '缩短了。', en: 'Is shorter.' };
      return { ...rest, body: { ...(body as object), problems: [one], omitted: 50 } };
    });
    const run = await greengateAsync('rules', 'impact', 'national', '2', ...to);
    expect([run.status, run.stdout]).toEqual([
      1,
      expect.stringMatching(
        /narrow-hold +\/rules\/0\/hold\n {2}Is shorter\.\n50 more are not listed\.\n$/,
      ),
    ]);
  });
});
