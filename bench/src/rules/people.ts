import {
  LIST_KINDS,
  type ScoringFacts,
  scoringFactsSchema,
} from '@greengate/contracts/rules/facts';

/** What an expression of a pack sees of one person. */
export type PersonData = ScoringFacts & { readonly thresholds: Readonly<Record<string, number>> };

/**
 * People as a city has them: most are well and unlisted, every field of the facts varies. The same seed gives the same
 * people. Parsed from JSON, as facts come from a store: objects that are spread into one another each have a shape of
 * their own in V8, and whoever reads them then measures that.
 */
export function people(
  count: number,
  thresholds: Readonly<Record<string, number>>,
  seed = 1,
): readonly PersonData[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const data: PersonData = { ...person(random), thresholds };
    return JSON.parse(JSON.stringify(data)) as PersonData;
  });
}

type Random = (below: number) => number;

function person(random: Random): ScoringFacts {
  const chance = (percent: number) => random(100) < percent;
  const listed = chance(10) ? 1 + random(3) : 0;
  return scoringFactsSchema.parse({
    now: '2020-03-20T00:00:00.000Z',
    declaration: {
      at: day(10 + random(10)),
      symptoms: { fever: chance(2), dryCough: chance(2), fatigue: chance(2) },
      residenceDays: random(1000),
      contactOfCase: chance(2),
      highRiskTravel: chance(2),
      temperatureCentiC: chance(90) ? 3550 + random(220) : null,
    },
    lists: Array.from({ length: listed }, () => ({
      kind: LIST_KINDS[random(LIST_KINDS.length)],
      since: day(1 + random(19)),
      reportedDays: random(15),
    })),
    area: { level: chance(95) ? 'low' : chance(50) ? 'medium' : 'high' },
    lastReportAt: chance(50) ? day(19) : null,
  });
}

function day(ofMarch: number): string {
  return `2020-03-${String(ofMarch).padStart(2, '0')}T08:00:00+08:00`;
}

/** xorshift32: small, and the same everywhere. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
