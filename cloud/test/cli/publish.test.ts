import { nationalPack } from '@greengate/contracts/rules/packs/national';
import {
  impactReportSchema,
  jobViewSchema,
  packProposedSchema,
  packSummarySchema,
} from '@greengate/contracts/wire/packs';
import { describe, expect, test } from 'vitest';
import { type Answer, type Asked, answeringServer, problem } from './answering-server.ts';
import { greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

const HASH = 'ab'.repeat(32);

async function withCloud(answer: (asked: Asked) => Answer) {
  const { url, asked } = await answeringServer(answer);
  const { write } = inFolder();
  return {
    asked,
    write,
    to: ['--server', url, '--token-file', write('token', 'a-token-of-an-operator')],
  };
}

const fine = (body: unknown): Answer => ({ status: 200, body });

const SUMMARY = packSummarySchema.parse({
  ...{ id: 'national', version: 2, scope: 'province', state: 'proposed', hash: HASH },
  ...{ within: null, proposedBy: 'ada', proposedAt: 1, approvedBy: null, approvedAt: null },
  activatedAt: null,
});

describe('rules publish', () => {
  const warning = { code: 'rule-undecided', path: '/rules/0', zh: '注意', en: 'Mind this' };

  test('proposes a pack', async () => {
    const { asked, to } = await withCloud(() =>
      fine(packProposedSchema.parse({ ...SUMMARY, warnings: [warning] })),
    );
    const args = ['rules', 'publish', 'national', ...to, '--scope', 'province'];
    const run = await greengateAsync(...args, '--json');
    expect([run.status, jsonOf(run)['state']]).toEqual([0, 'proposed']);
    expect(asked).toMatchObject([
      { method: 'POST', path: '/v1/packs?scope=province', body: nationalPack },
    ]);
    const text = await greengateAsync(...args, '--language', 'zh');
    expect(text.stdout).toMatch(/注意[\s\S]*rules impact national 2/);
  });

  test('sends nothing that does not lint', async () => {
    const { asked, write, to } = await withCloud(() => fine({}));
    const faulty = write('pack.json', JSON.stringify({ ...nationalPack, tests: [] }));
    const args = ['rules', 'publish', faulty, ...to, '--scope', 'province', '--json'];
    const run = await greengateAsync(...args);
    const { problems } = jsonOf(run) as { problems: object[] };
    expect([run.status, asked, problems.length > 0]).toEqual([1, [], true]);
  });

  test('tells the refusal of a cloud in its own words', async () => {
    const { to } = await withCloud(() => problem(409, 'already-exists', 'Raise the version.'));
    const run = await greengateAsync('rules', 'publish', 'national', ...to);
    expect([run.status, run.stdout, run.stderr]).toEqual([
      1,
      '',
      'greengate: already-exists: It exists already. Raise the version.\n',
    ]);
  });
});

describe('a job', () => {
  const report = impactReportSchema.parse({
    ...{ pack: { id: 'national', version: 2 }, packHash: HASH, at: 1 },
    ...{ beside: { id: 'zhejiang', version: 1 }, divisions: [], sample: [] },
    holders: 1000,
    changes: [
      { from: 'green', to: 'red', holders: 7 },
      { from: 'green', to: 'green', holders: 993 },
    ],
    redWithoutGrounds: 2,
    failed: 0,
    hash: HASH,
  });
  const job = (done: number, state: string, more: object = {}) =>
    fine(
      jobViewSchema.parse({
        ...{ id: 'job-1', kind: 'impact', state, done, total: 1000, createdAt: 1 },
        ...{ finishedAt: null, impact: null, changes: null, next: null, ...more },
      }),
    );

  test('of an impact report is followed to its end', async () => {
    let looks = 0;
    const { asked, to } = await withCloud(({ method }) => {
      if (method === 'POST') return fine({ job: 'job-1' });
      looks += 1;
      return looks < 3 ? job(looks * 300, 'running') : job(1000, 'finished', { impact: report });
    });
    const run = await greengateAsync('rules', 'impact', 'national', '2', ...to);
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining('7 of 1000 holders')]);
    expect(run.stdout).toContain(`--impact ${HASH}`);
    expect(run.stderr).toMatch(/300\/1000\n.*600\/1000\n.*1000\/1000/);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/packs/national/2/impact',
      ...Array.from({ length: 3 }, () => 'GET /v1/jobs/job-1'),
    ]);
  });

  test('of a rollout is followed from stage to stage', async () => {
    const { asked, to } = await withCloud(({ method, path }) => {
      if (method === 'POST') return fine({ job: 'job-1' });
      return path.endsWith('job-1')
        ? job(10, 'finished', { next: 'job-2' })
        : job(1000, 'finished');
    });
    const run = await greengateAsync('rules', 'rollback', 'national', '2', ...to);
    expect([run.status, run.stdout]).toEqual([0, 'national 2: finished, 1000/1000\n']);
    expect(asked.map(({ path }) => path)).toEqual([
      '/v1/packs/national/2/rollback',
      '/v1/jobs/job-1',
      '/v1/jobs/job-2',
    ]);
  });

  test('that halts ends with 1', async () => {
    const { asked, to } = await withCloud(({ method }) =>
      method === 'POST' ? fine({ job: 'job-1' }) : job(400, 'halted'),
    );
    const run = await greengateAsync('rules', 'activate', 'national', '2', ...to, '--json');
    expect([run.status, jsonOf(run)]).toMatchObject([1, { state: 'halted', done: 400 }]);
    expect(asked[0]?.path).toBe('/v1/packs/national/2/activation');
  });

  test('that halts without a report is told as that', async () => {
    const { to } = await withCloud(({ method }) =>
      method === 'POST' ? fine({ job: 'job-1' }) : job(400, 'halted'),
    );
    const run = await greengateAsync('rules', 'impact', 'national', '2', ...to);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('halted')]);
  });
});

test('rules approve names the report that was read', async () => {
  const { asked, to } = await withCloud(() => fine({ ...SUMMARY, state: 'approved' }));
  const args = ['rules', 'approve', 'national', '2', ...to];
  const run = await greengateAsync(...args, '--impact', HASH);
  expect([run.status, run.stdout]).toEqual([0, 'national 2: approved\n']);
  expect(asked).toMatchObject([{ path: '/v1/packs/national/2/approval', body: { impact: HASH } }]);
  expect((await greengateAsync(...args)).status).toBe(2);
});
