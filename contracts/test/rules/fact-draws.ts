import fc from 'fast-check';
import { LIST_KINDS, type ScoringFacts } from '../../src/rules/facts.ts';
import type { PackInput } from '../../src/rules/pack-inputs.ts';

const levels = fc.constantFrom('low', 'medium', 'high');
const day = fc.integer({ min: 1, max: 31 }).map((of) => `2020-03-${String(of).padStart(2, '0')}`);
const instant = day.map((of) => `${of}T08:00:00+08:00`);
const date = fc.oneof(day, instant);

/** As a cloud should hand them over. */
const soundFacts = fc.record(
  {
    now: instant,
    declaration: fc.record(
      {
        at: instant,
        symptoms: fc.record({
          fever: rarely(),
          dryCough: rarely(),
          fatigue: rarely(),
        }),
        residenceDays: fc.integer({ min: 0, max: 40 }),
        contactOfCase: rarely(),
        highRiskTravel: rarely(),
        temperatureCentiC: fc.option(fc.integer({ min: 3600, max: 3900 })),
        purpose: fc.constantFrom('work', 'school', 'other'),
      },
      {
        requiredKeys: [
          'at',
          'symptoms',
          'residenceDays',
          'contactOfCase',
          'highRiskTravel',
          'temperatureCentiC',
        ],
      },
    ),
    lists: items({
      kind: fc.constantFrom(...LIST_KINDS),
      since: date,
      reportedDays: fc.integer({ min: 0, max: 20 }),
    }),
    area: fc.record({ level: levels }),
    lastReportAt: fc.option(instant),
    journeys: items({ level: levels, leftAt: date }),
    elsewhere: items({
      region: fc.constantFrom('330000', '370000'),
      colour: fc.constantFrom('green', 'pending', 'yellow', 'red'),
      since: date,
    }),
  },
  { requiredKeys: ['now', 'declaration', 'lists', 'area', 'lastReportAt'] },
);

function rarely() {
  return fc.integer({ min: 0, max: 4 }).map((of) => of === 0);
}

function items<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  const keys = Object.keys(model).filter((key) => key !== 'reportedDays');
  return fc.oneof(
    fc.constant([]),
    fc.array(fc.record(model, { requiredKeys: keys as (keyof T)[] }), { maxLength: 3 }),
  );
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', 'soon', 'high', 0, 0.5, 7, '2020-03-01', [], {}),
  fc.constantFrom<unknown>([null], [[]], [7], [{ kind: 'confirmed' }], { level: 'high', at: 1 }),
);

/** The same with up to two fields, at any depth, that are something else, or missing, or nobody's. */
export const anyFacts: fc.Arbitrary<ScoringFacts> = fc
  .tuple(
    soundFacts,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'set', 'drop', 'add'), anything), {
      maxLength: 2,
    }),
    fc.boolean(),
  )
  .map(([facts, changes, sound]) => {
    const copy = JSON.parse(JSON.stringify(facts)) as ScoringFacts;
    if (!sound) for (const [where, how, value] of changes) change(copy, where, how, value);
    return copy;
  });

function change(facts: object, where: number, how: string, value: unknown): void {
  const slots = slotsOf(facts);
  const [holder, key] = slots[where % slots.length] ?? [facts, 'now'];
  const fields = holder as Record<string, unknown>;
  if (how === 'drop' && !Array.isArray(holder)) delete fields[key];
  else
    fields[how === 'add' ? (where % 2 === 0 ? 'x' : 'thresholds') : key] = structuredClone(value);
}

function slotsOf(value: object): readonly (readonly [object, string])[] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [value, key] as const,
    ...(typeof inner === 'object' && inner !== null ? slotsOf(inner as object) : []),
  ]);
}

const outer = fc.constantFrom(
  'now',
  'declaration.at',
  'declaration.symptoms.fever',
  'declaration.symptoms.dryCough',
  'declaration.residenceDays',
  'declaration.contactOfCase',
  'declaration.temperatureCentiC',
  'declaration.purpose',
  'lists',
  'lists.0.kind',
  'journeys',
  'elsewhere',
  'area.level',
  'lastReportAt',
  'thresholds.line',
  'thresholds.days',
);
const rare = fc.constantFrom(
  '',
  'x',
  'declaration',
  'current',
  'thresholds',
  'thresholds.none',
  'data.now',
);
const inner = fc.constantFrom(
  'current.kind',
  'current.level',
  'current.since',
  'current.colour',
  'current.reportedDays',
  'accumulator',
  'current',
  'data.area.level',
  'data.declaration.contactOfCase',
  'data.thresholds.line',
);
const literals = fc.oneof(
  fc.constantFrom('high', 'medium', 'confirmed', 'close-contact', 'red', 'work', 'soon', ''),
  fc.constantFrom('2020-03-10', '2020-03-05T00:00:00Z'),
  fc.constantFrom(true, false, 0, 1, 7, 3730),
);

const v = (path: string) => ({ var: path });

/** Expressions as packs have them, and what else the language allows, over the facts. */
function expressionsOver(paths: fc.Arbitrary<string>, depth: number, lambdas: boolean) {
  const leaf = fc.oneof(
    { weight: 3, arbitrary: paths.map(v) },
    literals.map((one) => one as unknown),
  );
  const built = fc.letrec<{ any: unknown }>((tie) => {
    const any = tie('any');
    const pair = fc.tuple(any, any);
    const date = fc.tuple(any, fc.integer({ min: -20, max: 20 }), fc.constantFrom('day', 'month'));
    const integer = fc.constantFrom('<', '>', '<=', '>=');
    const time = fc.constantFrom('after', 'before', 'not-after', 'not-before');
    const operation = fc.oneof(
      fc.tuple(any, any, any).map((three) => ({ if: three })),
      fc.tuple(any, any).map(([one, other]) => ({ if: [one, true, other] })),
      fc.tuple(paths, integer, literals).map(([path, kind, to]) => ({
        if: [v(path), { [kind]: [v(path), to] }, false],
      })),
      fc.array(any, { minLength: 2, maxLength: 3 }).map((all) => ({ and: all })),
      any.map((one) => ({ '!': [one] })),
      fc.tuple(paths, literals).map(([path, to]) => ({ '===': [v(path), to] })),
      pair.map((both) => ({ '===': both })),
      pair.map((both) => ({ '+': both })),
      fc.tuple(paths, fc.array(literals, { maxLength: 3 })).map(([path, all]) => ({
        in: [v(path), all],
      })),
      pair.map((both) => ({ in: both })),
      fc.tuple(integer, pair).map(([kind, both]) => ({ [kind]: both })),
      fc.tuple(time, date, date).map(([kind, one, other]) => ({
        [kind]: [{ plusTime: one }, { plusTime: other }],
      })),
      date.map((one) => ({ plusTime: one })),
    );
    const reduced = lambdas ? [{ weight: 4, arbitrary: reductions(any, depth) }] : [];
    return {
      any: fc.oneof(
        { maxDepth: depth, withCrossShrink: true },
        leaf,
        { weight: 6, arbitrary: operation },
        ...reduced,
      ),
    };
  });
  return built.any;
}

function reductions(any: fc.Arbitrary<unknown>, depth: number): fc.Arbitrary<unknown> {
  const lambda = expressionsOver(fc.oneof({ weight: 9, arbitrary: inner }, rare), depth - 1, false);
  const list = fc.constantFrom('lists', 'journeys', 'elsewhere').map(v);
  const field = fc.constantFrom('kind', 'level', 'colour');
  const condition = fc.oneof(
    fc.tuple(field, literals).map(([of, to]) => ({ '===': [v(`current.${of}`), to] })),
    fc.tuple(field, fc.array(literals, { maxLength: 3 })).map(([of, all]) => ({
      in: [v(`current.${of}`), all],
    })),
    lambda,
  );
  return fc.oneof(
    fc.tuple(list, condition).map(([of, when]) => ({
      reduce: [of, { if: [when, true, v('accumulator')] }, false],
    })),
    fc.tuple(list, condition, lambda, any).map(([of, when, then, initial]) => ({
      reduce: [of, { if: [when, then, v('accumulator')] }, initial],
    })),
    fc.tuple(any, lambda, any).map((three) => ({ reduce: three })),
  );
}

export const anyExpression = expressionsOver(
  fc.oneof({ weight: 15, arbitrary: outer }, { weight: 1, arbitrary: rare }),
  4,
  true,
);

/** What a pack may say of the facts, true or not. */
export const anyInputs: fc.Arbitrary<readonly PackInput[]> = fc.subarray<PackInput>([
  { path: 'declaration.at', type: 'date' },
  { path: 'declaration.symptoms.fever', type: 'boolean' },
  { path: 'declaration.symptoms.dryCough', type: 'boolean' },
  { path: 'declaration.residenceDays', type: 'integer' },
  { path: 'declaration.contactOfCase', type: 'boolean' },
  { path: 'declaration.temperatureCentiC', type: 'integer', nullable: true },
  { path: 'declaration.purpose', type: 'text', values: ['work', 'school'], nullable: true },
  { path: 'lists', type: 'list' },
  { path: 'lists.*.kind', type: 'text', values: [...LIST_KINDS] },
  { path: 'lists.*.since', type: 'date' },
  { path: 'journeys', type: 'list', nullable: true },
  { path: 'journeys.*.level', type: 'text', values: ['low', 'medium', 'high'] },
  { path: 'elsewhere.*.colour', type: 'colour' },
  { path: 'area.level', type: 'text', values: ['low', 'medium', 'high'] },
  { path: 'lastReportAt', type: 'date', nullable: true },
  { path: 'now', type: 'date' },
  { path: 'x', type: 'boolean' },
  { path: 'thresholds', type: 'list' },
]);
