import type { Evaluate } from './certlogic-build.ts';
import { compileExpr } from './certlogic-compile.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { type Expr, parseRule } from './certlogic-parse.ts';
import { isConstant, type Placed, placesIn } from './certlogic-place.ts';
import { truthOf } from './certlogic-values.ts';
import { type PackProblem, packProblem } from './lint-problem.ts';
import type { ScoringPack } from './pack.ts';
import type { PackTest } from './pack-inputs.ts';
import { RuleError } from './rule-error.ts';
import { compilePack, type Scorer, type Verdict } from './score.ts';

/** What a pack's own tests show. */
export interface TestRun {
  /** `test-failed`: another verdict than expected. */
  readonly failures: readonly PackProblem[];
  /** `test-failed`: a rule could not be evaluated. */
  readonly errors: readonly PackProblem[];
  /** `rule-untested` and `branch-untested` of rules that are not `broken`, and `rule-undecided` of those not `excused` either. */
  gaps(broken: ReadonlySet<string>, excused: ReadonlySet<string>): readonly PackProblem[];
}

export function runTests(pack: ScoringPack): TestRun {
  const scorer = compilePack(pack);
  const deciders = new Set<string>();
  const failures: PackProblem[] = [];
  const errors: PackProblem[] = [];
  for (const [index, test] of pack.tests.entries()) {
    const outcome = scored(scorer, test);
    if ('verdict' in outcome) deciders.add(outcome.verdict.matched[0]?.rule ?? '');
    const wrong = 'error' in outcome ? outcome.error : difference(test, outcome.verdict);
    if (wrong === undefined) continue;
    const problem = packProblem('test-failed', `/tests/${index}`, test.name, wrong);
    ('error' in outcome ? errors : failures).push(problem);
  }
  const data = pack.tests.map(({ facts }) => ({ ...facts, thresholds: pack.thresholds }));
  return {
    failures,
    errors,
    gaps: (broken, excused) => [
      ...pack.rules.flatMap((rule, index) => {
        if (broken.has(rule.id)) return [];
        const gaps = ruleGaps(rule, `/rules/${index}`, data);
        const decides = deciders.has(rule.id) || excused.has(rule.id) || gaps.length > 0;
        return decides ? gaps : [packProblem('rule-undecided', `/rules/${index}`, rule.id)];
      }),
      ...codeLifeGaps(pack, data),
      ...(['clear', 'lapse'] as const).flatMap((name) => {
        const { id } = pack.defaults[name];
        return deciders.has(id) ? [] : [packProblem('rule-undecided', `/defaults/${name}`, id)];
      }),
    ],
  };
}

type Scored = { readonly verdict: Verdict } | { readonly error: string };

function scored(scorer: Scorer, { facts }: PackTest): Scored {
  try {
    return { verdict: scorer.score(facts, parseDateTime(facts.now) ?? 0) };
  } catch (error) {
    if (error instanceof RuleError || error instanceof RangeError) return { error: error.message };
    throw error;
  }
}

/** The first thing that is not as the test expects, in words. */
function difference({ expect }: PackTest, verdict: Verdict): string | undefined {
  const rules = verdict.matched.map((match) => match.rule).join(', ');
  const pairs: [string, unknown, unknown][] = [
    ['colour', expect.colour, verdict.shown],
    ['nextColour', expect.nextColour, verdict.nextShown],
    ['validUntil', expect.validUntil && parseDateTime(expect.validUntil), verdict.validUntil],
    ['rules', expect.rules?.join(', '), rules],
  ];
  const wrong = pairs.find(([, expected, got]) => expected !== undefined && expected !== got);
  return wrong && `${wrong[0]} ${shown(wrong[2])} ≠ ${shown(wrong[1])}`;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? new Date(value).toISOString() : String(value);
}

/** An expression that counts which of its nodes the tests reach. */
interface Probe {
  readonly root: Placed;
  readonly evaluate: Evaluate;
  readonly reached: ReadonlySet<Expr>;
}

function probe(expression: unknown, at: string): Probe | undefined {
  const { expr } = parseRule(expression);
  if (expr === null) return undefined;
  const reached = new Set<Expr>();
  const evaluate = compileExpr(expr, (node, run) => (data, meter) => {
    reached.add(node);
    return run(data, meter);
  });
  return { root: { expr, at }, evaluate, reached };
}

function ruleGaps(
  rule: ScoringPack['rules'][number],
  at: string,
  data: readonly unknown[],
): readonly PackProblem[] {
  const when = probe(rule.when, `${at}/when`);
  if (when === undefined) return [];
  const matching = data.filter((one) => truthOf(answer(when, one)) === true);
  const untested = (how: string) => packProblem('rule-untested', when.root.at, rule.id, how);
  if (matching.length === 0) return [untested('matches')];
  const always = matching.length === data.length && !isConstant(when.root.expr);
  return [
    ...(always ? [untested('does not match')] : []),
    ...unreached(when.root, when.reached).map((place) => branch(place, rule.id)),
    ...heldGaps(rule.holdFrom, `${at}/holdFrom`, rule.id, matching),
  ];
}

function codeLifeGaps(pack: ScoringPack, data: readonly unknown[]): readonly PackProblem[] {
  const { codeValidFrom, lapse } = pack.defaults;
  return heldGaps(codeValidFrom, '/defaults/codeValidFrom', lapse.id, data);
}

function heldGaps(expression: unknown, at: string, id: string, data: readonly unknown[]) {
  const date = expression === null ? undefined : probe(expression, at);
  if (date === undefined) return [];
  for (const one of data) answer(date, one);
  return unreached(date.root, date.reached).map((place) => branch(place, id));
}

function branch({ at }: Placed, id: string): PackProblem {
  return packProblem('branch-untested', at, id);
}

/** A failing evaluation reaches what it reaches; that it failed shows in the test itself. */
function answer({ evaluate }: Probe, data: unknown): unknown {
  try {
    return evaluate(data, { reduceNodes: 0 });
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

/** The outermost branches that nothing reached: of an `if`, of an `and` past its first operand, and what a `reduce` does with an item. */
function unreached(place: Placed, reached: ReadonlySet<Expr>): readonly Placed[] {
  const { kind } = place.expr;
  return placesIn(place).flatMap((child, index) => {
    const isBranch =
      ((kind === 'if' || kind === 'and') && index > 0) || (kind === 'reduce' && index === 1);
    return isBranch && !reached.has(child.expr) ? [child] : unreached(child, reached);
  });
}
