import type { VerifiedCode } from '@greengate/contracts/code/verify-code';
import { monoMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usedStepMs } from '../../src/limits.ts';
import { createUsedSteps } from '../../src/verify/used-steps.ts';
import { newHolder } from '../fixtures/codes.ts';

const people = Array.from({ length: 30 }, () => newHolder());

function codeOf(person: number, step?: number): VerifiedCode {
  const holder = people[person % people.length];
  if (!holder) throw new Error('no such person');
  const code = { claims: holder.claims, key: holder.key };
  return step === undefined ? code : { ...code, step };
}

describe('T4: one step of one holder opens one gate once', () => {
  const at = monoMs;

  test('a used step is known until it is too old to be shown anywhere', () => {
    const used = createUsedSteps({ ageMs: usedStepMs, countMax: 10 });
    used.mark(codeOf(1, 5), at(0));
    expect(used.has(codeOf(1, 5), at(usedStepMs - 1))).toBe(true);
    expect(used.has(codeOf(1, 5), at(usedStepMs))).toBe(false);
    expect(used.has(codeOf(1, 6), at(0))).toBe(false);
    expect(used.has(codeOf(2, 5), at(0))).toBe(false);
    // A gate accepts a step for 90 seconds at most: its own and one on either side.
    expect(usedStepMs).toBeGreaterThan(90_000);
  });

  test('a step that is given back is as new', () => {
    const used = createUsedSteps({ ageMs: 1000, countMax: 10 });
    used.mark(codeOf(1, 5), at(0));
    used.release(codeOf(1, 5));
    used.release(codeOf(1, 6));
    expect(used.has(codeOf(1, 5), at(1))).toBe(false);
  });

  test('of two passages by one code, the one that comes to nothing does not give back what the other used', () => {
    const used = createUsedSteps({ ageMs: 1000, countMax: 10 });
    for (const now of [0, 1]) used.mark(codeOf(1, 5), at(now));
    used.release(codeOf(1, 5));
    expect(used.has(codeOf(1, 5), at(2))).toBe(true);
    used.release(codeOf(1, 5));
    expect(used.has(codeOf(1, 5), at(3))).toBe(false);
  });

  test('T5: a code without a holder proof has no step and is never remembered', () => {
    const used = createUsedSteps({ ageMs: 1000, countMax: 10 });
    used.mark(codeOf(1), at(0));
    expect(used.has(codeOf(1), at(0))).toBe(false);
  });

  test('T13: never more than countMax; the oldest go first', () => {
    const used = createUsedSteps({ ageMs: 1000, countMax: 3 });
    for (let step = 1; step <= 5; step++) used.mark(codeOf(1, step), at(step));
    expect([1, 2, 3, 4, 5].map((step) => used.has(codeOf(1, step), at(6)))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test('marked again counts from then', () => {
    const used = createUsedSteps({ ageMs: 1000, countMax: 3 });
    used.mark(codeOf(1, 1), at(0));
    used.mark(codeOf(1, 2), at(1));
    used.mark(codeOf(1, 1), at(900));
    expect(used.has(codeOf(1, 1), at(1500))).toBe(true);
    expect(used.has(codeOf(1, 2), at(1500))).toBe(false);
  });

  test('any order of marks and releases agrees with a plain list, while it is not full', () => {
    const acts = fc.array(
      fc.record({
        act: fc.constantFrom('mark' as const, 'release' as const),
        person: fc.nat({ max: 5 }),
        step: fc.nat({ max: 3 }),
        pause: fc.nat({ max: 400 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(acts, (list) => {
        const used = createUsedSteps({ ageMs: 1000, countMax: 1000 });
        const model = new Map<string, { at: number; count: number }>();
        let now = 0;
        for (const { act, person, step, pause } of list) {
          now += pause;
          const id = `${person}/${step}`;
          if (act === 'mark') {
            used.mark(codeOf(person, step), at(now));
            const before = model.get(id);
            const isOld = before === undefined || now - before.at >= 1000;
            model.set(id, { at: now, count: isOld ? 1 : before.count + 1 });
          } else {
            used.release(codeOf(person, step));
            const before = model.get(id);
            if (before && before.count > 1) model.set(id, { ...before, count: before.count - 1 });
            else model.delete(id);
          }
          for (let p = 0; p <= 5; p++) {
            const since = model.get(`${p}/${step}`);
            expect(used.has(codeOf(p, step), at(now))).toBe(
              since !== undefined && now - since.at < 1000,
            );
          }
        }
      }),
    );
  });
});
