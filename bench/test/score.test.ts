import { lintPack } from '@greengate/contracts/rules/certlogic';
import { LIST_KINDS, scoringFactsSchema } from '@greengate/contracts/rules/facts';
import { compilePack } from '@greengate/contracts/rules/score';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cityPack } from '../src/score/city-pack.ts';
import { draws } from '../src/score/draws.ts';
import { holderAt, scoredAt } from '../src/score/holders.ts';
import { ringOf } from '../src/score/ring.ts';
import { slopeOf } from '../src/score/slope.ts';
import { benchStored } from '../src/score/stored.ts';

const people = (count: number, seed = 1) =>
  Array.from({ length: count }, (_, index) => holderAt(seed, index));

describe('the synthetic holders', () => {
  test('are facts as the contract has them, with every kind of evidence', () => {
    const all = people(3000);
    for (const facts of all) expect(scoringFactsSchema.parse(facts)).toEqual(facts);
    const kinds = new Set(all.flatMap(({ lists }) => lists.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([...LIST_KINDS].sort());
    expect(new Set(all.map(({ area }) => area.level)).size).toBe(3);
    expect(all.some(({ journeys }) => journeys?.some(({ level }) => level === 'high'))).toBe(true);
    expect(all.some(({ elsewhere }) => elsewhere?.some(({ colour }) => colour === 'red'))).toBe(
      true,
    );
  });

  test('are the same for the same seed and index, in any order', () => {
    const [first, again] = [people(50), Array.from({ length: 50 }, (_, n) => holderAt(1, 49 - n))];
    expect(again.reverse()).toEqual(first);
    expect(people(50, 2)).not.toEqual(first);
    expect(new Set(people(2000).map((facts) => JSON.stringify(facts))).size).toBeGreaterThan(1990);
  });

  test('are drawn evenly', () => {
    const tens = Array.from({ length: 20_000 }, (_, index) => draws(1, index)(10));
    for (let digit = 0; digit < 10; digit++) {
      const share = tens.filter((drawn) => drawn === digit).length / tens.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
  });
});

describe('the pack of the city', () => {
  const pack = cityPack();

  test('has forty rules, no two alike, of which lint says only that nobody wrote tests', () => {
    expect(pack.rules).toHaveLength(40);
    expect(new Set(pack.rules.map(({ when }) => JSON.stringify(when))).size).toBe(40);
    expect(pack.rules.filter(({ hardLine }) => hardLine)).toHaveLength(3);
    const codes = new Set(lintPack(pack).map(({ code }) => code));
    expect([...codes].sort()).toEqual(['branch-untested', 'rule-undecided', 'rule-untested']);
  });

  test('says nothing of nearly everybody, and each of its rules of somebody', () => {
    const scorer = compilePack(pack);
    const verdicts = people(20_000).map((facts) => scorer.score(facts, scoredAt));
    const told = new Set(verdicts.flatMap(({ matched }) => matched.map(({ rule }) => rule)));
    expect(pack.rules.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
    expect(told.has('lapsed')).toBe(true);
    const clear = verdicts.filter(({ matched }) => matched[0]?.rule === 'clear').length;
    expect(clear / verdicts.length).toBeGreaterThan(0.95);
    expect(clear / verdicts.length).toBeLessThan(0.98);
  });
});

test('a ring hands out everything once and in order, and each batch long after it was made', () => {
  fc.assert(
    fc.property(
      fc.nat(200),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      (total, batchSize, batchesCount) => {
        let made = 0;
        const ring = ringOf(
          (index) => {
            made += 1;
            return index;
          },
          { total, batchSize, batchesCount },
        );
        const out: number[] = [];
        for (let batch = ring.next(); batch !== undefined; batch = ring.next()) {
          out.push(...batch);
          expect(made - out.length).toBeLessThanOrEqual(batchSize * (batchesCount - 1));
          expect(made).toBe(Math.min(total, out.length + batchSize * (batchesCount - 1)));
        }
        expect(out).toEqual(Array.from({ length: total }, (_, index) => index));
      },
    ),
  );
});

describe('the slope', () => {
  test('of a cost that does not move is nothing', () => {
    const points = [10, 100, 1000].map((size) => ({ size, cost: 7 }));
    expect(slopeOf(points)).toEqual({ perTenfold: 0, growth: 1 });
  });

  test('is what each tenfold adds', () => {
    const points = [10, 30, 1000].map((size) => ({ size, cost: 5 + 2 * Math.log10(size) }));
    expect(slopeOf(points).perTenfold).toBeCloseTo(2, 9);
    expect(slopeOf(points).growth).toBeCloseTo(11 / 7, 9);
  });

  test('needs two sizes', () => {
    expect(() => slopeOf([{ size: 10, cost: 7 }])).toThrow(RangeError);
  });
});

test('the whole re-score runs through the built cloud on both engines, and its figures are reported', async () => {
  const results = await benchStored(300);
  const names = results.map(({ name }) => name);
  expect(names).toContain('libsql, everybody by a new version');
  expect(names).toContain('memory of the process at its most');
  for (const { value } of results) expect(value).toBeGreaterThanOrEqual(0);
}, 60_000);
