import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { person } from '@greengate/contracts/rules/packs/person';
import { compilePack } from '@greengate/contracts/rules/score';
import { expect, test, vi } from 'vitest';
import type { PackCheckRequest } from '../../src/pack-port.ts';
import { packThread } from '../../src/pack-thread.ts';
import { checkPack } from '../../src/packs/check.ts';
import { firstPacks } from '../../src/packs/first-packs.ts';
import { REGION, runCloud } from '../running-cloud.ts';
import { cityPack, operatorsOf, provincePack, stayOf } from './operators.ts';

// Vitest runs with the condition that resolves contracts to its sources; a plain node, as in production, does not.
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  class PlainWorker extends real.Worker {
    constructor(entry: string | URL) {
      super(entry, { execArgv: [] });
    }
  }
  return { ...real, Worker: PlainWorker };
});

const WORKER = pathToFileURL(resolve(import.meta.dirname, '../../dist/pack-worker.js'));
const timers = {
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

const { province } = firstPacks(REGION);
const request = (pack: unknown, more: Partial<PackCheckRequest> = {}): PackCheckRequest => ({
  ...{ text: JSON.stringify(pack), scope: 'city', region: REGION },
  beside: JSON.stringify(province),
  ...more,
});
const found = (pack: unknown, more: Partial<PackCheckRequest> = {}) =>
  checkPack(request(pack, more)).problems.map(({ code, path }) => `${code} ${path}`);

const admitsAll = (): ScoringPack => ({
  ...cityPack(1),
  ...{ inputs: [], rules: [], tests: [] },
  defaults: { ...cityPack(1).defaults, lapse: { ...cityPack(1).defaults.lapse, outcome: 'green' } },
});

test('the packs that a region begins with pass their own check', () => {
  const { city, edition } = firstPacks(REGION);
  expect(checkPack(request(city))).toMatchObject({ problems: [], warnings: [] });
  expect(edition.rules).toEqual(city.rules);
  const asProvince = request(province, { scope: 'province', beside: JSON.stringify(city) });
  expect(checkPack(asProvince)).toMatchObject({ problems: [], warnings: [] });
});

test.each<[string, unknown, string[]]>([
  ['nothing', null, ['pack-malformed ']],
  ['a list', [[[[]]]], ['pack-malformed ']],
  ['another region', { ...cityPack(1), region: '330200' }, ['narrow-region /region']],
  ['a pack that admits all', admitsAll(), ['narrow-validity /defaults/lapse/outcome']],
  [
    'a code that lives longer',
    cityPack(1, undefined, { defaults: { ...cityPack(1).defaults, codeValidDays: 6 } }),
    ['narrow-validity /defaults/codeValidDays'],
  ],
  ['a test that fails', cityPack(1, stayOf(500)), ['test-failed /tests/0']],
])('refuses %s', (_name, pack, expected) => {
  expect(found(pack)).toEqual(expect.arrayContaining(expected));
});

test('a city pack without its own copy of the hard lines is tested with them', () => {
  const own = cityPack(1).rules.filter(({ hardLine }) => !hardLine);
  const checked = checkPack(request({ ...cityPack(1), rules: own }));
  expect(checked.problems).toEqual([]);
  const joined = scoringPackSchema.parse(JSON.parse(checked.pack?.joined ?? ''));
  expect(joined.rules).toEqual(cityPack(1).rules);
});

test('names the place in the pack of the city, not in the joined one', () => {
  const own = cityPack(1).rules.filter(({ hardLine }) => !hardLine);
  const tests = cityPack(1).tests.filter(({ name }) => name !== 'a newcomer');
  const index = own.findIndex(({ id }) => id === 'residence-short');
  expect(found({ ...cityPack(1), rules: own, tests })).toEqual([
    `rule-untested /rules/${index}/when`,
  ]);
});

test('a line restated more strictly is a warning, not a problem', () => {
  const [line] = cityPack(1).rules;
  if (!line) throw new Error('no rule');
  const stricter = { ...line, reason: 'of-the-city' };
  const tests = cityPack(1).tests.map((one) =>
    one.name === 'confirmed' ? { ...one, expect: { colour: 'red' } } : one,
  );
  const rules = [...cityPack(1).rules.slice(1), stricter];
  const { problems, warnings } = checkPack(request({ ...cityPack(1), rules, tests }));
  expect(problems).toEqual([]);
  expect(warnings).toMatchObject([
    { code: 'rule-shadowed', path: `/rules/${cityPack(1).rules.length - 1}` },
  ]);
});

test('a province may leave the city behind, and is told so', () => {
  const shorter = { ...provincePack(1).defaults, codeValidDays: 3 };
  const tests = provincePack(1).tests.filter(({ name }) => !name.startsWith('a daily report'));
  const pack = provincePack(1, { defaults: shorter, tests });
  const city = JSON.stringify(firstPacks(REGION).city);
  const checked = checkPack(request(pack, { scope: 'province', beside: city }));
  expect(checked.warnings.map(({ code }) => code)).toContain('narrow-validity');
  expect(checked.pack?.joined).toBeUndefined();
});

/** Walks every list inside of every list of the facts, as often as a rule may nest. */
function loops(): ScoringPack {
  const walk = (inner: unknown): unknown => ({
    reduce: [{ var: 'data.lists' }, { and: [inner, { var: 'accumulator' }] }, true],
  });
  const when = walk(walk(walk(walk({ '!': [{ '===': [{ var: 'current.reportedDays' }, 7] }] }))));
  const [rule] = cityPack(1).rules;
  if (!rule) throw new Error('no rule');
  const lists = Array.from({ length: 100 }, () => ({
    kind: 'returnee' as const,
    since: '2020-02-27',
  }));
  return {
    ...cityPack(1),
    rules: Array.from({ length: 400 }, (_, i) => ({ ...rule, id: `r-${i}`, when })),
    tests: Array.from({ length: 40 }, (_, i) => ({
      name: `test ${i}`,
      facts: person({ lists }),
      expect: { colour: 'green' },
    })),
  };
}

// The engine ends each walk after so many steps, so the slowest pack that fits takes about a second: too long here.
test('a pack that takes too long is ended with its thread, and the next is checked', async () => {
  const check = packThread(WORKER, timers, 150);
  const [slow, good] = await Promise.all([
    check(request(loops())),
    packThread(WORKER, timers)(request(cityPack(1))),
  ]);
  expect(slow).toBeUndefined();
  expect(good).toMatchObject({ problems: [] });
  expect(await packThread(WORKER, timers)(request({}))).toMatchObject({ pack: undefined });
  const first = checkPack(request(cityPack(1)));
  expect(await packThread(WORKER, timers)(request(cityPack(1)))).toEqual(first);
});

test('over HTTP a refusal says what, where and how to mend it, within bounds', async () => {
  const running = await runCloud();
  const { propose, list } = operatorsOf(running);
  const before = await list();
  const refused = await propose(admitsAll());
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    code: 'pack-refused',
    problems: expect.arrayContaining([
      {
        code: 'narrow-validity',
        path: '/defaults/lapse/outcome',
        zh: expect.any(String),
        en: expect.any(String),
      },
    ]),
  });
  const rules = Array.from({ length: 200 }, (_, i) => ({ id: `r-${i}`, when: { nope: [] } }));
  const many = (await (await propose({ ...cityPack(1), rules })).json()) as {
    problems: unknown[];
    omitted: number;
  };
  expect(many.problems).toHaveLength(50);
  expect(many.omitted).toBeGreaterThan(100);
  const huge = await propose({ ...cityPack(1), padding: 'x'.repeat(10 * 1024 * 1024) });
  expect([huge.status, await huge.json()]).toMatchObject([413, { code: 'body-too-large' }]);
  const text = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  for (const [body, code] of [
    [text, 'pack-refused'],
    ['{"id":', 'request-invalid'],
    ['{"__proto__":{"id":"x"}}', 'pack-refused'],
  ] as const) {
    const response = await fetch(`${running.url}/v1/packs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${running.tokens.operator}`,
        'content-type': 'application/json',
      },
      body,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { code }]);
  }
  expect(await list()).toEqual(before);
  expect(running.log.join('')).not.toContain('a request failed');
});

test('a joined pack that was published is compiled as it is stored', () => {
  const joined = scoringPackSchema.parse(
    JSON.parse(checkPack(request(cityPack(1, stayOf(30)))).pack?.joined ?? ''),
  );
  const short = person({ declaration: { residenceDays: 20 } });
  expect(compilePack(joined).score(short, Date.parse(short.now)).colour).toBe('yellow');
});
