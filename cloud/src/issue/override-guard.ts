import type { EpochMs } from '@greengate/contracts/time';
import { coversDivision } from '../area.ts';
import type { Guarded, GuardedAct, GuardView, OverrideAlarm, PastAct } from '../issuing-port.ts';
import type { IssuingRules } from './rules.ts';

/**
 * Whether one more override may be proposed or approved. Two people and a paper do not stop a whole office that
 * was told to; a rate does: no one reads the evidence of 1,317 people in an afternoon (DOMAIN 3). Every colour
 * counts, because green can be sold as red can be misused. `areas`: the divisions that the person works for.
 */
export function guardOverride(
  act: GuardedAct,
  view: GuardView,
  areas: readonly string[],
  now: EpochMs,
  rules: IssuingRules['overrides'],
): Guarded<GuardedAct> {
  const people = [...new Set([act.by, act.proposedBy])].sort();
  if (people.some((person) => view.suspended.includes(person))) {
    return { ok: false, code: 'override-suspended', alarm: null };
  }
  const alarm = alarmOf(act, view.past, areas, now, rules, people);
  return alarm === undefined
    ? { ok: true, value: act }
    : { ok: false, code: 'override-bulk', alarm };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function alarmOf(
  act: GuardedAct,
  past: readonly PastAct[],
  areas: readonly string[],
  now: EpochMs,
  rules: IssuingRules['overrides'],
  people: readonly string[],
): OverrideAlarm | undefined {
  const day = past.filter(({ at }) => at > now - dayMs);
  const own = day.filter(({ by, kind }) => by === act.by && kind === act.kind);
  const hour = own.filter(({ at }) => at > now - hourMs);
  const sameKind = day.filter(({ kind }) => kind === act.kind);
  const pair = sameKind.filter((one) => isPair(one, people));
  const foreign = new Set(
    [...own, act]
      .map((one) => one.division)
      .filter((one) => !areas.some((area) => coversDivision(area, one))),
  );
  const one = [act.by];
  const checks: readonly OverrideAlarm[] = [
    { kind: 'person-rate', people: one, count: hour.length + 1, limit: rules.perPersonPerHour },
    { kind: 'person-rate', people: one, count: own.length + 1, limit: rules.perPersonPerDay },
    {
      ...{ kind: 'pair-rate', people, limit: rules.perPairPerDay },
      count: act.kind === 'approve' ? pair.length + 1 : 0,
    },
    {
      ...{ kind: 'foreign-divisions', people: one, limit: rules.foreignDivisionsPerDay },
      count: foreign.size,
    },
    {
      ...{ kind: 'region-rate', people: one, limit: rules.perRegionPerDay },
      count: sameKind.length + 1,
    },
  ];
  return checks.find(({ count, limit }) => count > limit);
}

function isPair(one: GuardedAct, people: readonly string[]): boolean {
  return people.length === 2 && people.includes(one.by) && people.includes(one.proposedBy);
}
