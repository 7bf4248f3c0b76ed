import { refuse } from '@greengate/contracts/result';
import { describe, expect, test } from 'vitest';
import { caseSeed, createDraw, mutate } from '../src/fuzz/draw.ts';
import { fuzz } from '../src/fuzz/run.ts';
import { outcomeOf, type Target } from '../src/fuzz/target.ts';
import { targets } from '../src/fuzz/targets.ts';

const quiet = () => undefined;

describe('the fuzzer', () => {
  const planted: Target = {
    name: 'planted',
    about: 'breaks on one byte in two hundred',
    prepare: async () => (draw) => {
      const [first] = draw.bytes(4);
      if (first === 7) throw new RangeError('planted');
      return first === undefined ? 'nothing' : 'ok';
    },
  };

  test('finds a planted bug, says where, and runs that case alone', async () => {
    const report = await fuzz(planted, { seed: 3, cases: 3000 }, quiet);
    expect(report.failed).toBeGreaterThan(3);
    expect(report.failed + (report.outcomes['ok'] ?? 0)).toBe(3000);
    const [first] = report.failures;
    expect(first?.why).toContain('planted');
    const alone = await fuzz(planted, { seed: 3, cases: 3000, only: first?.at ?? -1 }, quiet);
    expect(alone).toMatchObject({ cases: 1, failed: 1, outcomes: {} });
  });

  test('the same seed gives the same cases, another one others', async () => {
    const seen = async (seed: number) => {
      const report = await fuzz(planted, { seed, cases: 3000 }, quiet);
      return report.failures.map(({ at }) => at);
    };
    expect(await seen(5)).toEqual(await seen(5));
    expect(await seen(5)).not.toEqual(await seen(6));
  });

  test('finds a target that keeps what it was given', async () => {
    const kept: Buffer[] = [];
    const hoarder: Target = {
      name: 'hoarder',
      about: 'forgets nothing',
      prepare: async () => () => {
        kept.push(Buffer.alloc(20_000));
        return 'ok';
      },
    };
    const report = await fuzz(hoarder, { seed: 1, cases: 5000 }, quiet);
    expect(report.failures.map(({ why }) => why)).toEqual([expect.stringMatching(/^grew by/)]);
    expect(kept).toHaveLength(5000);
  });

  test('takes no refusal for one whose code nobody has registered', () => {
    expect(outcomeOf({ ok: true, value: 1 })).toBe('ok');
    expect(outcomeOf(refuse('code-malformed'))).toBe('code-malformed');
    expect(() => outcomeOf(refuse('made-up' as never))).toThrow('made-up');
  });

  test('a mutation stays near to what it was', () => {
    const whole = Buffer.alloc(100, 1);
    const lengths = Array.from({ length: 500 }, (_, at) =>
      mutate(whole, createDraw(caseSeed(1, at)), [whole]),
    ).map((changed) => changed.length);
    expect(Math.max(...lengths)).toBeLessThan(350);
    expect(new Set(lengths).size).toBeGreaterThan(50);
  });
});

describe('T1 T15 T16 T17: what reads foreign bytes answers each with a value or a typed refusal', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    const { failures, outcomes } = await fuzz(target, { seed: 20, cases: 2500 }, quiet);
    expect(failures).toEqual([]);
    // A target of which nothing comes through, or everything, tries nothing.
    expect(Object.keys(outcomes).length).toBeGreaterThan(1);
    expect((outcomes['ok'] ?? 0) + (outcomes['open'] ?? 0)).toBeGreaterThan(0);
  });
});
