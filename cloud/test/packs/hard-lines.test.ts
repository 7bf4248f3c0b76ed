import { LIST_KINDS, type ScoringFacts } from '@greengate/contracts/rules/facts';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { latestSince, listed, same } from '@greengate/contracts/rules/packs/expressions';
import { entries, person } from '@greengate/contracts/rules/packs/person';
import { compilePack, type Verdict } from '@greengate/contracts/rules/score';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPack } from '../../src/packs/check.ts';
import { firstPacks } from '../../src/packs/first-packs.ts';
import { REGION, runCloud } from '../running-cloud.ts';
import { cityPack, operatorsOf } from './operators.ts';

const { province } = firstPacks(REGION);
const hardLines = compilePack({ ...province, rules: province.rules.filter((one) => one.hardLine) });

const condition = fc.constantFrom<unknown>(
  listed('confirmed'),
  listed('close-contact', 'confirmed'),
  listed('released'),
  same('area.level', 'high'),
  same('area.level', 'medium'),
  { var: 'declaration.symptoms.fever' },
  { '<': [{ var: 'declaration.residenceDays' }, 30] },
  { '!': [listed('confirmed', 'suspected')] },
);

const drawnRule = fc.record({
  id: fc.oneof(
    { arbitrary: fc.constantFrom('own-1', 'own-2', 'own-3', 'own-4'), weight: 6 },
    { arbitrary: fc.constantFrom('listed-infected', 'area-high'), weight: 1 },
  ),
  when: condition,
  outcome: fc.constantFrom('green', 'yellow', 'red'),
  hold: fc.option(
    fc.record({
      days: fc.integer({ min: 1, max: 30 }),
      next: fc.constantFrom('green', 'yellow', 'red'),
      from: fc.constantFrom(null, latestSince('confirmed')),
    }),
  ),
});

const drawnLife = fc.record({
  codeValidDays: fc.integer({ min: 1, max: 7 }),
  clear: fc.constantFrom('green', 'yellow'),
  lapse: fc.constantFrom('green', 'yellow', 'red'),
});

const facts: fc.Arbitrary<ScoringFacts> = fc
  .record({
    lists: fc.array(
      fc.record({
        kind: fc.constantFrom(...LIST_KINDS),
        since: fc.constantFrom('2020-02-01', '2020-03-01', '2020-03-08'),
      }),
      { maxLength: 3 },
    ),
    level: fc.constantFrom('low', 'medium', 'high'),
    fever: fc.boolean(),
    residenceDays: fc.integer({ min: 0, max: 60 }),
    now: fc.constantFrom('2020-03-09T00:00:00Z', '2020-03-13T00:00:00Z', '2020-04-09T00:00:00Z'),
  })
  .map(({ lists, level, fever, residenceDays, now }) =>
    person({
      ...{ lists, now, area: { level: level as 'low' } },
      declaration: { residenceDays, symptoms: { fever } },
    }),
  );

type Drawn = typeof drawnRule extends fc.Arbitrary<infer T> ? T : never;

/** A pack whose tests are what it does on the facts that were drawn: its author means what it says. */
function authored(
  version: number,
  drawn: readonly Drawn[],
  life: { codeValidDays: number; clear: string; lapse: string },
  people: readonly ScoringFacts[],
): ScoringPack | undefined {
  const base = cityPack(version);
  const [first] = base.rules;
  if (!first) throw new Error('no rule');
  const rules = drawn.map(({ id, when, outcome, hold }) => ({
    ...{ ...first, id, when, outcome, hardLine: false, informs: true as const },
    ...{ holdDays: hold?.days ?? null, next: hold?.next ?? null, holdFrom: hold?.from ?? null },
  }));
  const { clear, lapse } = base.defaults;
  const pack = scoringPackSchema.safeParse({
    ...base,
    rules,
    defaults: {
      ...base.defaults,
      codeValidDays: life.codeValidDays,
      clear: { ...clear, outcome: life.clear },
      lapse: { ...lapse, outcome: life.lapse },
    },
    tests: [],
  });
  if (!pack.success) return undefined;
  // Only what is read may be declared, and what each test shows is taken from the joined pack itself.
  const request = {
    text: '',
    scope: 'city',
    region: REGION,
    beside: JSON.stringify(province),
  } as const;
  const unread = new Set(
    checkPack({ ...request, text: JSON.stringify(pack.data) }).problems.flatMap(({ code, path }) =>
      code === 'input-unread' ? [Number(path.split('/')[2])] : [],
    ),
  );
  const inputs = pack.data.inputs.filter((_input, index) => !unread.has(index));
  const read = { ...pack.data, inputs };
  const joined = checkPack({ ...request, text: JSON.stringify(read) }).pack?.joined;
  if (joined === undefined) return read;
  const scorer = compilePack(scoringPackSchema.parse(JSON.parse(joined)));
  const tests = people.map((one, index) => ({
    name: `person ${index}`,
    facts: one,
    expect: { colour: scorer.score(one, Date.parse(one.now)).shown },
  }));
  return { ...read, tests };
}

const rankAt = (verdict: Verdict, at: number) =>
  province.colours.findIndex(
    ({ id }) => id === (at < verdict.validUntil ? verdict.shown : verdict.nextShown),
  );

const everyone = [
  ...LIST_KINDS.map((kind) => person({ lists: [{ kind, since: '2020-03-01' }] })),
  ...(['low', 'medium', 'high'] as const).map((level) => person({ area: { level } })),
  person({ declaration: { symptoms: { fever: true } } }),
  person({ declaration: { residenceDays: 3 } }),
  person({ now: '2020-06-01T00:00:00Z' }),
  ...(['2020-03-09T12:00:00Z', '2020-03-05T00:00:00Z'] as const).map((lastReportAt) =>
    person({ lastReportAt }),
  ),
  // Every way to find the latest of several entries.
  person({ lists: entries('confirmed') }),
];

test('P54 whatever is published for a city is nowhere weaker than the hard lines', {
  timeout: 120_000,
}, async () => {
  const running = await runCloud();
  const { propose } = operatorsOf(running);
  let version = 0;
  let published = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(drawnRule, { maxLength: 4, selector: ({ id }) => id }),
      fc.oneof(fc.constant({ codeValidDays: 5, clear: 'green', lapse: 'yellow' }), drawnLife),
      fc.array(facts, { minLength: 1, maxLength: 6 }),
      async (drawn, life, people) => {
        version += 1;
        const pack = authored(version, drawn, life, everyone);
        if (!pack) return;
        const response = await propose(pack);
        if (response.status !== 200) {
          expect(response.status).toBe(400);
          refused += 1;
          return;
        }
        published += 1;
        const row = await running.store.pack(pack);
        const beside = JSON.stringify(province);
        const { pack: checked } = checkPack({
          ...{ text: row?.body ?? '', scope: 'city', region: REGION, beside },
        });
        const scorer = compilePack(scoringPackSchema.parse(JSON.parse(checked?.joined ?? '')));
        for (const one of [...people, ...everyone]) {
          const now = Date.parse(one.now);
          const [ours, theirs] = [scorer.score(one, now), hardLines.score(one, now)];
          const turn = Math.min(ours.validUntil, theirs.validUntil);
          for (const at of [now, turn]) {
            expect(rankAt(ours, at)).toBeGreaterThanOrEqual(rankAt(theirs, at));
          }
        }
      },
    ),
    { numRuns: 120 },
  );
  expect(published).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(10);
});
