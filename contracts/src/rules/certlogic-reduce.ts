import { type Build, type Evaluate, type Meter, operandValue } from './certlogic-build.ts';
import { childrenOf, type Expr } from './certlogic-parse.ts';
import { reduceItemsCountMax, reduceNodesCountMax } from './limits.ts';
import { RuleError } from './rule-error.ts';

export type Reduce = Extract<Expr, { readonly kind: 'reduce' }>;

export function compileReduce(expr: Reduce, build: Build): Evaluate {
  const list = build.operand(expr.list);
  const initial = build.operand(expr.initial);
  const lambda = build.inner.operand(expr.lambda);
  const lambdaNodes = build.metered ? nodesIn(expr.lambda) : 0;
  const keeps = keepsContext(expr.lambda);
  return (data, meter) => {
    const items = operandValue(list, data, meter);
    let accumulator = operandValue(initial, data, meter);
    // The suite has the reduction of a missing list as the initial value.
    if (items === null) return accumulator;
    if (!Array.isArray(items)) throw notAList();
    if (items.length === 0) return accumulator;
    spend(meter, items.length, lambdaNodes);
    const seen = { accumulator, current: null as unknown, data };
    for (const item of items) {
      seen.accumulator = accumulator;
      seen.current = item ?? null;
      accumulator = operandValue(lambda, keeps ? { ...seen } : seen, meter);
    }
    return accumulator;
  };
}

/**
 * Whether no data can make an expression visit more nodes than `reduceNodesCountMax`, so that nobody need count:
 * nearly always, because only a `reduce` in a `reduce` multiplies.
 */
export function isBounded(expr: Expr): boolean {
  return mostNodes(expr) <= reduceNodesCountMax;
}

function mostNodes(expr: Expr): number {
  if (expr.kind !== 'reduce') return childrenOf(expr).reduce((sum, one) => sum + mostNodes(one), 0);
  const { list, lambda, initial } = expr;
  const anItem = nodesIn(lambda) + mostNodes(lambda);
  return mostNodes(list) + mostNodes(initial) + reduceItemsCountMax * anItem;
}

/** How many operations, literals and paths an expression is made of. */
export function nodesIn(expr: Expr): number {
  return childrenOf(expr).reduce((sum, child) => sum + nodesIn(child), 1);
}

/** Whether the context of an item can outlive the item: its lambda reads all of it, here or from within. */
function keepsContext(expr: Expr): boolean {
  if (expr.kind === 'var') return expr.path.every((fragment) => fragment === 'data');
  return childrenOf(expr).some(keepsContext);
}

function notAList(): RuleError {
  const message = 'first operand of "reduce" must be an array or null';
  return new RuleError('rule-type-mismatch', message);
}

function spend(meter: Meter | undefined, items: number, lambdaNodes: number): void {
  if (items > reduceItemsCountMax) {
    throw new RuleError(
      'rule-limit-exceeded',
      `"reduce" over more than ${reduceItemsCountMax} items`,
    );
  }
  if (lambdaNodes > 0 && meter !== undefined) charge(meter, items * lambdaNodes);
}

/** Counts nodes that `reduce` visits. Throws `RuleError` `rule-limit-exceeded` when they are too many. */
export function charge(meter: Meter, nodes: number): void {
  meter.reduceNodes += nodes;
  if (meter.reduceNodes > reduceNodesCountMax) {
    throw new RuleError(
      'rule-limit-exceeded',
      `"reduce" evaluates more than ${reduceNodesCountMax} nodes`,
    );
  }
}
