import fc from 'fast-check';

const operators = [
  'if',
  'and',
  '!',
  '===',
  'in',
  '+',
  '<',
  '>',
  '<=',
  '>=',
  'after',
  'before',
  'not-after',
  'not-before',
  'plusTime',
  'reduce',
  'extractFromUVCI',
  'dccDateOfBirth',
  'all',
  '__proto__',
];
const path = fc.constantFrom(
  '',
  'a',
  'a.0',
  'b',
  'current',
  'accumulator',
  'data.a',
  '__proto__',
  'x.',
);
const leaf = fc.oneof(
  { weight: 3, arbitrary: path.map((name) => ({ var: name })) },
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.constantFrom('', 'x', '2020', '2020-02-29', '2020-03-01T08:00:00+08:00', 'day', 'year'),
  fc.constantFrom(null, 0.5),
);

// Mostly well formed: a generator that always misses the operand counts would only ever test the parser.
const drawn = fc.letrec<{ expression: unknown }>((tie) => {
  const some = tie('expression');
  const of = (name: string, count: number) =>
    fc.tuple(...Array<typeof some>(count).fill(some)).map((operands) => ({ [name]: operands }));
  const shift = fc
    .tuple(some, fc.integer({ min: -20, max: 20 }), fc.constantFrom('day', 'year', 'hour', 'month'))
    .map((operands) => ({ plusTime: operands }));
  return {
    expression: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc.array(some, { maxLength: 3 }),
      of('if', 3),
      of('and', 2),
      of('!', 1),
      of('reduce', 3),
      fc
        .constantFrom('===', 'in', '+', '<', '>=', 'after', 'not-before')
        .chain((name) => of(name, 2)),
      shift,
      some.map((operand) => ({ dccDateOfBirth: [operand] })),
      fc.tuple(some, fc.integer({ min: -1, max: 4 })).map((pair) => ({ extractFromUVCI: pair })),
      fc
        .tuple(fc.constantFrom(...operators), fc.array(some, { maxLength: 4 }))
        .map(([name, operands]) => ({
          [name]: operands,
        })),
    ),
  };
});
export const anyExpression = drawn.expression;

export const anyData = fc.oneof(
  fc.jsonValue(),
  fc.record({ a: fc.array(fc.integer()), b: fc.jsonValue() }),
);
