import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { dayAfter, midnight } from '../china-day.ts';
import type { AreaRisk, Contradictions, Evidence } from '../evidence-port.ts';

/** What the rules see, and when it may look different though nobody reports anything. */
export interface Screened {
  readonly facts: ScoringFacts;
  /** The next instant at which a piece of evidence begins or ends to count; absent when none is ahead. */
  readonly changesAt?: EpochMs;
  readonly contradictions: Contradictions;
}

/**
 * Compares a declaration with the control lists, the risk of its area, and everything that was reported since. Pure.
 * `feverCentiC` is the pack's fever line: a day's report is clean below it; absent, no temperature speaks against it.
 */
export function screen(evidence: Evidence, now: EpochMs, feverCentiC?: number): Screened {
  const { declaredAt, lists, areas, report, journeys, elsewhere } = evidence;
  const ahead: number[] = areas.flatMap(({ from, until }) => [midnight(from), dayAfter(until)]);
  const made = journeys.filter(({ leftOn }) => midnight(leftOn) <= now);
  const inForce = elsewhere.filter(({ validUntil }) => now < validUntil);
  if (made.length < journeys.length) ahead.push(...journeys.map((one) => midnight(one.leftOn)));
  ahead.push(...inForce.map(({ validUntil }) => validUntil));
  const facts: ScoringFacts = {
    now: iso(now),
    declaration: declared(evidence),
    lists: lists.map(({ kind, since }) => {
      const reportedDays = cleanDays(evidence, since, feverCentiC);
      const entry = { kind, since: iso8601(since) };
      return reportedDays > 0 ? { ...entry, reportedDays } : entry;
    }),
    area: { level: levelAt(areas, now) },
    lastReportAt: report !== undefined && report.at > declaredAt ? iso(report.at) : null,
    ...(made.length > 0 && {
      journeys: made.map(({ level, leftOn }) => ({ level, leftAt: iso8601(leftOn) })),
    }),
    ...(inForce.length > 0 && {
      elsewhere: inForce.map(({ region, colour, since }) => ({
        ...{ region, colour },
        since: iso(since),
      })),
    }),
  };
  const next = ahead.filter((at) => at > now).reduce((a, b) => Math.min(a, b), Infinity);
  const contradictions = contradictionsOf(evidence, now);
  return next === Infinity
    ? { facts, contradictions }
    : { facts, contradictions, changesAt: epochMs(next) };
}

/**
 * What the newest report says is added to what was declared: a report makes nothing better that only a new
 * declaration, or a hold's end, makes better. Of temperatures the newest counts.
 */
function declared({ declaration, declaredAt, report, temperature, application }: Evidence) {
  const purpose = application?.purpose ?? declaration.purpose;
  const { residenceDays, contactOfCase, highRiskTravel, temperatureCentiC } = declaration;
  const later = report !== undefined && report.at > declaredAt ? report.symptoms : undefined;
  const { fever, dryCough, fatigue } = declaration.symptoms;
  const isMeasured =
    temperature !== undefined && (temperatureCentiC === null || temperature.at > declaredAt);
  return {
    at: iso(declaredAt),
    symptoms: {
      fever: fever || later?.fever === true,
      dryCough: dryCough || later?.dryCough === true,
      fatigue: fatigue || later?.fatigue === true,
    },
    ...{ residenceDays, contactOfCase, highRiskTravel },
    temperatureCentiC: isMeasured ? temperature.centiC : temperatureCentiC,
    ...(purpose !== undefined && { purpose }),
  };
}

function cleanDays({ reportedDays }: Evidence, since: string, feverCentiC = Infinity): number {
  return reportedDays.filter(
    ({ day, symptoms, temperatureCentiC }) =>
      day >= since && !symptoms && (temperatureCentiC ?? 0) < feverCentiC,
  ).length;
}

/** Against an entry that stood when the declaration was made: nobody could declare a later one. */
function contradictionsOf(evidence: Evidence, now: EpochMs): Contradictions {
  const { declaration, declaredAt, lists } = evidence;
  if (declaration.contactOfCase) return [];
  return lists
    .filter(({ kind, since }) => kind === 'close-contact' && midnight(since) <= declaredAt)
    .map(({ since }) => ({
      division: declaration.division,
      declared: 'no-contact',
      list: 'close-contact',
      since,
      declaredAt,
      foundAt: now,
    }));
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

/** A day as the instant at which it begins. */
function iso8601(date: string): string {
  return `${date}T00:00:00+08:00`;
}
