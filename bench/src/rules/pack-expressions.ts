import { childrenOf, type Expr, parseRule } from '@greengate/contracts/rules/certlogic-parse';
import type { ScoringPack } from '@greengate/contracts/rules/pack';

/** One expression of a pack. */
export interface PackExpression {
  /** `symptoms when`, `returnee holdFrom`. */
  readonly name: string;
  readonly json: unknown;
  /** Whether it computes with dates, which costs both engines most. */
  readonly dates: boolean;
}

export function expressionsOf(pack: ScoringPack): readonly PackExpression[] {
  const { codeValidFrom } = pack.defaults;
  const named: readonly (readonly [string, unknown])[] = [
    ...pack.rules.map((rule) => [`${rule.id} when`, rule.when] as const),
    ...pack.rules.map((rule) => [`${rule.id} holdFrom`, rule.holdFrom] as const),
    ['code validFrom', codeValidFrom],
  ];
  return named
    .filter(([, json]) => json !== null)
    .map(([name, json]) => ({ name, json, dates: usesDates(parsed(json)) }));
}

function parsed(json: unknown): Expr {
  const { expr } = parseRule(json);
  if (expr === null) throw new Error('a shipped pack is malformed');
  return expr;
}

function usesDates(expr: Expr): boolean {
  return expr.kind === 'plusTime' || childrenOf(expr).some(usesDates);
}
