import type { Expr } from './certlogic-parse.ts';
import { isConstant } from './certlogic-place.ts';
import { pathsReadBy } from './certlogic-reads.ts';
import { truthOf } from './certlogic-values.ts';
import { packProofStepsCountMax, proofStepsCountMax } from './limits.ts';

/**
 * Whether it can be shown, without looking at data, that `goal` is truthy whenever `premise` is. False means
 * "not shown", never "disproved". Shown are: the same expression; `and` and "or" (`{"if": [x, true, y]}`) by
 * their operands; `!` by contraposition; `===` and `in` by the sets of literals; comparisons of one integer
 * with a literal by their ranges; and "some item of a list" (`{"reduce": [list, {"if": [x, true,
 * {"var": "accumulator"}]}, false]}`) by its condition. Errors are left aside: who fails, decides nothing.
 */
export function implies(premise: Expr, goal: Expr, work: ProofWork = { steps: 0 }): boolean {
  const most = Math.min(work.steps + proofStepsCountMax, packProofStepsCountMax);
  return shows(premise, goal, { work, most });
}

/** What the proofs about one pack have cost so far. */
export interface ProofWork {
  steps: number;
}

/** Whether two expressions were written alike. */
export function alike(a: Expr, b: Expr): boolean {
  return textOf(a) === textOf(b);
}

function textOf(expr: Expr): string {
  const known = texts.get(expr);
  if (known !== undefined) return known;
  const text = JSON.stringify(expr);
  texts.set(expr, text);
  return text;
}

// A proof compares the same parts again and again; parsed expressions never change.
const texts = new WeakMap<Expr, string>();

interface Proof {
  readonly work: ProofWork;
  readonly most: number;
}

function shows(premise: Expr, goal: Expr, proof: Proof): boolean {
  proof.work.steps += 1;
  if (proof.work.steps > proof.most) return false;
  if (goal.kind === 'literal' && truthOf(goal.value) === true) return true;
  if (premise.kind === 'literal' && truthOf(premise.value) === false) return true;
  return (
    alike(premise, goal) ||
    byGoal(premise, goal, proof) ||
    byPremise(premise, goal, proof) ||
    byNot(premise, goal, proof) ||
    byItem(premise, goal, proof) ||
    byValues(premise, goal) ||
    byRange(premise, goal)
  );
}

function byGoal(premise: Expr, goal: Expr, proof: Proof): boolean {
  if (goal.kind === 'and') return goal.operands.every((part) => shows(premise, part, proof));
  return disjuncts(goal)?.some((part) => shows(premise, part, proof)) ?? false;
}

function byPremise(premise: Expr, goal: Expr, proof: Proof): boolean {
  if (premise.kind === 'and') return premise.operands.some((part) => shows(part, goal, proof));
  return disjuncts(premise)?.every((part) => shows(part, goal, proof)) ?? false;
}

function byNot(premise: Expr, goal: Expr, proof: Proof): boolean {
  return premise.kind === '!' && goal.kind === '!' && shows(goal.operand, premise.operand, proof);
}

/** CertLogic has no "or": packs write it as an `if`. */
function disjuncts(expr: Expr): readonly Expr[] | undefined {
  if (expr.kind !== 'if' || expr.then.kind !== 'literal') return undefined;
  return truthOf(expr.then.value) === true ? [expr.guard, expr.otherwise] : undefined;
}

function byItem(premise: Expr, goal: Expr, proof: Proof): boolean {
  const [some, other] = [someItem(premise), someItem(goal)];
  if (some === undefined || other === undefined || !alike(some.list, other.list)) return false;
  return shows(some.condition, other.condition, proof);
}

function someItem(expr: Expr): { readonly list: Expr; readonly condition: Expr } | undefined {
  if (expr.kind !== 'reduce' || expr.initial.kind !== 'literal') return undefined;
  const { list, lambda, initial } = expr;
  const [condition, kept] = disjuncts(lambda) ?? [];
  if (condition === undefined || kept?.kind !== 'var' || initial.value !== false) return undefined;
  const keeps = kept.path.join('.') === 'accumulator';
  // A condition that looks at the accumulator, or at all there is, depends on the items before.
  const free = pathsReadBy(condition).every(
    (path) => path !== '' && path !== 'accumulator' && !path.startsWith('accumulator.'),
  );
  return keeps && free ? { list, condition } : undefined;
}

function byValues(premise: Expr, goal: Expr): boolean {
  const [narrow, wide] = [valuesOf(premise), valuesOf(goal)];
  if (narrow === undefined || wide === undefined || !alike(narrow.of, wide.of)) return false;
  return narrow.values.every((value) => wide.values.includes(value));
}

type Literal = string | number | boolean;

/** "x is one of these literals", from `===` or `in`. */
function valuesOf(
  expr: Expr,
): { readonly of: Expr; readonly values: readonly Literal[] } | undefined {
  if (expr.kind === 'in') {
    const values = expr.right.kind === 'array' ? expr.right.items.flatMap(literalIn) : [];
    const whole = expr.right.kind === 'array' && values.length === expr.right.items.length;
    return whole ? { of: expr.left, values } : undefined;
  }
  if (expr.kind !== '===') return undefined;
  const { left, right } = expr;
  if (right.kind === 'literal') return { of: left, values: [right.value] };
  return left.kind === 'literal' ? { of: right, values: [left.value] } : undefined;
}

function literalIn(expr: Expr): readonly Literal[] {
  return expr.kind === 'literal' ? [expr.value] : [];
}

interface Range {
  readonly of: Expr;
  readonly from: number;
  readonly to: number;
}

function byRange(premise: Expr, goal: Expr): boolean {
  const [narrow, wide] = [rangeOf(premise), rangeOf(goal)];
  if (narrow === undefined || wide === undefined || !alike(narrow.of, wide.of)) return false;
  return narrow.from >= wide.from && narrow.to <= wide.to;
}

/** "x lies between these integers", both included, from a comparison with one literal. */
function rangeOf(expr: Expr): Range | undefined {
  if (expr.kind !== '<' && expr.kind !== '>' && expr.kind !== '<=' && expr.kind !== '>=')
    return undefined;
  const [left, right, third] = expr.operands;
  if (left === undefined || right === undefined || third !== undefined) return undefined;
  const limit = integerIn(right);
  if (limit !== undefined) return isConstant(left) ? undefined : bounds(left, expr.kind, limit);
  const other = integerIn(left);
  if (other === undefined || isConstant(right)) return undefined;
  return bounds(right, mirrored[expr.kind], other);
}

const mirrored = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' } as const;

function bounds(of: Expr, relation: keyof typeof mirrored, limit: number): Range {
  const { from, to } = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  switch (relation) {
    case '<':
      return { of, from, to: limit - 1 };
    case '<=':
      return { of, from, to: limit };
    case '>':
      return { of, from: limit + 1, to };
    case '>=':
      return { of, from: limit, to };
  }
}

function integerIn(expr: Expr): number | undefined {
  return expr.kind === 'literal' && typeof expr.value === 'number' ? expr.value : undefined;
}
