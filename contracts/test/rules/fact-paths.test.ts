import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { access, CertLogicDateTime } from '../../src/rules/certlogic-values.ts';
import {
  FACT_PATHS,
  factIndexOf,
  personFactsCount,
  readFact,
  readFacts,
} from '../../src/rules/fact-paths.ts';
import { scoringFactsSchema } from '../../src/rules/facts.ts';

const names = [...new Set(FACT_PATHS.flatMap((path) => path.split('.')))];

describe('a fact that the engine knows by its path', () => {
  const keys = fc.constantFrom(...names, '0', 'length', 'toString');
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<unknown>(null, 1, 0, false, '', 'text', new CertLogicDateTime(0)),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(keys, tie('json'), { maxKeys: 6, noNullPrototype: true }),
    ),
  }));
  /** Something at the path, or on the way to it. */
  const along = (path: readonly string[], leaf: unknown): unknown =>
    path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), leaf);

  it.each(FACT_PATHS)('%s is read as access reads it, from any JSON', (path) => {
    const steps = path.split('.');
    const index = factIndexOf(steps);
    const data = fc.oneof(
      json,
      fc
        .tuple(fc.nat(steps.length), json)
        .map(([depth, leaf]) => along(steps.slice(0, depth), leaf)),
    );
    fc.assert(
      fc.property(data, (any) => {
        expect(readFact(index, any)).toBe(access(any, steps));
      }),
    );
    expect(readFact(index, along(steps, 7))).toBe(7);
  });

  it('is every path of the facts, and of the items of their lists', () => {
    const facts = pathsOf(scoringFactsSchema).map((path) => path.replace(/^\w+\.\*/, 'current'));
    const missing = facts.filter((path) => factIndexOf(path.split('.')) < 0);
    expect(missing.filter((path) => !structures.has(path))).toEqual([]);
  });

  it('is read with all the others as it is read by itself', () => {
    fc.assert(
      fc.property(json, (any) => {
        const all = readFacts(any);
        expect(all.map((value) => value ?? null)).toEqual(all.map((_, at) => readFact(at, any)));
      }),
    );
    const names = FACT_PATHS.slice(0, personFactsCount);
    const whole = names.reduceRight<object>((facts, path) => withLeaf(facts, path.split('.')), {});
    expect(readFacts(whole)).toEqual(names.map((path) => path.split('.').at(-1)));
  });

  it('is no other path', () => {
    expect(factIndexOf(['declaration', 'at', 'x'])).toBe(-1);
    expect(factIndexOf([])).toBe(-1);
    expect(() => readFact(FACT_PATHS.length, {})).toThrow(RangeError);
  });
});

/** The same with the last name at the path. */
function withLeaf(facts: object, [name = '', ...more]: readonly string[]): object {
  const inner = (facts as Record<string, object>)[name] ?? {};
  return { ...facts, [name]: more.length === 0 ? name : withLeaf(inner, more) };
}

/** Not values that a rule compares: it reads what is in them. */
const structures = new Set(['declaration', 'declaration.symptoms', 'area']);

function pathsOf(schema: z.ZodType, at = ''): readonly string[] {
  const { def } = schema as unknown as { def: Definition };
  const { innerType, element, shape } = def;
  const own = at === '' ? [] : [at];
  if (innerType !== undefined) return pathsOf(innerType, at);
  if (element !== undefined) return [...own, ...pathsOf(element, `${at}.*`)];
  if (shape === undefined) return own;
  const children = Object.entries(shape);
  return [
    ...own,
    ...children.flatMap(([name, child]) => pathsOf(child, at === '' ? name : `${at}.${name}`)),
  ];
}

interface Definition {
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}
