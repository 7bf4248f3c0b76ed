import type { RegionId } from '@greengate/contracts/ids';
import { lintPack } from '@greengate/contracts/rules/certlogic';
import { malformations } from '@greengate/contracts/rules/lint';
import { type PackProblem, packProblem } from '@greengate/contracts/rules/lint-problem';
import { narrows } from '@greengate/contracts/rules/narrows';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import type { PackChecked, PackCheckRequest } from '../pack-port.ts';
import { canonicalJson } from './canonical.ts';

/**
 * Whether a pack may be published. A city's is proven to be inside its province's hard lines, and its tests stand for
 * the two joined, because that is what people are scored with; a province's has to stand by itself, and that the
 * city's pack in force does not fit inside is a warning: the city publishes one that does. Pure; never throws.
 */
export function checkPack({ text, scope, region, beside }: PackCheckRequest): PackChecked {
  const value = parse(text);
  const malformed = malformations(value);
  if (malformed.length > 0) return { problems: malformed, warnings: [], pack: undefined };
  const body = canonicalJson(scoringPackSchema.parse(value));
  const pack = scoringPackSchema.parse(parse(body));
  const other = scoringPackSchema.parse(parse(beside));
  const findings =
    scope === 'city' ? checkCity(pack, other, region) : checkProvince(pack, other, region);
  const { id, version, validFrom, validUntil } = pack;
  const joined = findings.joined && canonicalJson(findings.joined);
  return {
    problems: findings.problems,
    warnings: findings.warnings,
    pack: { id, version, validFrom, validUntil, body, joined },
  };
}

interface Findings {
  readonly problems: readonly PackProblem[];
  readonly warnings: readonly PackProblem[];
  readonly joined: ScoringPack | undefined;
}

const WHOLE_NATION = '100000';

/** GB/T 2260: the first two digits of a division are its province. */
export function provinceOf(region: string): string {
  return `${region.slice(0, 2)}0000`;
}

function checkProvince(pack: ScoringPack, city: ScoringPack, region: RegionId): Findings {
  const placed = pack.region === provinceOf(region) || pack.region === WHOLE_NATION;
  const problems = [...(placed ? [] : [elsewhere(pack)]), ...lintPack(pack)];
  const narrowing = narrows(city, pack);
  return { problems, warnings: narrowing.problems, joined: narrowing.pack ?? undefined };
}

function checkCity(pack: ScoringPack, province: ScoringPack, region: RegionId): Findings {
  const placed = pack.region === region ? [] : [elsewhere(pack)];
  const alone = lintPack(pack).filter(({ code }) => !OF_TESTS.has(code));
  const { pack: joined, problems: weaker } = narrows(pack, province);
  if (joined === null) {
    return { problems: [...placed, ...weaker, ...alone], warnings: [], joined: undefined };
  }
  const found = ofTheCity(lintPack(joined), pack, joined, province);
  const tests = found.filter(({ code }) => OF_TESTS.has(code));
  const known = new Set(alone.map(({ code, path }) => `${code} ${path}`));
  const warnings = found.filter(
    ({ code, path }) => code === 'rule-shadowed' && !known.has(`${code} ${path}`),
  );
  return { problems: [...placed, ...alone, ...tests], warnings, joined };
}

/** What a pack's tests show: for a city's, with the province's lines beside it. */
const OF_TESTS: ReadonlySet<string> = new Set([
  'test-failed',
  'rule-untested',
  'branch-untested',
  'rule-undecided',
]);

/** Findings in a joined pack that are about the city's own rules, at their places in the city's pack. */
function ofTheCity(
  problems: readonly PackProblem[],
  city: ScoringPack,
  joined: ScoringPack,
  province: ScoringPack,
): readonly PackProblem[] {
  const lines = province.rules.filter((rule) => rule.hardLine);
  const places = placesOf(city, joined, lines.length);
  return problems.flatMap((problem) => {
    const [, field, index, ...rest] = problem.path.split('/');
    if (field !== 'rules') return [problem];
    const place = places.get(Number(index));
    if (place === undefined) return [];
    return [{ ...problem, path: ['', 'rules', place, ...rest].join('/') }];
  });
}

/** By its index in the joined pack, where a rule of the city's stands in the city's pack. */
function placesOf(
  city: ScoringPack,
  joined: ScoringPack,
  lines: number,
): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  let at = lines;
  for (const [index, rule] of city.rules.entries()) {
    const own = joined.rules[at];
    if (own === undefined || own.when !== rule.when) continue;
    places.set(at, index);
    at += 1;
  }
  return places;
}

function elsewhere({ region }: ScoringPack): PackProblem {
  return packProblem('narrow-region', '/region', region);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
