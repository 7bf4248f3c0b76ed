import { regionIdSchema } from '@greengate/contracts/ids';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { OVERRIDE_REASONS, overrideProposalSchema } from '@greengate/contracts/wire/override';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerOverride,
  liftOverride,
  overrideStateAt,
  proposeOverride,
} from '../../src/issue/override.ts';
import { ISSUING_RULES } from '../../src/issue/rules.ts';
import type { Override } from '../../src/issuing-port.ts';

const NOW = epochMs(Date.parse('2022-06-12T09:00:00+08:00'));
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DIVISION = regionIdSchema.parse('330106');
const SHA = 'cd'.repeat(32);
const body = {
  holder: 'ab'.repeat(16),
  colour: 'red',
  reason: 'test-positive',
  evidence: { kind: 'laboratory-report', reference: 'CDC/2022-0612-7', sha256: SHA },
  expiresAt: NOW + 7 * DAY,
};
const proposal = overrideProposalSchema.parse(body);
const proposed = propose();

function propose(changes: Partial<typeof proposal> = {}): Override {
  const result = proposeOverride({ ...proposal, ...changes }, DIVISION, 'zhao', NOW);
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
}

function answer(
  by: string,
  decision: 'approve' | 'refuse' = 'approve',
  at = NOW,
  one = proposed,
  sha = SHA,
): Override | string {
  const approval = { decision, evidenceSha256: sha as typeof proposal.evidence.sha256 };
  const result = answerOverride(one, approval, by, at, ISSUING_RULES);
  return result.ok ? result.value : result.refusal.code;
}

const stateAt = (one: Override | string, at: number): string =>
  typeof one === 'string' ? one : overrideStateAt(one, epochMs(at), ISSUING_RULES);

describe('a colour set by hand', () => {
  test('has no effect by one person', () => {
    expect(stateAt(proposed, NOW)).toBe('proposed');
    expect(answer('zhao')).toBe('second-person-needed');
    expect(answer('zhao', 'refuse')).toBe('second-person-needed');
    const both = answer('qian');
    expect(stateAt(both, NOW)).toBe('effective');
    expect(both).toMatchObject({ proposedBy: 'zhao', answeredBy: 'qian' });
  });

  test('is approved by who has read the evidence', () => {
    expect(answer('qian', 'approve', NOW, proposed, 'ee'.repeat(32))).toBe(
      'override-evidence-unread',
    );
  });

  test('ends within 14 days, and not before it begins', () => {
    const ends = (expiresAt: number) => {
      const result = proposeOverride({ ...proposal, expiresAt }, DIVISION, 'zhao', NOW);
      return result.ok ? 'ok' : result.refusal.code;
    };
    expect([NOW, NOW + 1, NOW + 14 * DAY, NOW + 14 * DAY + 1].map(ends)).toEqual([
      'override-expiry',
      'ok',
      'ok',
      'override-expiry',
    ]);
  });

  test('that nobody approves is void after a day; an effective one expires; either may be lifted by one', () => {
    expect(stateAt(proposed, NOW + DAY - 1)).toBe('proposed');
    expect(stateAt(proposed, NOW + DAY)).toBe('unanswered');
    expect(answer('qian', 'approve', epochMs(NOW + DAY))).toBe('override-closed');
    const effective = answer('qian');
    if (typeof effective === 'string') throw new Error(effective);
    expect(stateAt(effective, NOW + 7 * DAY - 1)).toBe('effective');
    expect(stateAt(effective, NOW + 7 * DAY)).toBe('expired');
    expect(answer('sun', 'refuse', NOW, effective)).toBe('override-closed');
    const lift = (one: Override, now: EpochMs) => {
      const result = liftOverride(one, 'zhao', now, ISSUING_RULES);
      return result.ok ? overrideStateAt(result.value, now, ISSUING_RULES) : result.refusal.code;
    };
    expect(lift(effective, NOW)).toBe('lifted');
    expect(lift(proposed, NOW)).toBe('lifted');
    expect(lift(effective, epochMs(NOW + 7 * DAY))).toBe('override-closed');
    const refused = answer('qian', 'refuse');
    expect(stateAt(refused, NOW)).toBe('refused');
    if (typeof refused !== 'string') expect(lift(refused, NOW)).toBe('override-closed');
  });

  test('P37 is effective only with two people, a document and an end, in whatever order people act', () => {
    const step = fc.record({
      act: fc.constantFrom('approve' as const, 'refuse' as const, 'lift' as const),
      by: fc.constantFrom('zhao', 'qian', 'sun'),
      read: fc.boolean(),
      wait: fc.integer({ min: 0, max: 5 * DAY }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now: number = NOW;
        let one = proposed;
        for (const { act, by, read, wait } of steps) {
          now += wait;
          const sha = read ? SHA : 'ee'.repeat(32);
          const next =
            act === 'lift'
              ? liftOverride(one, by, epochMs(now), ISSUING_RULES)
              : answer(by, act, epochMs(now), one, sha);
          if (typeof next !== 'string' && 'proposedBy' in next) one = next;
          else if (typeof next !== 'string' && next.ok) one = next.value;
          if (overrideStateAt(one, epochMs(now), ISSUING_RULES) !== 'effective') continue;
          expect(one.answeredBy).not.toBe(one.proposedBy);
          expect(one.answeredBy).not.toBeNull();
          expect(now).toBeLessThan(one.proposedAt + 14 * DAY);
        }
        expect(stateAt(one, NOW + 14 * DAY)).not.toBe('effective');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the closed list of reasons', () => {
  const fits = (changes: object) =>
    overrideProposalSchema.safeParse({ ...body, ...changes }).success;

  test('holds reasons of health, each with its colours and its kind of document', () => {
    expect(fits({})).toBe(true);
    for (const reason of ['depositor', 'petitioner', '', 'toString', '__proto__']) {
      expect(fits({ reason })).toBe(false);
    }
    expect(fits({ colour: 'green' })).toBe(false);
    expect(fits({ colour: 'pending' })).toBe(false);
    expect(fits({ reason: 'quarantine-ordered' })).toBe(false);
    expect(fits({ evidence: { ...body.evidence, kind: 'appeal-decision' } })).toBe(false);
  });

  test('needs a document by number and hash, and no free text anywhere', () => {
    const { evidence } = body;
    expect(fits({ evidence: null })).toBe(false);
    expect(fits({ evidence: { ...evidence, sha256: '' } })).toBe(false);
    expect(fits({ evidence: { ...evidence, reference: 'they came to protest' } })).toBe(false);
    expect(fits({ note: 'x' })).toBe(false);
  });

  test('lets no reason that worsens give green, and none that lifts give red', () => {
    for (const { effect, colours } of Object.values(OVERRIDE_REASONS)) {
      const wrong = effect === 'worsens' ? 'green' : 'red';
      expect(colours.some((colour) => colour === wrong)).toBe(false);
    }
  });
});
