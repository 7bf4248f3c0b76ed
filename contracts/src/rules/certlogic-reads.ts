import { childrenOf, type Expr, parseRule } from './certlogic-parse.ts';

/**
 * The paths that an expression can read from the data it is given, sorted, each once; `""` is all of it.
 *
 * What a `reduce` lambda reads of its own context (`current`, `accumulator`) is not counted: the list is
 * already there. A malformed expression reads nothing.
 */
export function pathsRead(expression: unknown): readonly string[] {
  const { expr } = parseRule(expression);
  return expr === null ? [] : pathsReadBy(expr);
}

/** As `pathsRead`, of a parsed expression. */
export function pathsReadBy(expr: Expr): readonly string[] {
  return [...gather(expr)].sort();
}

function gather(expr: Expr): Set<string> {
  if (expr.kind === 'var') return new Set([expr.path.join('.')]);
  if (expr.kind !== 'reduce') return union(childrenOf(expr));
  const paths = union([expr.list, expr.initial]);
  for (const path of gather(expr.lambda)) {
    const outer = outerPath(path);
    if (outer !== null) paths.add(outer);
  }
  return paths;
}

function union(exprs: readonly Expr[]): Set<string> {
  return new Set(exprs.flatMap((expr) => [...gather(expr)]));
}

function outerPath(path: string): string | null {
  if (path === '' || path === 'data') return '';
  return path.startsWith('data.') ? path.slice('data.'.length) : null;
}
