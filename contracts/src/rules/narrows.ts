import { parseDateTime } from './certlogic-date-time.ts';
import { alike } from './certlogic-implies.ts';
import { parseRule } from './certlogic-parse.ts';
import { coversCondition, demandOf, sameStart } from './dominance.ts';
import { malformations, readsOf } from './lint.ts';
import { type PackProblem, packProblem } from './lint-problem.ts';
import type { ScoringPack, ScoringRule } from './pack.ts';

/** Either the pack to publish for the city, or what keeps it from being published. */
export type Narrowing =
  | { readonly pack: ScoringPack; readonly problems: readonly [] }
  | { readonly pack: null; readonly problems: readonly PackProblem[] };

/**
 * Joins a city's pack to its province's hard lines, or says where it is weaker (DOMAIN 3).
 *
 * The result holds every hard line as the province wrote it, beside the city's own rules, and the most severe
 * wins at every instant: so whatever the city's rules say, they cannot lift what a hard line asks for. A city
 * rule with the id of a hard line restates it; it must be no milder, hold no shorter, and provably match
 * wherever the hard line does. A code lives no longer than the province lets it.
 */
export function narrows(city: ScoringPack, province: ScoringPack): Narrowing {
  const problems = [
    ...frameProblems(city, province),
    ...lifeProblems(city, province),
    ...hardLines(province).flatMap((line) => restated(line, city, province)),
  ];
  if (problems.length > 0) return { pack: null, problems };
  const pack = joined(city, province);
  // Two sound packs can still be too much together: too many rules, or one id for a line and a default.
  const malformed = malformations(pack);
  return malformed.length > 0 ? { pack: null, problems: malformed } : { pack, problems: [] };
}

function hardLines(province: ScoringPack): readonly ScoringRule[] {
  return province.rules.filter((rule) => rule.hardLine);
}

function joined(city: ScoringPack, province: ScoringPack): ScoringPack {
  const lines = hardLines(province);
  const taken = new Set(lines.map((line) => line.id));
  // A word-for-word copy of a line adds nothing to it.
  const copies = new Set(lines.map((line) => JSON.stringify(line)));
  const added = city.rules.filter((rule) => !copies.has(JSON.stringify(rule)));
  const own = added.map((rule) =>
    taken.has(rule.id) ? { ...rule, id: unusedId(rule.id, city, taken) } : rule,
  );
  const paths = new Set(province.inputs.map((input) => input.path));
  const pack: ScoringPack = {
    ...city,
    thresholds: { ...province.thresholds, ...city.thresholds },
    inputs: [...province.inputs, ...city.inputs.filter((input) => !paths.has(input.path))],
    rules: [...lines, ...own],
  };
  const isRead = readsOf(pack);
  const thresholds = Object.entries(pack.thresholds).filter(([name]) =>
    isRead(`thresholds.${name}`),
  );
  return {
    ...pack,
    thresholds: Object.fromEntries(thresholds),
    inputs: pack.inputs.filter((input) => isRead(input.path)),
  };
}

/** A restated line stands beside the province's own under a name of its own. */
function unusedId(id: string, city: ScoringPack, taken: ReadonlySet<string>): string {
  const used = new Set([...taken, ...city.rules.map((rule) => rule.id)]);
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? '-city' : `-city-${count}`;
    const candidate = `${id.slice(0, 50)}${suffix}`;
    if (!used.has(candidate)) return candidate;
  }
}

/** GB/T 2260: the first two digits are the province; this one is the country. */
const wholeNation = '100000';

function frameProblems(city: ScoringPack, province: ScoringPack): readonly PackProblem[] {
  const inProvince =
    province.region === wholeNation || city.region.slice(0, 2) === province.region.slice(0, 2);
  const redefined = Object.entries(city.thresholds).filter(
    ([name, value]) =>
      Object.hasOwn(province.thresholds, name) && province.thresholds[name] !== value,
  );
  const inputs = city.inputs.flatMap((input, index) => {
    const known = province.inputs.find(({ path }) => path === input.path);
    const same =
      known === undefined || JSON.stringify(sorted(known)) === JSON.stringify(sorted(input));
    return same ? [] : [packProblem('narrow-input', `/inputs/${index}`, input.path)];
  });
  const table = ({ colours }: ScoringPack) => colours.map(({ id, wire }) => `${id} ${wire}`).join();
  return [
    ...(inProvince ? [] : [packProblem('narrow-region', '/region', city.region)]),
    ...(table(city) === table(province) ? [] : [packProblem('narrow-colours', '/colours', '')]),
    ...redefined.map(([name]) => packProblem('narrow-threshold', `/thresholds/${name}`, name)),
    ...inputs,
    ...windowProblems(city, province),
  ];
}

function sorted(input: ScoringPack['inputs'][number]): unknown {
  return Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
}

function windowProblems(city: ScoringPack, province: ScoringPack): readonly PackProblem[] {
  const from = ({ validFrom }: ScoringPack) => parseDateTime(validFrom) ?? 0;
  const until = ({ validUntil }: ScoringPack) =>
    validUntil === null ? Number.POSITIVE_INFINITY : (parseDateTime(validUntil) ?? 0);
  return [
    ...(from(city) >= from(province) ? [] : [packProblem('narrow-window', '/validFrom', '')]),
    ...(until(city) <= until(province) ? [] : [packProblem('narrow-window', '/validUntil', '')]),
  ];
}

/** What a code is when nothing matches, how long it lives, and what it lapses to. */
function lifeProblems(city: ScoringPack, province: ScoringPack): readonly PackProblem[] {
  const [ours, theirs] = [city.defaults, province.defaults];
  const milder = (name: 'clear' | 'lapse') =>
    rankIn(province, ours[name].outcome) < rankIn(province, theirs[name].outcome);
  const weaker = (at: string, name: string, allowed: string) =>
    packProblem('narrow-validity', `/defaults/${at}`, name, allowed);
  return [
    ...(['clear', 'lapse'] as const).flatMap((name) =>
      milder(name) ? [weaker(`${name}/outcome`, ours[name].id, theirs[name].outcome)] : [],
    ),
    ...(ours.codeValidDays > theirs.codeValidDays
      ? [weaker('codeValidDays', 'codeValidDays', String(theirs.codeValidDays))]
      : []),
    ...(sameExpression(ours.codeValidFrom, theirs.codeValidFrom)
      ? []
      : [
          weaker(
            'codeValidFrom',
            'codeValidFrom',
            JSON.stringify(theirs.codeValidFrom).slice(0, 80),
          ),
        ]),
  ];
}

function rankIn({ colours }: ScoringPack, id: string): number {
  return colours.findIndex((colour) => colour.id === id);
}

function sameExpression(a: unknown, b: unknown): boolean {
  const [one, other] = [parseRule(a).expr, parseRule(b).expr];
  return one === null || other === null ? a === b : alike(one, other);
}

function restated(
  line: ScoringRule,
  city: ScoringPack,
  province: ScoringPack,
): readonly PackProblem[] {
  const index = city.rules.findIndex((rule) => rule.id === line.id);
  const rule = city.rules[index];
  if (rule === undefined) return [];
  // Ranks are the province's: that the tables are the same is a problem of its own.
  const ours = demandOf(rule, { ...city, colours: province.colours });
  const theirs = demandOf(line, province);
  const at = `/rules/${index}`;
  const milder = [
    ...(ours.rank < theirs.rank
      ? [packProblem('narrow-severity', `${at}/outcome`, rule.id, line.outcome)]
      : []),
    ...(ours.nextRank < theirs.nextRank
      ? [packProblem('narrow-severity', `${at}/next`, rule.id, line.next ?? line.outcome)]
      : []),
  ];
  const shorter =
    ours.holdDays < theirs.holdDays || (Number.isFinite(ours.holdDays) && !sameStart(ours, theirs));
  const days = line.holdDays === null ? '∞' : `${line.holdDays} d`;
  return [
    ...milder,
    ...(shorter ? [packProblem('narrow-hold', `${at}/holdDays`, rule.id, days)] : []),
    ...(coversCondition(ours, theirs)
      ? []
      : [packProblem('narrow-condition', `${at}/when`, rule.id)]),
  ];
}
