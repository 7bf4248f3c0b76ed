import { alike, implies, type ProofWork } from './certlogic-implies.ts';
import { type Expr, parseRule } from './certlogic-parse.ts';
import type { ScoringPack, ScoringRule } from './pack.ts';

/** A rule, ready to be compared: ranks for colours, and the numbers of its thresholds in their places. */
export interface Demand {
  readonly id: string;
  readonly when: Expr;
  readonly rank: number;
  /** The rank after the hold; without a hold, the same rank for as long as the rule matches. */
  readonly nextRank: number;
  readonly holdDays: number;
  readonly holdFrom: Expr | null;
}

/** Throws `RangeError` for an expression that the pack schema would have refused. */
export function demandOf(rule: ScoringRule, pack: ScoringPack): Demand {
  const rankOf = (id: string) => pack.colours.findIndex((colour) => colour.id === id);
  return {
    id: rule.id,
    when: inlined(rule.when, pack.thresholds),
    rank: rankOf(rule.outcome),
    nextRank: rankOf(rule.next ?? rule.outcome),
    holdDays: rule.holdDays ?? Number.POSITIVE_INFINITY,
    holdFrom: rule.holdFrom === null ? null : inlined(rule.holdFrom, pack.thresholds),
  };
}

/** Whether the condition of `lesser` is provably met only where that of `greater` is. */
export function coversCondition(greater: Demand, lesser: Demand, work?: ProofWork): boolean {
  return implies(lesser.when, greater.when, work);
}

/** Whether `greater` asks, at every instant from now on, for a colour no better than `lesser` does, both matching. */
export function outlasts(greater: Demand, lesser: Demand): boolean {
  const worst = Math.max(lesser.rank, lesser.nextRank);
  if (greater.rank >= worst && greater.nextRank >= worst) return true;
  // Until its own hold ends the greater must cover all that the lesser asks for, and after it what is left of that.
  const covers = greater.rank >= worst && greater.nextRank >= lesser.nextRank;
  return covers && sameStart(greater, lesser) && greater.holdDays >= lesser.holdDays;
}

export function sameStart(a: Demand, b: Demand): boolean {
  if (a.holdFrom === null || b.holdFrom === null) return a.holdFrom === b.holdFrom;
  return alike(a.holdFrom, b.holdFrom);
}

function inlined(expression: unknown, thresholds: ScoringPack['thresholds']): Expr {
  const { expr } = parseRule(substituted(expression, thresholds, 'thresholds.'));
  if (expr === null) throw new RangeError('a malformed expression in a parsed pack');
  return expr;
}

/** Inside a `reduce` lambda the same fact is one `data.` further away. */
function substituted(
  json: unknown,
  thresholds: ScoringPack['thresholds'],
  prefix: string,
): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((item) => substituted(item, thresholds, prefix));
  const [[operator, operands] = ['', null]] = Object.entries(json);
  if (operator === 'var') {
    const path = String(operands);
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    return Object.hasOwn(thresholds, name) ? thresholds[name] : json;
  }
  if (operator !== 'reduce' || !Array.isArray(operands))
    return { [operator]: substituted(operands, thresholds, prefix) };
  const inside = [prefix, `data.${prefix}`, prefix];
  const parts = operands.map((part, i) => substituted(part, thresholds, inside[i] ?? prefix));
  return { [operator]: parts };
}
