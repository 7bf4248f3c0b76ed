import { describe, expect, it } from 'vitest';
import { scoringFactsSchema } from '../../src/rules/facts.ts';
import { factsListEntriesCountMax, packRulesCountMax } from '../../src/rules/limits.ts';
import { scoringPackSchema } from '../../src/rules/pack.ts';
import { starterPack } from '../../src/rules/packs/starter.ts';
import { compilePack } from '../../src/rules/score.ts';
import { scoreCases } from './vectors.ts';

const [rule] = starterPack.rules;

const withRule = (change: Record<string, unknown>) => ({
  ...starterPack,
  rules: [{ ...rule, ...change }],
});

describe('scoringPackSchema', () => {
  it('takes a pack with one sound rule', () => {
    expect(scoringPackSchema.safeParse(withRule({})).success).toBe(true);
  });

  it.each([
    ['a malformed expression', { when: { all: [] } }],
    ['a missing expression', { when: undefined }],
    ['a hold without a next colour', { holdDays: 14 }],
    ['a next colour without a hold', { next: 'green' }],
    ['a hold date without a hold', { holdFrom: { var: 'now' } }],
    ['a malformed hold date', { holdDays: 1, next: 'green', holdFrom: 0.5 }],
    ['a hold of no days', { holdDays: 0, next: 'green' }],
    ['a green hard line', { outcome: 'green', hardLine: true }],
    ['a colour we do not have', { outcome: 'orange' }],
    ['a field that nobody reads', { severity: 3 }],
    ['an empty text', { zh: '' }],
    ['the id of the default verdict', { id: 'clear' }],
  ])('refuses %s', (_name, change) => {
    expect(scoringPackSchema.safeParse(withRule(change)).success).toBe(false);
  });

  it('says what is wrong with an expression in the words of validateRule', () => {
    const result = scoringPackSchema.safeParse(withRule({ when: { all: [] } }));
    expect(result.error?.issues).toMatchObject([
      { path: ['rules', 0, 'when'], message: 'unrecognised operator: "all"' },
    ]);
  });

  it('refuses two rules of one id, and more rules than the limit', () => {
    const many = (count: number) => ({
      ...starterPack,
      rules: Array.from({ length: count }, (_, i) => ({ ...rule, id: `rule-${i}` })),
    });
    expect(scoringPackSchema.safeParse({ ...starterPack, rules: [rule, rule] }).success).toBe(
      false,
    );
    expect(scoringPackSchema.safeParse(many(packRulesCountMax)).success).toBe(true);
    expect(scoringPackSchema.safeParse(many(packRulesCountMax + 1)).success).toBe(false);
  });
});

describe('inForceAt', () => {
  it('takes the first instant and not the last', () => {
    const pack = { ...starterPack, validFrom: '2020-03-01', validUntil: '2020-04-01' };
    const scorer = compilePack(scoringPackSchema.parse(pack));
    const at = (text: string) => scorer.inForceAt(Date.parse(text));
    expect(at('2020-02-29T23:59:59.999Z')).toBe(false);
    expect(at('2020-03-01T00:00:00.000Z')).toBe(true);
    expect(at('2020-03-31T23:59:59.999Z')).toBe(true);
    expect(at('2020-04-01T00:00:00.000Z')).toBe(false);
  });

  it('has no end without one', () => {
    expect(compilePack(starterPack).inForceAt(Date.parse('2100-01-01'))).toBe(true);
  });
});

describe('scoringFactsSchema', () => {
  const facts = scoreCases()[0]?.facts;
  const entry = { kind: 'returnee', since: '2020-03-01' };

  it.each([
    ['a date-time without seconds', { now: '2020-03-10T00:00Z' }],
    ['a date for a date-time', { now: '2020-03-10' }],
    ['a date that is not', { lists: [{ kind: 'returnee', since: '2020-02-30' }] }],
    ['a partial date', { lists: [{ kind: 'returnee', since: '2020-02' }] }],
    ['a list we do not have', { lists: [{ kind: 'depositor', since: '2020-02-01' }] }],
    [
      'more list entries than the limit',
      { lists: Array(factsListEntriesCountMax + 1).fill(entry) },
    ],
    ['an unknown fact', { balance: 3 }],
  ])('refuses %s', (_name, change) => {
    expect(scoringFactsSchema.safeParse({ ...facts, ...change }).success).toBe(false);
  });

  it('takes a list entry with a bare date or an instant', () => {
    const lists = [entry, { kind: 'returnee', since: '2020-03-01T08:00:00+08:00' }];
    expect(scoringFactsSchema.safeParse({ ...facts, lists }).success).toBe(true);
  });
});
