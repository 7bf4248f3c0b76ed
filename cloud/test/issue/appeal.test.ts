import { epochMs } from '@greengate/contracts/time';
import { appealSchema } from '@greengate/contracts/wire/issuing';
import { expect, test } from 'vitest';
import { type AppealEvent, appealAfter, appealDueAt, makeAppeal } from '../../src/issue/appeal.ts';
import { ISSUING_RULES } from '../../src/issue/rules.ts';

const NOW = epochMs(Date.parse('2022-03-05T09:00:00+08:00'));
const DAY = 86_400_000;
const request = appealSchema.parse({
  against: { kind: 'application', id: 'ab'.repeat(16) },
  reason: 'refusal-unfounded',
  evidence: { reference: 'LEASE/2021-77', sha256: 'cd'.repeat(32) },
});
const appeal = makeAppeal(request, ['li', 'zhao'], NOW, ISSUING_RULES);

function after(event: AppealEvent, now = NOW, one = appeal) {
  const result = appealAfter(one, event, now);
  return result.ok ? result.value : result.refusal.code;
}
const by = (officer: string): AppealEvent => ({ kind: 'decision', officer, outcome: 'upheld' });

test('an appeal has 24 hours, at a weekend too', () => {
  expect(appealDueAt(appeal)).toBe(NOW + DAY);
  expect(after({ kind: 'time' }, epochMs(NOW + DAY - 1))).toEqual(appeal);
  const late = after({ kind: 'time' }, epochMs(NOW + DAY));
  expect(late).toMatchObject({ state: 'open', escalatedAt: NOW + DAY });
  if (typeof late === 'string') throw new Error(late);
  expect(appealDueAt(late)).toBeUndefined();
  expect(after(by('wang'), epochMs(NOW + 2 * DAY), late)).toMatchObject({ state: 'upheld' });
});

test('nobody judges their own decision', () => {
  expect(after(by('li'))).toBe('appeal-own-decision');
  expect(after(by('zhao'))).toBe('appeal-own-decision');
  expect(after(by('wang'))).toMatchObject({ state: 'upheld', decidedBy: 'wang', decidedAt: NOW });
});

test('a closed one stays closed', () => {
  const withdrawn = after({ kind: 'withdraw' });
  if (typeof withdrawn === 'string') throw new Error(withdrawn);
  expect(withdrawn.state).toBe('withdrawn');
  for (const event of [by('wang'), { kind: 'withdraw' } as const]) {
    expect(after(event, NOW, withdrawn)).toBe('appeal-closed');
  }
  expect(after({ kind: 'time' }, epochMs(NOW + 9 * DAY), withdrawn)).toEqual(withdrawn);
});
