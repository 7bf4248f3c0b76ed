import { chmodSync } from 'node:fs';
import { evidenceRowsCountMax } from '@greengate/contracts/limits';
import { nationalPack } from '@greengate/contracts/rules/packs/national';
import { describe, expect, test } from 'vitest';
import { HEALTHY, runCloud } from '../running-cloud.ts';
import { type Answer, type Asked, answeringServer, problem } from './answering-server.ts';
import { residentNumber } from './imports/sample-people.ts';
import { greengate, greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

const TOKEN = 'a-token-of-an-operator';

function csvOf(people: readonly number[], since = '2022-03-01'): string {
  return `证件号码,日期\n${people.map((one) => `${residentNumber(one)},${since}`).join('\n')}\n`;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Files, and what every import here is told. */
function prepared(server: string, files: Readonly<Record<string, string>>, token = TOKEN) {
  const { write, at } = inFolder(files);
  const tokenFile = write('token', `${token}\n`);
  return { at, to: ['--server', server, '--token-file', tokenFile], tokenFile };
}

/** The answer of a cloud to which all of it is new. */
const counted = (accepted: number): Answer => ({
  status: 200,
  body: { accepted, rescored: 1, added: accepted, unchanged: 0, changed: 0 },
});

const taking = ({ body }: Asked): Answer => {
  const { entries, areas } = body as { entries?: unknown[]; areas?: unknown[] };
  return counted((entries ?? areas ?? []).length);
};

describe('an import', () => {
  test('puts people on a list of a real cloud, and changes nothing when it is done again', async () => {
    const { url, tokens, call, newHolder } = await runCloud();
    const holder = await newHolder({ idNumber: residentNumber(7) });
    await call(tokens.registrar, 'GET', '/healthz');
    await call(holder, 'POST', '/v1/declarations', HEALTHY);
    const { at, to } = prepared(url, { 'list.csv': csvOf(upTo(1200)) }, tokens.operator);
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to, '--json'];
    const [first, again] = [
      { rescored: 1, added: 1200, unchanged: 0 },
      { rescored: 0, added: 0, unchanged: 1200 },
    ];
    for (const counts of [first, again]) {
      const run = await greengateAsync(...args);
      expect([run.status, jsonOf(run)]).toEqual([
        0,
        {
          file: at('list.csv'),
          dryRun: false,
          rows: 1200,
          faulty: 0,
          problems: [],
          problemsOmitted: 0,
          cutShort: false,
          sent: 1200,
          accepted: 1200,
          changed: 0,
          ...counts,
        },
      ]);
    }
    const status = (await (await call(holder, 'GET', '/v1/status')).json()) as { colour: string };
    expect(status.colour).toBe('red');
  });

  test('sends batches, says how far it is, and carries the token', async () => {
    const { url, asked } = await answeringServer(taking);
    const { at, to } = prepared(url, { 'list.csv': csvOf(upTo(2500)) });
    const run = await greengateAsync(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'released',
      ...to,
    );
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining('accepted 2500')]);
    expect(asked.map(({ path, body }) => [path, (body as { entries: [] }).entries.length])).toEqual(
      [
        ['/v1/lists/released', evidenceRowsCountMax],
        ['/v1/lists/released', evidenceRowsCountMax],
        ['/v1/lists/released', 500],
      ],
    );
    expect(asked.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(run.stderr).toMatch(/^send 2000\/2500$/m);
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
  });

  test('of travel, areas and other regions is evidence at a real cloud, and bears on the colour', async () => {
    const { url, tokens, call, newHolder, cloud } = await runCloud({ pack: nationalPack });
    const idNumber = residentNumber(1);
    const holder = await newHolder({ idNumber });
    const tell = async (path: string) =>
      (await (await call(holder, 'GET', path)).json()) as Record<string, unknown>;
    await call(holder, 'POST', '/v1/declarations', HEALTHY);
    expect(await tell('/v1/status')).toMatchObject({ colour: 'green' });
    const { at, to } = prepared(
      url,
      {
        travel: JSON.stringify([
          { idNumber, mode: 'rail', division: '420100', leftOn: '2022-02-28' },
        ]),
        areas: `division,level,from,until\n420100,high,2022-02-20,2022-03-14\n`,
        elsewhere: JSON.stringify([
          {
            ...{ idNumber, region: '370000', colour: 'red' },
            ...{ since: '2022-03-01', validUntil: '2022-03-14' },
          },
        ]),
      },
      tokens.operator,
    );
    const counts = async (name: string, ...more: string[]) => {
      const run = await greengateAsync(name, 'import', at(name), ...to, '--json', ...more);
      const { accepted, added, unchanged, changed, rescored, problems } = jsonOf(run);
      expect([run.status, problems]).toEqual([0, []]);
      return { accepted, added, unchanged, changed, rescored };
    };
    const [first, again] = [
      { accepted: 1, added: 1, unchanged: 0, changed: 0, rescored: 1 },
      { accepted: 1, added: 0, unchanged: 1, changed: 0, rescored: 0 },
    ];
    expect(await counts('travel')).toEqual(first);
    expect(await tell('/v1/status')).toMatchObject({ colour: 'green' });
    expect(await counts('areas')).toEqual(first);
    while ((await cloud.statuses.rescoreDue()) > 0);
    const rules = async () => {
      const { reasons } = (await tell('/v1/status')) as { reasons: { rule: string }[] };
      return reasons.map(({ rule }) => rule);
    };
    expect(await rules()).toEqual(['journey-high']);
    expect(await counts('elsewhere', '--dry-run')).toEqual(first);
    expect(await rules()).toEqual(['journey-high']);
    expect(await counts('elsewhere')).toEqual(first);
    expect(await rules()).toEqual(['red-elsewhere', 'journey-high']);
    for (const name of ['travel', 'areas', 'elsewhere']) expect(await counts(name)).toEqual(again);
    expect((await tell('/v1/records'))['records']).toMatchObject({
      journeys: [{ mode: 'rail', division: '420100', leftOn: '2022-02-28' }],
      elsewhere: [
        {
          ...{ of: '370000', colour: 'red' },
          since: Date.parse('2022-03-01T00:00:00+08:00'),
          validUntil: Date.parse('2022-03-14T23:59:59+08:00'),
        },
      ],
    });
  });

  test('sends releases last, whatever the order of the rows', async () => {
    const { url, asked } = await answeringServer(taking);
    const [ada, ben] = [residentNumber(1), residentNumber(2)];
    const file = `idNumber,kind,since\n${ada},released,2022-03-09\n${ben},suspected,2022-03-01\n${ada},confirmed,2022-03-01\n`;
    const { at, to } = prepared(url, { 'list.csv': file });
    expect((await greengateAsync('lists', 'import', at('list.csv'), ...to)).status).toBe(0);
    expect(asked.map(({ path }) => path)).toEqual([
      '/v1/lists/suspected',
      '/v1/lists/confirmed',
      '/v1/lists/released',
    ]);
  });
});

describe('a faulty file', () => {
  const lines = csvOf(upTo(4)).split('\n');
  const faulty = [...lines.slice(0, 3), `${residentNumber(9)},2022-02-30`, ...lines.slice(3)].join(
    '\n',
  );

  test('is not sent; its good rows are, when asked for', async () => {
    const { url, asked } = await answeringServer(taking);
    const { at, to } = prepared(url, { 'list.csv': faulty });
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to];
    const run = await greengateAsync(...args, '--json');
    expect([run.status, asked.length, jsonOf(run)]).toMatchObject([
      1,
      0,
      {
        rows: 4,
        faulty: 1,
        sent: 0,
        problems: [{ row: 4, column: 'since', code: 'date-impossible' }],
      },
    ]);
    const zh = await greengateAsync(...args, '--language', 'zh');
    expect(zh.stdout).toContain('没有这一天');
    const good = await greengateAsync(...args, '--skip-faulty', '--json');
    expect([good.status, jsonOf(good)['accepted'], asked.length]).toEqual([1, 4, 1]);
    for (const { stdout, stderr } of [run, zh, good])
      expect(stdout + stderr).not.toMatch(/990000\d{11}/);
  });

  test('whose end cannot be read is never sent in part', async () => {
    const { url, asked } = await answeringServer(taking);
    const { at, to } = prepared(url, { 'list.csv': `${csvOf([1])}"${residentNumber(2)}` });
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to];
    const run = await greengateAsync(...args, '--skip-faulty', '--json');
    expect([run.status, asked.length, jsonOf(run)]).toMatchObject([
      1,
      0,
      { cutShort: true, sent: 0 },
    ]);
  });

  test('with more faults than are listed has the rest counted', () => {
    const rows = Array.from({ length: 1500 }, () => '1,2022-03-01').join('\n');
    const { at } = inFolder({ 'list.csv': `idNumber,since\n${rows}\n` });
    const run = greengate(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'confirmed',
      '--dry-run',
      '--json',
    );
    const {
      problems,
      problemsOmitted,
      faulty: count,
    } = jsonOf(run) as {
      problems: object[];
      problemsOmitted: number;
      faulty: number;
    };
    expect([run.status, problems.length, problemsOmitted, count]).toEqual([1, 1000, 500, 1500]);
  });
});

describe('a refusal', () => {
  test('stops the import and says where to go on', async () => {
    let taken = 0;
    const { url, asked } = await answeringServer((one) => {
      taken += 1;
      return taken === 3 ? problem(403, 'forbidden', 'Look at the role.') : taking(one);
    });
    const { at, to } = prepared(url, { 'list.csv': csvOf(upTo(3500)) });
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to];
    const run = await greengateAsync(...args, '--json');
    expect([run.status, jsonOf(run)]).toMatchObject([
      1,
      {
        sent: 2000,
        accepted: 2000,
        stopped: { row: 2002, code: 'forbidden', detail: 'Look at the role.' },
      },
    ]);
    const rest = await greengateAsync(...args, '--from-row', '2002', '--language', 'zh');
    expect([rest.status, rest.stdout]).toEqual([0, expect.stringContaining('已接收 1500')]);
    const sent = asked.flatMap(({ body }) => (body as { entries: { idNumber: string }[] }).entries);
    expect(new Set(sent.map(({ idNumber }) => idNumber)).size).toBe(3500);
  });

  test('of mixed lists goes on at the first row that nobody has taken', async () => {
    const people = upTo(1500).map(
      (one) =>
        `${residentNumber(one)},${one === 3 ? 'released' : one % 2 === 0 ? 'confirmed' : 'suspected'},2022-03-01`,
    );
    const { url } = await answeringServer(({ path, ...one }) =>
      path.endsWith('suspected') ? problem(403, 'forbidden') : taking({ path, ...one }),
    );
    const { at, to } = prepared(url, { 'list.csv': `idNumber,kind,since\n${people.join('\n')}\n` });
    const run = await greengateAsync('lists', 'import', at('list.csv'), ...to);
    expect([run.status, run.stdout]).toEqual([1, expect.stringContaining('--from-row 3.')]);
  });

  test('because the cloud is busy is waited out', async () => {
    let busy = 2;
    const { url, asked } = await answeringServer((one) => {
      busy -= 1;
      const shed = problem(busy === 1 ? 429 : 503, 'overloaded');
      return busy < 0 ? taking(one) : { ...shed, headers: { 'retry-after': '0' } };
    });
    const { at, to } = prepared(url, { 'list.csv': csvOf([1]) });
    const run = await greengateAsync(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'confirmed',
      ...to,
    );
    expect([run.status, asked.length]).toEqual([0, 3]);
    expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('because the first try is still at work is waited out, by the same key', async () => {
    let asks = 0;
    const { url, asked } = await answeringServer((one) => {
      asks += 1;
      return asks === 1 ? problem(409, 'request-under-way') : taking(one);
    });
    const { at, to } = prepared(url, { 'list.csv': csvOf([1]) });
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to];
    expect((await greengateAsync(...args)).status).toBe(0);
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });

  test('of nobody at all ends the same way', async () => {
    const { at, to } = prepared('http://127.0.0.1:9', { 'list.csv': csvOf([1]) });
    const run = await greengateAsync(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'confirmed',
      ...to,
      '--json',
    );
    expect([run.status, jsonOf(run)]).toMatchObject([
      1,
      { sent: 0, stopped: { row: 2, code: 'unreachable' } },
    ]);
  });

  test('by something that is no cloud of ours is told as that', async () => {
    const { url } = await answeringServer(() => ({ status: 200, body: '<html>' }));
    const { at, to } = prepared(url, { 'list.csv': csvOf([1]) });
    const run = await greengateAsync(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'confirmed',
      ...to,
    );
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('something else')]);
  });

  test('a redirect is not followed', async () => {
    const other = await answeringServer(taking);
    const { url } = await answeringServer(() => ({
      status: 307,
      body: {},
      headers: { location: other.url },
    }));
    const { at, to } = prepared(url, { 'list.csv': csvOf([1]) });
    const run = await greengateAsync(
      'lists',
      'import',
      at('list.csv'),
      '--kind',
      'confirmed',
      ...to,
    );
    expect([run.status, other.asked]).toEqual([2, []]);
  });
});

describe('a dry run', () => {
  test('needs no server to check a file', () => {
    const { at } = inFolder({ 'list.csv': csvOf([1, 2]) });
    const run = greengate('lists', 'import', at('list.csv'), '--kind', 'confirmed', '--dry-run');
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining('2 rows are good')]);
  });

  test('asks a cloud what would be new, and changes nothing there', async () => {
    const { url, tokens, call, newHolder } = await runCloud();
    const holder = await newHolder({ idNumber: residentNumber(2) });
    await call(holder, 'POST', '/v1/declarations', HEALTHY);
    const { operator } = tokens;
    const there = [{ idNumber: residentNumber(1), since: '2022-03-01' }];
    await call(operator, 'POST', '/v1/lists/confirmed', { entries: there });
    const { at, to } = prepared(url, { 'list.csv': csvOf([1, 2]) }, operator);
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to, '--dry-run'];
    for (let time = 0; time < 2; time++) {
      const run = await greengateAsync(...args, '--json');
      expect([run.status, jsonOf(run)]).toMatchObject([
        0,
        { dryRun: true, sent: 2, added: 1, unchanged: 1, rescored: 1 },
      ]);
    }
    const status = (await (await call(holder, 'GET', '/v1/status')).json()) as { colour: string };
    expect(status.colour).toBe('green');
  });

  test('sends nothing to a cloud that cannot tell', async () => {
    const { url, asked } = await answeringServer(() => ({
      status: 200,
      body: {
        paths: { '/v1/lists/{kind}': { post: { parameters: [{ name: 'kind', in: 'path' }] } } },
      },
    }));
    const { at, to } = prepared(url, { 'list.csv': csvOf([1, 2]) });
    const args = ['lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to, '--dry-run'];
    const run = await greengateAsync(...args);
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining('nothing was sent')]);
    expect(asked.map(({ path }) => path)).toEqual(['/openapi.json']);
  });
});

describe('an address or a token that cannot be used', () => {
  test.each([
    ['plain HTTP to another machine', 'http://cloud.example', undefined, 'https://'],
    ['no address', 'cloud.example', undefined, '--server'],
    ['a token file without a token', 'https://cloud.example', '', 'bearer token'],
  ])('%s', (_name, server, token, message) => {
    const { at, to } = prepared(server, { 'list.csv': csvOf([1]) }, token);
    const run = greengate('lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to);
    expect([run.status, run.stdout, run.stderr]).toEqual([2, '', expect.stringContaining(message)]);
  });

  test('a token that others can read', () => {
    const { at, to, tokenFile } = prepared('https://cloud.example', { 'list.csv': csvOf([1]) });
    chmodSync(tokenFile, 0o644);
    const run = greengate('lists', 'import', at('list.csv'), '--kind', 'confirmed', ...to);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('chmod 600')]);
  });

  test('no server and no dry run', () => {
    const { at } = inFolder({ 'list.csv': csvOf([1]) });
    const run = greengate('lists', 'import', at('list.csv'), '--kind', 'confirmed');
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('--dry-run')]);
  });
});
