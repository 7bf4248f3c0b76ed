import { epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardOverride } from '../../src/issue/override-guard.ts';
import { ISSUING_RULES } from '../../src/issue/rules.ts';
import type { Guarded, GuardedAct, OverrideAlarm, PastAct } from '../../src/issuing-port.ts';

const NOW = Date.parse('2022-06-12T09:00:00+08:00');
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const DEPOSITORS = 1317;
const rules = ISSUING_RULES.overrides;

/** An office: every act passes the guard, and what it raises stands until somebody else clears it. */
function office(areas: readonly string[] = ['410100']) {
  const past: PastAct[] = [];
  const alarms: OverrideAlarm[] = [];
  return {
    past,
    alarms,
    act(act: GuardedAct, at: number): Guarded<GuardedAct> {
      const suspended = alarms.flatMap(({ people }) => people);
      const view = { past: past.filter((one) => one.at > at - DAY), suspended };
      const verdict = guardOverride(act, view, areas, epochMs(at), rules);
      if (verdict.ok) past.push({ ...act, at: epochMs(at) });
      else if (verdict.alarm) alarms.push(verdict.alarm);
      return verdict;
    },
  };
}

const propose = (by: string, division = '410105'): GuardedAct => ({
  kind: 'propose',
  by,
  proposedBy: by,
  division,
});
const approve = (by: string, proposedBy: string, division = '410105'): GuardedAct => ({
  kind: 'approve',
  by,
  proposedBy,
  division,
});

describe('the 1,317 depositors of Zhengzhou', () => {
  test('T7 one insider: ten proposals that have no effect, then refusals and one alarm', () => {
    const { act, past, alarms } = office();
    const codes = Array.from({ length: DEPOSITORS }, (_, at) => {
      const verdict = act(propose('zhang'), NOW + at * 5000);
      return verdict.ok ? 'allowed' : verdict.code;
    });
    expect(codes.indexOf('override-bulk')).toBe(10);
    expect(codes.slice(11).every((code) => code === 'override-suspended')).toBe(true);
    expect(alarms).toEqual([{ kind: 'person-rate', people: ['zhang'], count: 11, limit: 10 }]);
    expect(past).toHaveLength(10);
    const verdict = act(approve('li', 'zhang'), NOW + 2 * 3_600_000);
    expect(verdict).toEqual({ ok: false, code: 'override-suspended', alarm: null });
  });

  test('T7 one patient insider, one an hour for two months: the day stops at its limit', () => {
    const { act, past, alarms } = office();
    for (let at = 0; at < DEPOSITORS; at++) act(propose('zhang'), NOW + at * 60 * MINUTE);
    expect(past).toHaveLength(rules.perPersonPerDay);
    expect(alarms).toHaveLength(1);
  });

  test('T7 two of them, who approve each other in turn: stopped together, whoever proposes', () => {
    const { act, past, alarms } = office();
    for (let at = 0; at < DEPOSITORS; at++) {
      const [one, other] = at % 2 === 0 ? ['zhang', 'feng'] : ['feng', 'zhang'];
      const when = NOW + at * 15 * MINUTE;
      if (act(propose(one), when).ok) act(approve(other, one), when + MINUTE);
    }
    expect(past.filter(({ kind }) => kind === 'approve')).toHaveLength(rules.perPairPerDay);
    expect(alarms).toEqual([
      { kind: 'pair-rate', people: ['feng', 'zhang'], count: 11, limit: 10 },
    ]);
  });

  test('T7 a whole office, a hundred people in pairs: the region stops at its limit', () => {
    const { act, past, alarms } = office();
    let at = NOW;
    for (let person = 0; person < DEPOSITORS; person++) {
      const name = `p${person % 100}`;
      at += 30_000;
      if (act(propose(name), at).ok) act(approve(`q${person % 100}`, name), at);
    }
    const effective = past.filter(({ kind }) => kind === 'approve').length;
    expect(effective).toBeLessThanOrEqual(rules.perRegionPerDay);
    expect(alarms.some(({ kind }) => kind === 'region-rate')).toBe(true);
  });

  test('T7 people of places where the insider has no business', () => {
    const { act, past, alarms } = office();
    for (let at = 0; at < DEPOSITORS; at++) {
      act(propose('zhang', String(420_000 + at)), NOW + at * MINUTE);
    }
    expect(past).toHaveLength(rules.foreignDivisionsPerDay);
    expect(alarms).toEqual([{ kind: 'foreign-divisions', people: ['zhang'], count: 4, limit: 3 }]);
  });
});

test('ordinary work raises nothing: eight a day of the own area, by two people', () => {
  const { act, past, alarms } = office();
  for (let day = 0; day < 14; day++) {
    for (let one = 0; one < 8; one++) {
      const when = NOW + day * DAY + one * 40 * MINUTE;
      act(propose('zhang'), when);
      act(approve('feng', 'zhang'), when + MINUTE);
    }
  }
  expect([past.length, alarms]).toEqual([14 * 16, []]);
});

test('no mix of people, colours of time and places passes more than the limits in any hour or day', () => {
  const acts = fc.array(
    fc.record({
      by: fc.constantFrom('a', 'b', 'c'),
      other: fc.constantFrom('a', 'b', 'c'),
      isApproval: fc.boolean(),
      wait: fc.integer({ min: 0, max: 40 * MINUTE }),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(acts, (all) => {
      const { act, past } = office();
      let at = NOW;
      for (const { by, other, isApproval, wait } of all) {
        at += wait;
        act(isApproval ? approve(by, other) : propose(by), at);
      }
      for (const { at: end, by, kind } of past) {
        const own = past.filter((one) => one.by === by && one.kind === kind && one.at <= end);
        const within = (ms: number) => own.filter((one) => one.at > end - ms).length;
        expect(within(60 * MINUTE)).toBeLessThanOrEqual(rules.perPersonPerHour);
        expect(within(DAY)).toBeLessThanOrEqual(rules.perPersonPerDay);
      }
    }),
    { numRuns: 200 },
  );
});
