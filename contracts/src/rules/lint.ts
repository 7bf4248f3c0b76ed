import type { z } from 'zod';
import { parseDateTime } from './certlogic-date-time.ts';
import type { ProofWork } from './certlogic-implies.ts';
import { parseRule } from './certlogic-parse.ts';
import { isOnly, kindsShown, type Type } from './certlogic-types.ts';
import { coversCondition, type Demand, demandOf, outlasts } from './dominance.ts';
import { lintProblemsCountMax } from './limits.ts';
import { type Declared, declaredBy, mistyped } from './lint-inputs.ts';
import { LINT_CODES, type PackProblem, type PackProblemCode, packProblem } from './lint-problem.ts';
import { runTests } from './lint-tests.ts';
import { type Complain, inferType } from './lint-types.ts';
import { type ScoringPack, scoringPackSchema } from './pack.ts';

/**
 * Lints anything. What does not have a pack's form is told that and no more; then come types and inputs, then
 * what the pack's own tests show. Rules are proven shadowed as far as `implies` can prove; what it cannot,
 * shows as a rule that decides no test.
 */
export function lintAnyPack(pack: unknown): readonly PackProblem[] {
  const parsed = scoringPackSchema.safeParse(pack);
  return bounded(parsed.success ? lintParsed(parsed.data) : parsed.error.issues.map(ofIssue));
}

/** Only where a pack does not have its form. */
export function malformations(pack: unknown): readonly PackProblem[] {
  return bounded(scoringPackSchema.safeParse(pack).error?.issues.map(ofIssue) ?? []);
}

function lintParsed(pack: ScoringPack): readonly PackProblem[] {
  const declared = declaredBy(pack);
  const expressions = typeProblems(pack, declared);
  const shadowed = shadowProblems(pack);
  const run = runTests(pack);
  const faulty = expressions.map(({ path }) => path.split('/')[2]);
  const broken = new Set(
    pack.rules.flatMap(({ id }, index) => (faulty.includes(String(index)) ? [id] : [])),
  );
  return [
    ...windowProblems(pack),
    ...expressions,
    ...declared.unread(),
    ...mistyped(pack.inputs, pack.tests),
    ...shadowed.problems,
    ...run.failures,
    // An expression that cannot work fails its tests too: one fault is told once, where it stands.
    ...(expressions.length > 0 ? [] : run.errors),
    ...run.gaps(broken, shadowed.rules),
  ];
}

/** Which inputs and thresholds (`thresholds.<name>`) a pack's expressions read. */
export function readsOf(pack: ScoringPack): (path: string) => boolean {
  const declared = declaredBy(pack);
  typeProblems(pack, declared);
  return declared.isRead;
}

function bounded(problems: readonly PackProblem[]): readonly PackProblem[] {
  const most = lintProblemsCountMax;
  if (problems.length <= most) return problems;
  const left = String(problems.length - most);
  return [...problems.slice(0, most), packProblem('too-many-problems', '', '', left)];
}

function ofIssue(issue: z.core.$ZodIssue): PackProblem {
  const path = issue.path.map((part) => `/${escaped(String(part))}`).join('');
  const named: unknown = issue.code === 'custom' ? issue.params?.['lint'] : undefined;
  const code: PackProblemCode = LINT_CODES.find((known) => known === named) ?? 'pack-malformed';
  const name = code === 'date-unparseable' ? path.slice(1) : '';
  return packProblem(code, path, name, `${path === '' ? '/' : path}: ${issue.message}`);
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function windowProblems({ validFrom, validUntil }: ScoringPack): readonly PackProblem[] {
  const from = parseDateTime(validFrom) ?? Number.POSITIVE_INFINITY;
  const until = validUntil === null ? Number.POSITIVE_INFINITY : (parseDateTime(validUntil) ?? 0);
  return from < until ? [] : [packProblem('window-never-opens', '/validUntil', '')];
}

function typeProblems(pack: ScoringPack, declared: Declared): readonly PackProblem[] {
  const problems: PackProblem[] = [];
  const complain: Complain = (code, at, name, detail) =>
    void problems.push(packProblem(code, at, name, detail));
  const names = declared.names(complain);
  const typed = (expression: unknown, at: string): Type | null => {
    const { expr } = parseRule(expression);
    return expr === null ? null : inferType({ expr, at }, names, complain);
  };
  const demandDate = (expression: unknown, at: string, id: string): void => {
    const type = expression === null ? null : typed(expression, at);
    if (type !== null && !isDate(type)) complain('result-not-date', at, id, kindsShown(type));
  };
  for (const [index, rule] of pack.rules.entries()) {
    const at = `/rules/${index}`;
    const type = typed(rule.when, `${at}/when`);
    if (type !== null && !isOnly(type, 'boolean'))
      complain('result-not-boolean', `${at}/when`, rule.id, kindsShown(type));
    demandDate(rule.holdFrom, `${at}/holdFrom`, rule.id);
  }
  const { codeValidFrom, lapse } = pack.defaults;
  demandDate(codeValidFrom, '/defaults/codeValidFrom', lapse.id);
  return once(problems);
}

/** A date, or one of the falsy answers that stand for the instant of scoring. */
function isDate(type: Type): boolean {
  const texts = type.texts?.every((text) => text === '' || parseDateTime(text) !== null) ?? false;
  return isOnly(type, 'date', 'instant', 'null', ...(texts ? (['text'] as const) : []));
}

function once(problems: readonly PackProblem[]): readonly PackProblem[] {
  return [...new Map(problems.map((one) => [`${one.code} ${one.path}`, one])).values()];
}

function shadowProblems(pack: ScoringPack): {
  readonly problems: readonly PackProblem[];
  readonly rules: ReadonlySet<string>;
} {
  const demands = pack.rules.map((rule) => demandOf(rule, pack));
  const rules = new Set<string>();
  const work: ProofWork = { steps: 0 };
  const problems = demands.flatMap((lesser, index) => {
    const greater = demands.find(
      (other, at) => other !== lesser && shadows(other, lesser, at < index, work),
    );
    if (pack.rules[index]?.informs === true) rules.add(lesser.id);
    if (greater === undefined || rules.has(lesser.id)) return [];
    rules.add(lesser.id);
    return [packProblem('rule-shadowed', `/rules/${index}`, lesser.id, greater.id)];
  });
  return { problems, rules };
}

/** Of two rules that shadow each other the earlier stands. */
function shadows(greater: Demand, lesser: Demand, earlier: boolean, work: ProofWork): boolean {
  if (!outlasts(greater, lesser) || !coversCondition(greater, lesser, work)) return false;
  return earlier || !(outlasts(lesser, greater) && coversCondition(lesser, greater, work));
}
