/**
 * The paths of `ScoringFacts` and of the items of its lists, as expressions name them. The engine reads these by
 * `readFact`; every other path is read by its names.
 */
export const FACT_PATHS = [
  'now',
  'lists',
  'journeys',
  'elsewhere',
  'lastReportAt',
  'area.level',
  'declaration.at',
  'declaration.purpose',
  'declaration.residenceDays',
  'declaration.contactOfCase',
  'declaration.highRiskTravel',
  'declaration.temperatureCentiC',
  'declaration.symptoms.fever',
  'declaration.symptoms.dryCough',
  'declaration.symptoms.fatigue',
  'accumulator',
  'current',
  'current.kind',
  'current.since',
  'current.reportedDays',
  'current.level',
  'current.leftAt',
  'current.region',
  'current.colour',
  'thresholds',
] as const;

/** So many of these are about a person, and the others about an item or the pack. */
export const personFactsCount = FACT_PATHS.indexOf('accumulator');

/** Where `readFact` knows a path, or -1. */
export function factIndexOf(path: readonly string[]): number {
  return (FACT_PATHS as readonly string[]).indexOf(path.join('.'));
}

/**
 * What `access` reads from plain JSON at the path of that index: null where anything is missing.
 *
 * One property of one name is read several times as fast where the code names it as where the name is data, and one
 * function that every rule shares is called faster than a closure a path.
 */
export function readFact(index: number, data: unknown): unknown {
  return factOrNothing(index, data) ?? null;
}

function factOrNothing(index: number, data: unknown): unknown {
  const facts = of(data);
  switch (index) {
    case 0:
      return facts.now;
    case 1:
      return facts.lists;
    case 2:
      return facts.journeys;
    case 3:
      return facts.elsewhere;
    case 4:
      return facts.lastReportAt;
    case 5:
      return of(facts.area).level;
    case 6:
      return of(facts.declaration).at;
    case 7:
      return of(facts.declaration).purpose;
    case 8:
      return of(facts.declaration).residenceDays;
    case 9:
      return of(facts.declaration).contactOfCase;
    case 10:
      return of(facts.declaration).highRiskTravel;
    case 11:
      return of(facts.declaration).temperatureCentiC;
    case 12:
      return of(of(facts.declaration).symptoms).fever;
    case 13:
      return of(of(facts.declaration).symptoms).dryCough;
    case 14:
      return of(of(facts.declaration).symptoms).fatigue;
    case 15:
      return facts.accumulator;
    case 16:
      return facts.current;
    case 17:
      return of(facts.current).kind;
    case 18:
      return of(facts.current).since;
    case 19:
      return of(facts.current).reportedDays;
    case 20:
      return of(facts.current).level;
    case 21:
      return of(facts.current).leftAt;
    case 22:
      return of(facts.current).region;
    case 23:
      return of(facts.current).colour;
    case 24:
      return facts.thresholds;
    default:
      throw new RangeError(`no fact has the index ${index}`);
  }
}

/** All facts about a person at once, each at the index of its path; undefined, too, where anything is missing. */
export function readFacts(data: unknown): readonly unknown[] {
  const { now, lists, journeys, elsewhere, lastReportAt, area, declaration } = of(data);
  const { at, purpose, residenceDays, contactOfCase, highRiskTravel, temperatureCentiC, symptoms } =
    of(declaration);
  const { fever, dryCough, fatigue } = of(symptoms);
  const { level } = of(area);
  // biome-ignore format: in the order of the paths
  return [
    now, lists, journeys, elsewhere, lastReportAt, level, at, purpose, residenceDays, contactOfCase,
    highRiskTravel, temperatureCentiC, fever, dryCough, fatigue,
  ];
}

/** Every name above; each may be missing. */
type Named = { readonly [name in NamesIn<(typeof FACT_PATHS)[number]>]?: unknown };
type NamesIn<Path> = Path extends `${infer First}.${infer Rest}`
  ? First | NamesIn<Rest>
  : Path & string;

const nothing: Named = Object.freeze({});

/** Arrays have none of these names of their own, and `at` by inheritance. */
function of(value: unknown): Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : nothing;
}
