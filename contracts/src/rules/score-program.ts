import { type Meter, type Operand, operandValue } from './certlogic-build.ts';
import { parseOrThrow } from './certlogic-compile.ts';
import { type GivenAt, residualOf } from './certlogic-given.ts';
import { compileInstant, type Instant } from './certlogic-instant.ts';
import type { Expr } from './certlogic-parse.ts';
import { isBounded, nodesIn } from './certlogic-reduce.ts';
import { sharedBuild } from './certlogic-share.ts';
import { truthOf } from './certlogic-values.ts';
import type { ScoringRule } from './pack.ts';
import type { Claim, Demand } from './verdict.ts';

/** A rule that was read, and is not compiled yet. */
export interface ParsedRule {
  readonly when: Expr;
  /** How long its outcome holds; null for as long as it matches. */
  readonly holdMs: number | null;
  readonly holdFrom: Expr | null;
  readonly demand: Demand;
}

/** Throws `RuleError` when an expression is malformed. */
export function parseHold({
  holdFrom,
  holdDays,
}: ScoringRule): Pick<ParsedRule, 'holdFrom' | 'holdMs'> {
  return {
    holdFrom: holdFrom === null ? null : parseOrThrow(holdFrom),
    holdMs: holdDays === null ? null : holdDays * dayMs,
  };
}

export const dayMs = 86_400_000;

/** The rules of a pack for people of whom something is known, compiled together. */
export interface Program {
  /** Milliseconds since 1970, not after `now`. Throws `RuleError`. */
  codeValidFrom(data: unknown, now: number, meter: Meter): number;
  /** Of the rules that match, in the order of the pack. Throws `RuleError`. */
  claims(data: unknown, now: number, meter: Meter): readonly Claim[];
  readonly nodesCount: number;
}

export function compileProgram(
  rules: readonly ParsedRule[],
  codeValidFrom: Expr | null,
  given: GivenAt,
): Program {
  const left = rules.flatMap((rule) => leftOf(rule, given));
  const life = codeValidFrom === null ? null : residualOf(codeValidFrom, given).expr;
  const roots = [...left.flatMap(({ when, holdFrom }) => [when, holdFrom]), life].filter(isExpr);
  const build = sharedBuild(roots, !roots.every(isBounded));
  const dateOf = (expr: Expr | null) => (expr === null ? null : compileInstant(expr, build));
  const active = left.map((rule): ActiveRule => {
    const { when, holdFrom, holdMs, demand } = rule;
    return { when: build.operand(when), holdFrom: dateOf(holdFrom), holdMs, demand };
  });
  const lifeFrom = dateOf(life);
  return {
    codeValidFrom: (data, now, meter) => notAfter(now, lifeFrom, data, meter),
    claims: (data, now, meter) => claimsOf(active, data, now, meter),
    nodesCount: roots.reduce((sum, root) => sum + nodesIn(root), 0),
  };
}

/** Nothing is left of a rule that cannot match; in a pack of a whole city that is nearly every rule for nearly everybody. */
function leftOf(rule: ParsedRule, given: GivenAt): readonly ParsedRule[] {
  const when = residualOf(rule.when, given);
  if (when.total && when.truth === false) return [];
  const holdFrom = rule.holdFrom === null ? null : residualOf(rule.holdFrom, given).expr;
  return [{ ...rule, when: when.expr, holdFrom }];
}

function isExpr(expr: Expr | null): expr is Expr {
  return expr !== null;
}

interface ActiveRule {
  readonly when: Operand;
  readonly holdFrom: Instant | null;
  readonly holdMs: number | null;
  readonly demand: Demand;
}

const none: readonly Claim[] = Object.freeze([]);

function claimsOf(
  rules: readonly ActiveRule[],
  data: unknown,
  now: number,
  meter: Meter,
): readonly Claim[] {
  let claims: Claim[] | undefined;
  for (const { when, holdFrom, holdMs, demand } of rules) {
    meter.reduceNodes = 0;
    const value = operandValue(when, data, meter);
    if (value === false || truthOf(value) !== true) continue;
    const turnsAt =
      holdMs === null ? Number.POSITIVE_INFINITY : notAfter(now, holdFrom, data, meter) + holdMs;
    claims ??= [];
    claims.push({ demand, turnsAt });
  }
  return claims ?? none;
}

/** Evidence dated in the future counts from now: a slipped date must not stretch a hold or a code's life. */
function notAfter(now: number, instant: Instant | null, data: unknown, meter: Meter): number {
  if (instant === null) return now;
  meter.reduceNodes = 0;
  return Math.min(now, instant(data, meter) ?? now);
}
