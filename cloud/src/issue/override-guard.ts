import type { ReasonCode } from '@greengate/contracts/refusals';
import type { EpochMs } from '@greengate/contracts/time';
import type { IssuingRules } from './rules.ts';

/** What somebody is about to do, and for whom. */
export interface GuardedAct {
  readonly kind: 'propose' | 'approve';
  readonly by: string;
  /** Who proposed: the same person in a proposal. */
  readonly proposedBy: string;
  /** Where the holder lives: an administrative division. */
  readonly division: string;
}

/** An act that was done, in the last day. A refused one is not here: the alarm stands for it. */
export interface PastAct extends GuardedAct {
  readonly at: EpochMs;
}

/** Someone works at a rate at which nobody can have looked at the evidence, or where they have no business. */
export interface OverrideAlarm {
  readonly kind: (typeof ALARM_KINDS)[number];
  /** Whose overrides are stopped until another person has looked: one, or a pair, sorted. */
  readonly people: readonly string[];
  /** How many there would have been, and how many there may be. */
  readonly count: number;
  readonly limit: number;
}

export const ALARM_KINDS = [
  'person-rate',
  'pair-rate',
  'foreign-divisions',
  'region-rate',
] as const;

export type GuardVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly code: Extract<ReasonCode, 'override-bulk' | 'override-suspended'>;
      /** Null when one stands already. */
      readonly alarm: OverrideAlarm | null;
    };

/** What the guard looks at; all of it read in the transaction that writes the act. */
export interface GuardView {
  readonly past: readonly PastAct[];
  /** People of alarms that nobody has cleared. */
  readonly suspended: readonly string[];
  /** Divisions that the person works for, as prefixes: '37' is all of Shandong. Empty: none. */
  readonly areas: readonly string[];
}

/**
 * Whether one more override may be proposed or approved. Two people and a paper do not stop a whole office that
 * was told to; a rate does: no one reads the evidence of 1,317 people in an afternoon (DOMAIN 3). Every colour
 * counts, because green can be sold as red can be misused.
 */
export function guardOverride(
  act: GuardedAct,
  view: GuardView,
  now: EpochMs,
  rules: IssuingRules['overrides'],
): GuardVerdict {
  const people = [...new Set([act.by, act.proposedBy])].sort();
  if (people.some((person) => view.suspended.includes(person))) {
    return { allowed: false, code: 'override-suspended', alarm: null };
  }
  const alarm = alarmOf(act, view, now, rules, people);
  return alarm === undefined ? { allowed: true } : { allowed: false, code: 'override-bulk', alarm };
}

/** Whether a person's areas hold a division or community: theirs is a prefix of it. */
export function holdsDivision(areas: readonly string[], division: string): boolean {
  return areas.some((area) => area !== '' && division.startsWith(area));
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function alarmOf(
  act: GuardedAct,
  { past, areas }: GuardView,
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
    [...own, act].map((one) => one.division).filter((one) => !holdsDivision(areas, one)),
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
