import type { Sha256Hex } from '@greengate/contracts/ids';
import type { Manifest } from '@greengate/contracts/replica/manifest';
import { epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planFetches } from '../../src/sync/plan.ts';
import { NOW } from '../fixtures/codes.ts';
import { REGION } from '../fixtures/replica.ts';

const hash = (text: string) => text as Sha256Hex;
const day = (from: number, to: number, bytes = 100) => ({
  ...{ level: 'day' as const, from, to, bytes },
  hash: hash(`${from}-${to}`),
});
const parts = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => ({ hash: hash(`part-${i}`), bytes }));
const manifest = (fields: Partial<Manifest>): Manifest => ({
  ...{ stream: REGION, epoch: 1, head: 50, signedAt: NOW, segments: [], snapshot: null },
  ...fields,
});
const at = (cursor: number) => ({ epoch: 1, cursor, head: 50, signedAt: epochMs(NOW) });
const named = (plan: ReturnType<typeof planFetches>) => plan?.map((one) => one.hash);

describe('the cheaper way', () => {
  const segments = [day(30, 40), day(0, 10), day(20, 30), day(10, 20)];

  test('what is past the cursor, in order; nothing when all is held', () => {
    expect(named(planFetches(at(0), manifest({ segments })))).toEqual([
      '0-10',
      '10-20',
      '20-30',
      '30-40',
    ]);
    expect(named(planFetches(at(15), manifest({ segments })))).toEqual(['10-20', '20-30', '30-40']);
    expect(planFetches(at(40), manifest({ segments }))).toEqual([]);
  });

  test('the snapshot and what is past it, where that is less', () => {
    const cheap = manifest({ segments, snapshot: { to: 30, parts: parts(2, 70) } });
    expect(named(planFetches(at(0), cheap))).toEqual(['part-0', 'part-1', '30-40']);
    expect(named(planFetches(at(10), cheap))).toEqual(['part-0', 'part-1', '30-40']);
    expect(named(planFetches(at(20), cheap))).toEqual(['20-30', '30-40']);
    expect(named(planFetches(at(35), cheap))).toEqual(['30-40']);
  });

  test('the snapshot for whoever stands before the first segment, and no way at all without one', () => {
    const late = { segments: segments.filter(({ from }) => from >= 20) };
    const dear = { to: 20, parts: parts(2, 9000) };
    expect(named(planFetches(at(5), manifest({ ...late, snapshot: dear })))).toEqual([
      'part-0',
      'part-1',
      '20-30',
      '30-40',
    ]);
    expect(planFetches(at(5), manifest(late))).toBeUndefined();
  });

  test('F1: parts that are applied are not fetched again, and count for nothing', () => {
    const snapshot = { to: 40, parts: parts(4, 150) };
    const begun = { ...at(0), snapshot: { to: 40, parts: 2 } };
    expect(named(planFetches(begun, manifest({ segments, snapshot })))).toEqual([
      'part-2',
      'part-3',
    ]);
    const other = { ...at(0), snapshot: { to: 39, parts: 2 } };
    expect(named(planFetches(other, manifest({ segments, snapshot })))).toHaveLength(4);
  });

  test('whatever is listed, a plan begins where the gateway stands and leaves no hole', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        cuts,
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        fc.nat(),
        (ends, cursor, to, size) => {
          const sorted = ends.sort((a, b) => a - b);
          const run = sorted.map((end, i) => day(sorted[i - 1] ?? 0, end, 1 + ((size * end) % 97)));
          const snapshot = to === 0 ? null : { to, parts: parts(2, 1 + (size % 300)) };
          const plan = planFetches(at(cursor), manifest({ segments: run, snapshot }));
          let held = cursor;
          for (const one of plan ?? []) {
            const segment = run.find((each) => each.hash === one.hash);
            if (segment) expect(segment.from).toBeLessThanOrEqual(held);
            held = Math.max(held, segment?.to ?? to);
          }
          expect(plan).toBeDefined();
          expect(held).toBeGreaterThanOrEqual(sorted.at(-1) ?? 0);
        },
      ),
    );
  });
});
