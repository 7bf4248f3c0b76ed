import { LIST_KINDS, type ListKind, type ScoringFacts } from '@greengate/contracts/rules/facts';
import { draws, type Random } from './draws.ts';

/** The instant at which everybody of the bench is scored, milliseconds since 1970. */
export const scoredAt = Date.parse('2020-03-20T10:00:00+08:00');

/**
 * What is known of one synthetic holder of a city; the same seed and index give the same person. Of a hundred, nearly
 * three are troubled: ill, listed, exposed, from an area at risk, or several of these, as such things come together.
 * One in two hundred let the code lapse. The rest are well, which is not to say that nothing is known of them: they
 * report daily, travel, are green elsewhere, and some were on a list long ago.
 */
export function holderAt(seed: number, index: number): ScoringFacts {
  const random = draws(seed, index);
  const fate = random(1000);
  if (fate < 28) return troubled(random);
  return fate < 33 ? lapsed(random) : well(random);
}

const dayMs = 86_400_000;
const now = new Date(scoredAt).toISOString();

function well(random: Random): ScoringFacts {
  const { journeys, elsewhere } = travels(random, { riskPercent: 0, most: 3 });
  return {
    now,
    declaration: {
      at: ago(random(9 * dayMs)),
      symptoms: { fever: false, dryCough: false, fatigue: false },
      residenceDays: 30 + random(20_000),
      contactOfCase: false,
      highRiskTravel: false,
      temperatureCentiC: random(100) < 70 ? 3610 + random(90) : null,
      ...purpose(random),
    },
    lists: random(100) < 1 ? [past(random)] : [],
    area: { level: 'low' },
    lastReportAt: random(100) < 60 ? ago(random(dayMs)) : null,
    ...journeys,
    ...elsewhere,
  };
}

function lapsed(random: Random): ScoringFacts {
  const person = well(random);
  const declaration = { ...person.declaration, at: ago((15 + random(30)) * dayMs) };
  return { ...person, declaration, lastReportAt: null };
}

function troubled(random: Random): ScoringFacts {
  const person = well(random);
  const chance = (percent: number): boolean => random(100) < percent;
  const { journeys, elsewhere } = travels(random, { riskPercent: 35, most: 5 });
  return {
    ...person,
    declaration: {
      ...person.declaration,
      symptoms: { fever: chance(20), dryCough: chance(20), fatigue: chance(20) },
      residenceDays: chance(30) ? random(30) : person.declaration.residenceDays,
      contactOfCase: chance(15),
      highRiskTravel: chance(15),
      temperatureCentiC: chance(80) ? 3620 + random(280) : null,
    },
    lists: chance(45) ? Array.from({ length: 1 + random(3) }, () => listed(random)) : [],
    area: { level: chance(70) ? 'low' : chance(60) ? 'medium' : 'high' },
    lastReportAt: chance(60) ? ago(random(5 * dayMs)) : null,
    ...journeys,
    ...elsewhere,
  };
}

type Declaration = ScoringFacts['declaration'];
type Travels = {
  readonly journeys: Pick<ScoringFacts, 'journeys'>;
  readonly elsewhere: Pick<ScoringFacts, 'elsewhere'>;
};
type Habits = { readonly riskPercent: number; readonly most: number };

function purpose(random: Random): Pick<Declaration, 'purpose'> {
  const drawn = random(100);
  if (drawn < 20) return {};
  return { purpose: drawn < 75 ? 'work' : drawn < 90 ? 'school' : 'other' };
}

/** Absent when nobody asked, which is how it is for most. */
function travels(random: Random, { riskPercent, most }: Habits): Travels {
  const risky = (): boolean => random(100) < riskPercent;
  const journey = () => ({
    level: risky() ? (random(2) === 0 ? 'medium' : 'high') : 'low',
    leftAt: midnight(random(20)),
  });
  const status = () => ({
    region: regions[random(regions.length)],
    colour: risky() ? (['pending', 'yellow', 'red'] as const)[random(3)] : 'green',
    since: midnight(random(20)),
  });
  const [asked, known] = [random(100), random(100)];
  const journeys =
    asked < 60 ? {} : { journeys: several(asked < 75 ? 0 : 1 + random(most), journey) };
  const elsewhere = known < 80 ? {} : { elsewhere: several(known < 90 ? 0 : 1, status) };
  return { journeys, elsewhere } as Travels;
}

const regions = ['310000', '320000', '350000', '420000'];

function several<T>(count: number, draw: () => T): readonly T[] {
  return Array.from({ length: count }, draw);
}

type Entry = ScoringFacts['lists'][number];

function listed(random: Random): Entry {
  const kind = LIST_KINDS[random(LIST_KINDS.length)] as ListKind;
  const since = midnight(random(20));
  return random(2) === 0 ? { kind, since } : { kind, since, reportedDays: random(20) };
}

/** An entry of which nothing is left: its hold is over, its reports are complete. */
function past(random: Random): Entry {
  const kind = random(2) === 0 ? 'released' : 'close-contact';
  return { kind, since: midnight(15 + random(60)), reportedDays: 14 + random(10) };
}

function ago(ms: number): string {
  return new Date(scoredAt - Math.floor(ms / 1000) * 1000).toISOString();
}

/** The start of a day in China, so many days ago, as the cloud dates lists. */
function midnight(days: number): string {
  return `${new Date(scoredAt - days * dayMs).toISOString().slice(0, 10)}T00:00:00+08:00`;
}
