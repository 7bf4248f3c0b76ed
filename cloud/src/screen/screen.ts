import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { AreaRisk, Evidence } from '../ports.ts';

/** What the rules see, and when it may look different though nobody reports anything. */
export interface Screened {
  readonly facts: ScoringFacts;
  /** The next midnight at which an area's risk begins or ends; absent when none is ahead. */
  readonly changesAt?: EpochMs;
}

// Lists and area notices are dated in China Standard Time.
const OFFSET = '+08:00';
const DAY_MS = 86_400_000;

/** Compares a declaration with the control lists and the risk of its area. Pure. */
export function screen(evidence: Evidence, now: EpochMs): Screened {
  const { declaration, declaredAt, lists, areas, application } = evidence;
  const { symptoms, residenceDays, contactOfCase, highRiskTravel, temperatureCentiC } = declaration;
  const facts: ScoringFacts = {
    now: iso(now),
    declaration: {
      at: iso(declaredAt),
      symptoms,
      residenceDays,
      contactOfCase,
      highRiskTravel,
      temperatureCentiC,
      ...(application === undefined ? {} : { purpose: application.purpose }),
    },
    lists: lists.map(({ kind, since }) => ({ kind, since: `${since}T00:00:00${OFFSET}` })),
    area: { level: levelAt(areas, now) },
    // Daily reports come with a later stage; a declaration made anew is the report until then.
    lastReportAt: null,
  };
  const ahead = areas.flatMap(({ from, until }) => [midnight(from), dayAfter(until)]);
  const next = ahead.filter((at) => at > now).sort((a, b) => a - b)[0];
  return next === undefined ? { facts } : { facts, changesAt: epochMs(next) };
}

const LEVELS = ['low', 'medium', 'high'] as const;

/** The highest of the risks in force: a notice that overlaps another never lowers it. */
function levelAt(areas: Evidence['areas'], now: EpochMs): AreaRisk['level'] {
  const ranks = areas
    .filter(({ from, until }) => midnight(from) <= now && now < dayAfter(until))
    .map(({ level }) => LEVELS.indexOf(level));
  return LEVELS[Math.max(0, ...ranks)] ?? 'high';
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

function midnight(date: string): number {
  return Date.parse(`${date}T00:00:00${OFFSET}`);
}

function dayAfter(date: string): number {
  return midnight(date) + DAY_MS;
}
